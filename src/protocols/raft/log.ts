import { assert } from "../../core/assert.ts";
import { NOBODY } from "./configuration.ts";
import { type Configuration, type Entry, MAX_ENTRY_BYTES } from "./message.ts";

/**
 * The log in memory, and how much of it is on disk (section 5.3). Indexes start at 1; index 0 and term 0 stand for
 * "before the first entry". Terms never fall along the log.
 */
export class Log {
  #entries: Entry[] = [];
  /** Where configurations stand, oldest first. */
  #configurations: number[] = [];
  #savedIndex = 0;
  /** Saves under way: when `token` is on disk, so is the log up to `upTo`. */
  #saves: { readonly token: number; upTo: number }[] = [];

  /** Index of the last entry; 0 while empty. */
  get lastIndex(): number {
    return this.#entries.length;
  }

  /** Term of the last entry; 0 while empty. */
  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** Up to here the log is on this peer's disk. */
  get savedIndex(): number {
    return this.#savedIndex;
  }

  /** Where the configuration in force stands: the last one, committed or not; 0 for none. */
  get configurationIndex(): number {
    return this.#configurations.at(-1) ?? 0;
  }

  /** The configuration in force; nobody where the log holds none. */
  get configuration(): Configuration {
    return this.#configurationAt(this.configurationIndex);
  }

  /** The configuration before the one in force; nobody where there was none. */
  get previousConfiguration(): Configuration {
    return this.#configurationAt(this.#configurations.at(-2) ?? 0);
  }

  /** The term of an entry, 0 for index 0. The index must not lie behind the end. */
  termAt(index: number): number {
    if (index === 0) return 0;
    const entry = this.#entries[index - 1];
    assert(entry !== undefined, `no entry ${index} in a log of ${this.lastIndex}`);
    return entry.term;
  }

  /** Whether an entry with this index and term stands here; always so for the place before the first one. */
  matches(index: number, term: number): boolean {
    return index <= this.lastIndex && this.termAt(index) === term;
  }

  /** At most `limit` entries from `index` on, and no more of them than one message carries; one at least. */
  slice(index: number, limit: number): readonly Entry[] {
    const entries = this.#entries.slice(index - 1, index - 1 + limit);
    let bytes = 0;
    const full = entries.findIndex((entry, at) => {
      bytes += bytesOf(entry);
      return at > 0 && bytes > MAX_ENTRY_BYTES;
    });
    return full < 0 ? entries : entries.slice(0, full);
  }

  /** The first index with this term or a later one; one behind the end where there is none. */
  firstIndexOf(term: number): number {
    let low = 1;
    let high = this.lastIndex + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.termAt(middle) < term) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Section 5.4.1: whether a log that ends so is at least as up to date as this one. */
  isUpToDate(lastLogIndex: number, lastLogTerm: number): boolean {
    if (lastLogTerm !== this.lastTerm) return lastLogTerm > this.lastTerm;
    return lastLogIndex >= this.lastIndex;
  }

  /** Adds an entry at the end. */
  push(entry: Entry): void {
    assert(entry.index === this.lastIndex + 1, `entry ${entry.index} after ${this.lastIndex}`);
    assert(entry.term >= this.lastTerm, `term ${entry.term} after ${this.lastTerm}`);
    this.#entries.push(entry);
    if (entry.payload.kind === "configuration") this.#configurations.push(entry.index);
  }

  /** Cuts the entry at `index` and all that follow. */
  cut(index: number): void {
    this.#entries.length = index - 1;
    while (this.configurationIndex >= index) this.#configurations.pop();
    this.#savedIndex = Math.min(this.#savedIndex, index - 1);
    for (const save of this.#saves) save.upTo = Math.min(save.upTo, index - 1);
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

  #configurationAt(index: number): Configuration {
    const payload = this.#entries[index - 1]?.payload;
    return payload?.kind === "configuration" ? payload.configuration : NOBODY;
  }
}

/** What an entry takes on the wire: index, term and tag, and the lists of a configuration. */
function bytesOf({ payload }: Entry): number {
  if (payload.kind === "no-op") return 17;
  const { voters, learners } = payload.configuration;
  return 20 + 8 * (voters.length + learners.length);
}
