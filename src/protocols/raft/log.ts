import { assert, InvariantViolation } from "../../core/assert.ts";
import { NOBODY } from "./configuration.ts";
import { type Configuration, type Entry, MAX_APPEND_BYTES } from "./message.ts";

/** A configuration and where it stands. */
interface Placed {
  readonly index: number;
  readonly configuration: Configuration;
}

/**
 * The log in memory, and how much of it is on disk (section 5.3). Indexes start at 1; index 0 and term 0 stand for
 * "before the first entry". Terms never fall along the log. What was compacted is gone up to `baseIndex`: it was
 * committed, so every leader has the same there.
 */
export class Log {
  #baseIndex = 0;
  #baseTerm = 0;
  #entries: Entry[] = [];
  /** Oldest first; behind the base all, before it the latest two, so that the one in force can be undone. */
  #configurations: Placed[] = [];
  #savedIndex = 0;
  /** Saves under way: when `token` is on disk, so is the log up to `upTo`. */
  #saves: { readonly token: number; upTo: number }[] = [];

  /** Index of the last entry; 0 while empty. */
  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length;
  }

  /** Term of the last entry; 0 while empty. */
  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** All entries up to this one are gone, but for its term; 0 while nothing was compacted. */
  get baseIndex(): number {
    return this.#baseIndex;
  }

  /** Up to here the log is on this peer's disk. */
  get savedIndex(): number {
    return this.#savedIndex;
  }

  /** Where the configuration in force stands: the last one, committed or not; 0 for none. */
  get configurationIndex(): number {
    return this.#configurations.at(-1)?.index ?? 0;
  }

  /** The configuration in force; nobody where the log holds none. */
  get configuration(): Configuration {
    return this.#configurations.at(-1)?.configuration ?? NOBODY;
  }

  /** The configuration before the one in force; nobody where there was none. */
  get previousConfiguration(): Configuration {
    return this.#configurations.at(-2)?.configuration ?? NOBODY;
  }

  /** The configuration that was the latest one at `index`, which must not lie before the base. */
  configurationAt(index: number): Configuration {
    return this.#configurations.findLast((placed) => placed.index <= index)?.configuration ?? NOBODY;
  }

  /** The term of an entry, 0 for index 0. The index must lie neither before the base nor behind the end. */
  termAt(index: number): number {
    if (index === this.#baseIndex) return this.#baseTerm;
    return this.entryAt(index).term;
  }

  /** An entry that is kept. */
  entryAt(index: number): Entry {
    const entry = this.#entries[index - this.#baseIndex - 1];
    // Asked for so often that the text of a failure that never comes would cost more than all else here.
    if (entry === undefined)
      throw new InvariantViolation(`no entry ${index} in a log of ${this.#baseIndex + 1} to ${this.lastIndex}`);
    return entry;
  }

  /**
   * Whether an entry with this index and term stands here; always so for the place before the first one, and for what
   * was compacted.
   */
  matches(index: number, term: number): boolean {
    return index < this.#baseIndex || (index <= this.lastIndex && this.termAt(index) === term);
  }

  /** At most `limit` entries from `index` on, and no more of them than one message carries; one at least. */
  slice(index: number, limit: number): readonly Entry[] {
    const from = index - this.#baseIndex - 1;
    let to = from;
    let bytes = 0;
    for (const end = Math.min(from + limit, this.#entries.length); to < end; to++) {
      bytes += bytesOf(this.#entries[to] as Entry);
      if (to > from && bytes > MAX_APPEND_BYTES) break;
    }
    return this.#entries.slice(from, to);
  }

  /** The entries from `first` to `last` that are kept; to the end where no last one is named. */
  range(first: number, last = this.lastIndex): readonly Entry[] {
    return this.#entries.slice(Math.max(0, first - this.#baseIndex - 1), Math.max(0, last - this.#baseIndex));
  }

  /** The first index behind the base with this term or a later one; one behind the end where there is none. */
  firstIndexOf(term: number): number {
    let low = this.#baseIndex + 1;
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
    const { lastIndex, lastTerm } = this;
    if (entry.index !== lastIndex + 1 || entry.term < lastTerm)
      throw new InvariantViolation(`entry ${entry.index} of ${entry.term} after ${lastIndex} of ${lastTerm}`);
    this.#entries.push(entry);
    const { index, payload } = entry;
    if (payload.kind === "configuration") this.#configurations.push({ index, configuration: payload.configuration });
  }

  /** Cuts the entry at `index` and all that follow. */
  cut(index: number): void {
    assert(index > this.#baseIndex, `cut at ${index}, of which all up to ${this.#baseIndex} is compacted`);
    this.#entries.length = index - this.#baseIndex - 1;
    while (this.configurationIndex >= index) this.#configurations.pop();
    this.#savedIndex = Math.min(this.#savedIndex, index - 1);
    for (const save of this.#saves) save.upTo = Math.min(save.upTo, index - 1);
  }

  /** Forgets the entries up to `index`, which is in the log. */
  compact(index: number): void {
    if (index <= this.#baseIndex) return;
    const term = this.termAt(index);
    this.#entries.splice(0, index - this.#baseIndex);
    this.#baseIndex = index;
    this.#baseTerm = term;
    while (this.#configurations[2] !== undefined && this.#configurations[2].index <= index)
      this.#configurations.shift();
  }

  /** Becomes a log of which all up to `index` is compacted, and nothing follows. */
  reset(index: number, term: number, configuration: Configuration): void {
    this.#entries = [];
    this.#baseIndex = index;
    this.#baseTerm = term;
    this.#configurations = [{ index, configuration }];
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

/** What an entry takes on the wire: index, term and tag, and what it holds. */
export function bytesOf({ payload }: Entry): number {
  if (payload.kind === "command") return 21 + payload.command.length;
  if (payload.kind === "no-op") return 17;
  const { voters, learners } = payload.configuration;
  return 20 + 8 * (voters.length + learners.length);
}
