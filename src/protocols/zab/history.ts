import { InvariantViolation } from "../../core/assert.ts";
import { EntryLog } from "../../core/entry-log.ts";
import { type Entry, MAX_DIGEST, type Zxid } from "./message.ts";

/** The zxid of the place before the first entry. */
export const BEFORE_ALL: Zxid = { epoch: 0, counter: 0 };

/** Whether `one` comes after `other`: by epoch, then by counter. */
export function isAfter(one: Zxid, other: Zxid): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.counter > other.counter);
}

/** Whether they are the same. */
export function isSame(one: Zxid, other: Zxid): boolean {
  return one.epoch === other.epoch && one.counter === other.counter;
}

/** Whether an entry may stand right behind `last`: the next one of its epoch, or the first one of a later epoch. */
export function mayFollow(last: Zxid, { epoch, counter }: Zxid): boolean {
  return epoch === last.epoch ? counter === last.counter + 1 : epoch > last.epoch && counter === 1;
}

/** Where the last entry of an epoch stands. */
interface EpochEnd extends Zxid {
  readonly index: number;
}

/**
 * A history: entries in the order of their zxids. Within an epoch the counters have no gaps, so one that holds an entry
 * holds all that its leader proposed before, and two that hold the same entry are the same up to it.
 */
export class History extends EntryLog<Entry> {
  #baseZxid = BEFORE_ALL;
  /** The last entry of each epoch, from that of the base on. */
  #ends: EpochEnd[] = [];

  constructor() {
    super(bytesOf);
  }

  /** The zxid of the last entry; zero while empty. */
  get lastZxid(): Zxid {
    return this.zxidAt(this.lastIndex);
  }

  /** The zxid of an entry, zero for index 0. The index must lie neither before the base nor behind the end. */
  zxidAt(index: number): Zxid {
    if (index === this.baseIndex) return this.#baseZxid;
    const { epoch, counter } = this.entryAt(index);
    return { epoch, counter };
  }

  /** Whether this very entry stands at `index`, or was the last one that was compacted. */
  holds(index: number, zxid: Zxid): boolean {
    return index >= this.baseIndex && index <= this.lastIndex && isSame(this.zxidAt(index), zxid);
  }

  /**
   * The last entry of each epoch from that of `index` on, which must not lie before the base: what whoever holds at
   * least all up to `index` needs to know of this history. Of very many the latest, and the first.
   */
  digest(index: number): readonly Zxid[] {
    const ends = this.#ends.slice(this.#ends.findIndex((end) => end.index >= index));
    const [first, ...later] = ends.map(({ epoch, counter }) => ({ epoch, counter }));
    return first === undefined ? [] : [first, ...later.slice(1 - MAX_DIGEST)];
  }

  /** The index up to which a history with this digest is the same as this one; undefined where it is not kept any more. */
  commonIndex(digest: readonly Zxid[]): number | undefined {
    for (const { epoch, counter } of digest.toReversed()) {
      const end = this.#ends.find((each) => each.epoch === epoch);
      if (end === undefined) continue;
      const index = end.index - Math.max(0, end.counter - counter);
      return index < this.baseIndex ? undefined : index;
    }
    return this.baseIndex === 0 ? 0 : undefined;
  }

  override push(entry: Entry): void {
    const { lastZxid } = this;
    if (!mayFollow(lastZxid, entry))
      throw new InvariantViolation(
        `entry (${entry.epoch}, ${entry.counter}) after (${lastZxid.epoch}, ${lastZxid.counter})`,
      );
    super.push(entry);
    const { index, epoch, counter } = entry;
    if (lastZxid.epoch === epoch) this.#ends.pop();
    this.#ends.push({ index, epoch, counter });
  }

  override cut(index: number): void {
    super.cut(index);
    while ((this.#ends.at(-1)?.index ?? 0) >= index) this.#ends.pop();
    const { epoch, counter } = this.zxidAt(this.lastIndex);
    // Of an epoch in the midst of which it is cut, another entry is the last one now.
    if (this.lastIndex > 0 && this.#ends.at(-1)?.epoch !== epoch)
      this.#ends.push({ index: this.lastIndex, epoch, counter });
  }

  override compact(index: number): void {
    if (index <= this.baseIndex) return;
    this.#baseZxid = this.zxidAt(index);
    super.compact(index);
    this.#ends = this.#ends.filter((end) => end.index >= index);
  }

  /** Becomes a history of which all up to `index` is compacted, and nothing follows. */
  reset(index: number, { epoch, counter }: Zxid): void {
    this.restartAt(index);
    this.#baseZxid = { epoch, counter };
    this.#ends = index === 0 ? [] : [{ index, epoch, counter }];
  }
}

/** What an entry takes on the wire. */
function bytesOf({ command }: Entry): number {
  return command === null ? 25 : 29 + command.length;
}
