import { assert } from "../../core/assert.ts";
import { bytesOf, type Entry, type Source } from "./entry.ts";

/** What one source has brought, in the order in which it came. */
interface Shelf {
  /** What has given way leaves an empty place. */
  entries: (Entry | undefined)[];
  /** Where the oldest one stands. */
  head: number;
  bytes: number;
}

/** Places before the oldest that are kept empty before the shelf is moved up. */
const MAX_EMPTY = 1024;

/**
 * Accepted notices that others may still pull, up to a number and a number of bytes. Where there is no room, the oldest of
 * the source that takes the most of it gives way: whoever floods displaces itself.
 */
export class Cache {
  readonly #maxNotices: number;
  readonly #maxBytes: number;
  readonly #evict: (entry: Entry) => void;
  readonly #shelves = new Map<Source, Shelf>();
  #notices = 0;
  #bytes = 0;

  /** @param evict told of every entry that gives way */
  constructor(limits: { readonly notices: number; readonly bytes: number }, evict: (entry: Entry) => void) {
    this.#maxNotices = limits.notices;
    this.#maxBytes = limits.bytes;
    this.#evict = evict;
  }

  /** Entries that are held, those included whose streams are forgotten. */
  get notices(): number {
    return this.#notices;
  }

  /** Bytes of what is held, heads included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Holds an entry, which may cost others their place. */
  add(entry: Entry): void {
    const shelf = this.#shelves.get(entry.source) ?? { entries: [], head: 0, bytes: 0 };
    this.#shelves.set(entry.source, shelf);
    shelf.entries.push(entry);
    entry.stream.held.set(entry.notice.sequence, entry);
    const bytes = bytesOf(entry.notice);
    shelf.bytes += bytes;
    this.#bytes += bytes;
    this.#notices += 1;
    while (this.#bytes > this.#maxBytes) this.#dropOldestOf(({ bytes }) => bytes);
    while (this.#notices > this.#maxNotices) this.#dropOldestOf(lengthOf);
  }

  /** Lets the oldest entry go of the source that takes most room. */
  #dropOldestOf(roomOf: (shelf: Shelf) => number): void {
    let most: [Source, Shelf] | undefined;
    for (const each of this.#shelves) if (most === undefined || roomOf(each[1]) > roomOf(most[1])) most = each;
    assert(most !== undefined, "what is too much lies somewhere");
    const [source, shelf] = most;
    const oldest = takeOldest(shelf);
    if (lengthOf(shelf) === 0) this.#shelves.delete(source);
    oldest.stream.held.delete(oldest.notice.sequence);
    this.#bytes -= bytesOf(oldest.notice);
    this.#notices -= 1;
    this.#evict(oldest);
  }
}

/** Takes the oldest entry off a shelf that is not empty. */
function takeOldest(shelf: Shelf): Entry {
  const oldest = shelf.entries[shelf.head] as Entry;
  shelf.entries[shelf.head] = undefined;
  shelf.head += 1;
  shelf.bytes -= bytesOf(oldest.notice);
  if (shelf.head > MAX_EMPTY && shelf.head * 2 > shelf.entries.length) {
    shelf.entries = shelf.entries.slice(shelf.head);
    shelf.head = 0;
  }
  return oldest;
}

function lengthOf({ entries, head }: Shelf): number {
  return entries.length - head;
}
