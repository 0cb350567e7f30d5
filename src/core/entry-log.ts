import { assert, InvariantViolation } from "./assert.ts";
import { KEPT_ENTRIES, KEPT_PART, MAX_APPEND_BYTES, MAX_RECORD_ENTRIES } from "./order-limits.ts";

/** What a log is made of. */
interface Indexed {
  /** From 1, without gaps. */
  readonly index: number;
}

/**
 * The entries of a total order in memory, and how far they are on disk. What was compacted is gone up to `baseIndex`;
 * index 0 stands for "before the first entry".
 */
export class EntryLog<E extends Indexed> {
  readonly #bytesOf: (entry: E) => number;
  #baseIndex = 0;
  #entries: E[] = [];
  #savedIndex = 0;
  /** Saves under way: when `token` is on disk, so is the log up to `upTo`. */
  #saves: { readonly token: number; upTo: number }[] = [];

  /** @param bytesOf what an entry takes on the wire */
  constructor(bytesOf: (entry: E) => number) {
    this.#bytesOf = bytesOf;
  }

  /** Index of the last entry; 0 while empty. */
  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length;
  }

  /** All entries up to this one are gone; 0 while nothing was compacted. */
  get baseIndex(): number {
    return this.#baseIndex;
  }

  /** Up to here the log is on this peer's disk. */
  get savedIndex(): number {
    return this.#savedIndex;
  }

  /** An entry that is kept. */
  entryAt(index: number): E {
    const entry = this.#entries[index - this.#baseIndex - 1];
    // Asked for so often that the text of a failure that never comes would cost more than all else here.
    if (entry === undefined)
      throw new InvariantViolation(`no entry ${index} in a log of ${this.#baseIndex + 1} to ${this.lastIndex}`);
    return entry;
  }

  /** At most `limit` entries from `index` on, and no more of them than one message carries; one at least. */
  slice(index: number, limit: number): readonly E[] {
    const from = index - this.#baseIndex - 1;
    let to = from;
    let bytes = 0;
    for (const end = Math.min(from + limit, this.#entries.length); to < end; to++) {
      bytes += this.#bytesOf(this.#entries[to] as E);
      if (to > from && bytes > MAX_APPEND_BYTES) break;
    }
    return this.#entries.slice(from, to);
  }

  /** The entries from `first` to `last` that are kept; to the end where no last one is named. */
  range(first: number, last = this.lastIndex): readonly E[] {
    return this.#entries.slice(Math.max(0, first - this.#baseIndex - 1), Math.max(0, last - this.#baseIndex));
  }

  /** What entries take on the wire. */
  bytesOf(entries: readonly E[]): number {
    let bytes = 0;
    for (const entry of entries) bytes += this.#bytesOf(entry);
    return bytes;
  }

  /**
   * From where on entries need not be kept for followers that lag, where a snapshot stands for all up to `index`.
   *
   * @param snapshotBytes bytes of entries that make another snapshot wanted
   */
  keptFrom(index: number, snapshotBytes: number): number {
    const first = Math.max(this.#baseIndex, index - KEPT_ENTRIES);
    const most = KEPT_PART * snapshotBytes;
    let from = index;
    for (let bytes = 0; from > first; from--) {
      bytes += this.#bytesOf(this.entryAt(from));
      if (bytes > most) break;
    }
    return from;
  }

  /** Adds an entry at the end. */
  push(entry: E): void {
    if (entry.index !== this.lastIndex + 1)
      throw new InvariantViolation(`entry ${entry.index} after ${this.lastIndex}`);
    this.#entries.push(entry);
  }

  /** Cuts the entry at `index` and all that follow. */
  cut(index: number): void {
    assert(index > this.#baseIndex, `cut at ${index}, of which all up to ${this.#baseIndex} is compacted`);
    this.#entries.length = index - this.#baseIndex - 1;
    this.#savedIndex = Math.min(this.#savedIndex, index - 1);
    for (const save of this.#saves) save.upTo = Math.min(save.upTo, index - 1);
  }

  /** Forgets the entries up to `index`, which is in the log. */
  compact(index: number): void {
    if (index <= this.#baseIndex) return;
    this.#entries.splice(0, index - this.#baseIndex);
    this.#baseIndex = index;
  }

  /** Becomes a log of which all up to `index` is compacted, and nothing follows. */
  protected restartAt(index: number): void {
    this.#entries = [];
    this.#baseIndex = index;
    this.#savedIndex = 0;
    for (const save of this.#saves) save.upTo = 0;
  }

  /** Tells that the save with this token covers all that the log now holds. */
  saving(token: number): void {
    this.#saves.push({ token, upTo: this.lastIndex });
  }

  /** Tells that the saves up to this token are on disk. */
  saved(upTo: number): void {
    let done = this.#saves[0];
    while (done !== undefined && done.token <= upTo) {
      this.#savedIndex = Math.max(this.#savedIndex, done.upTo);
      this.#saves.shift();
      done = this.#saves[0];
    }
  }

  /** Tells that the log was read from disk. */
  restored(): void {
    this.#savedIndex = this.lastIndex;
  }
}

/** Entries as the records in which they go to disk, each with as many as one holds. */
export function inRecords<E>(
  entries: readonly E[],
): readonly { readonly kind: "append"; readonly entries: readonly E[] }[] {
  const records: { readonly kind: "append"; readonly entries: readonly E[] }[] = [];
  for (let i = 0; i < entries.length; i += MAX_RECORD_ENTRIES)
    records.push({ kind: "append", entries: entries.slice(i, i + MAX_RECORD_ENTRIES) });
  return records;
}
