import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Entry, RaftSpeech } from "../../../src/protocols/raft/message.ts";

type Record = RaftSpeech["record"];

/** Term, vote and log as records say, taken one after another. */
export class StoredLog {
  currentTerm = 0;
  votedFor: PeerId | null = null;
  /** All up to here is in a snapshot. */
  baseIndex = 0;
  baseTerm = 0;
  entries: Entry[] = [];

  constructor(records: readonly Record[] = []) {
    for (const record of records) this.take(record);
  }

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  /** Undefined where nothing stands, and where a snapshot stands for it. */
  at(index: number): Entry | undefined {
    return this.entries[index - this.baseIndex - 1];
  }

  /** The term of an entry; undefined behind the end, and where it is not known any more. */
  termAt(index: number): number | undefined {
    return index === this.baseIndex ? this.baseTerm : this.at(index)?.term;
  }

  take(record: Record): void {
    switch (record.kind) {
      case "hard-state":
        this.currentTerm = record.currentTerm;
        this.votedFor = record.votedFor;
        break;
      case "append":
        this.#append(record.entries);
        break;
      case "snapshot": {
        const { lastIndex, lastTerm } = record;
        const behind = this.termAt(lastIndex) === lastTerm ? this.entries.slice(lastIndex - this.baseIndex) : [];
        [this.baseIndex, this.baseTerm, this.entries] = [lastIndex, lastTerm, behind];
        break;
      }
      case "forget":
        [this.currentTerm, this.votedFor] = [0, null];
        [this.baseIndex, this.baseTerm, this.entries] = [0, 0, []];
    }
  }

  #append(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    this.entries.length = Math.min(this.entries.length, first.index - this.baseIndex - 1);
    this.entries.push(...entries);
  }
}
