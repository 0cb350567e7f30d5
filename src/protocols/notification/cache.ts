import { bytesOf, type Entry, type Source } from "./entry.ts";

/** What one source has brought, in the order in which it came. */
interface Shelf {
  /** What has given way leaves an empty place. */
  entries: (Entry | undefined)[];
  /** Where the oldest one stands. */
  head: number;
}

/** Places before the oldest that are kept empty before the shelf is moved up. */
const MAX_EMPTY = 1024;

/**
 * Accepted notices that others may still pull, up to a number and a number of bytes. Where there is no room, the oldest of
 * the source that holds the most gives way: whoever floods displaces itself.
 */
export class Cache {
  readonly #maxNotices: number;
  readonly #maxBytes: number;
  readonly #evict: (entry: Entry) => void;
  readonly #shelves = new Map<Source, Shelf>();
  #notices = 0;
  #bytes = 0;
  /** Entries on shelves, those included that have gone with their streams. */
  #shelved = 0;

  /** @param evict told of every entry that gives way */
  constructor(limits: { readonly notices: number; readonly bytes: number }, evict: (entry: Entry) => void) {
    this.#maxNotices = limits.notices;
    this.#maxBytes = limits.bytes;
    this.#evict = evict;
  }

  get notices(): number {
    return this.#notices;
  }

  /** Bytes of what is held, heads included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Holds an entry, which may cost others their place. */
  add(entry: Entry): void {
    const shelf = this.#shelves.get(entry.source) ?? { entries: [], head: 0 };
    this.#shelves.set(entry.source, shelf);
    shelf.entries.push(entry);
    entry.stream.held.set(entry.notice.sequence, entry);
    this.#notices += 1;
    this.#shelved += 1;
    this.#bytes += bytesOf(entry.notice);
    while (this.#isFull()) this.#dropOne();
  }

  /** Lets an entry go whose stream is forgotten. */
  remove(entry: Entry): void {
    if (!entry.stream.held.delete(entry.notice.sequence)) return;
    this.#notices -= 1;
    this.#bytes -= bytesOf(entry.notice);
  }

  #isFull(): boolean {
    return this.#notices > this.#maxNotices || this.#bytes > this.#maxBytes || this.#shelved > 2 * this.#maxNotices;
  }

  #dropOne(): void {
    let worst: Shelf | undefined;
    let source: Source = null;
    for (const [each, shelf] of this.#shelves) {
      if (worst !== undefined && lengthOf(shelf) <= lengthOf(worst)) continue;
      worst = shelf;
      source = each;
    }
    if (worst === undefined) return;
    const oldest = worst.entries[worst.head] as Entry;
    worst.entries[worst.head] = undefined;
    worst.head += 1;
    this.#shelved -= 1;
    if (worst.head > MAX_EMPTY && worst.head * 2 > worst.entries.length) {
      worst.entries = worst.entries.slice(worst.head);
      worst.head = 0;
    }
    if (lengthOf(worst) === 0) this.#shelves.delete(source);
    // It may have gone with its stream already.
    if (oldest.stream.held.get(oldest.notice.sequence) !== oldest) return;
    this.#evict(oldest);
    this.remove(oldest);
  }
}

function lengthOf({ entries, head }: Shelf): number {
  return entries.length - head;
}
