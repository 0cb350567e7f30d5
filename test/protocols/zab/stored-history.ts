import type { Entry, ZabSpeech, Zxid } from "../../../src/protocols/zab/message.ts";

type Record = ZabSpeech["record"];

/** Promise, epoch and history as records say, taken one after another. */
export class StoredHistory {
  acceptedEpoch = 0;
  currentEpoch = 0;
  /** All up to here is in a snapshot. */
  baseIndex = 0;
  baseZxid: Zxid = { epoch: 0, counter: 0 };
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

  take(record: Record): void {
    switch (record.kind) {
      case "accepted-epoch":
        this.acceptedEpoch = record.epoch;
        break;
      case "current-epoch":
        this.currentEpoch = record.epoch;
        break;
      case "append":
        this.entries.push(...record.entries);
        break;
      case "truncate":
        this.entries.length = record.index - this.baseIndex;
        break;
      case "snapshot":
        [this.baseIndex, this.baseZxid, this.entries] = [record.index, record.zxid, []];
        break;
      case "member":
        break;
      case "forget":
        [this.acceptedEpoch, this.currentEpoch] = [0, 0];
        [this.baseIndex, this.baseZxid, this.entries] = [0, { epoch: 0, counter: 0 }, []];
    }
  }
}
