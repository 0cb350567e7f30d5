import { InvariantViolation } from "../../core/assert.ts";
import { EntryLog } from "../../core/entry-log.ts";
import { NOBODY } from "./configuration.ts";
import type { Configuration, Entry } from "./message.ts";

/** A configuration and where it stands. */
interface Placed {
  readonly index: number;
  readonly configuration: Configuration;
}

/**
 * The log in memory, and how much of it is on disk (section 5.3). Term 0 stands for "before the first entry". Terms
 * never fall along the log. What was compacted was committed, so every leader has the same there.
 */
export class Log extends EntryLog<Entry> {
  #baseTerm = 0;
  /** Oldest first; behind the base all, before it the latest two, so that the one in force can be undone. */
  #configurations: Placed[] = [];

  constructor() {
    super(bytesOf);
  }

  /** Term of the last entry; 0 while empty. */
  get lastTerm(): number {
    return this.termAt(this.lastIndex);
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
    if (index === this.baseIndex) return this.#baseTerm;
    return this.entryAt(index).term;
  }

  /**
   * Whether an entry with this index and term stands here; always so for the place before the first one, and for what
   * was compacted.
   */
  matches(index: number, term: number): boolean {
    return index < this.baseIndex || (index <= this.lastIndex && this.termAt(index) === term);
  }

  /** The first index behind the base with this term or a later one; one behind the end where there is none. */
  firstIndexOf(term: number): number {
    let low = this.baseIndex + 1;
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

  override push(entry: Entry): void {
    const { lastIndex, lastTerm } = this;
    if (entry.term < lastTerm)
      throw new InvariantViolation(`entry ${entry.index} of ${entry.term} after ${lastIndex} of ${lastTerm}`);
    super.push(entry);
    const { index, payload } = entry;
    if (payload.kind === "configuration") this.#configurations.push({ index, configuration: payload.configuration });
  }

  override cut(index: number): void {
    super.cut(index);
    while (this.configurationIndex >= index) this.#configurations.pop();
  }

  override compact(index: number): void {
    if (index <= this.baseIndex) return;
    this.#baseTerm = this.termAt(index);
    super.compact(index);
    while (this.#configurations[2] !== undefined && this.#configurations[2].index <= index)
      this.#configurations.shift();
  }

  /** Becomes a log of which all up to `index` is compacted, and nothing follows. */
  reset(index: number, term: number, configuration: Configuration): void {
    this.restartAt(index);
    this.#baseTerm = term;
    this.#configurations = [{ index, configuration }];
  }
}

/** What an entry takes on the wire: index, term and tag, and what it holds. */
export function bytesOf({ payload }: Entry): number {
  if (payload.kind === "command") return 21 + payload.command.length;
  if (payload.kind === "no-op") return 17;
  const { voters, learners } = payload.configuration;
  return 20 + 8 * (voters.length + learners.length);
}
