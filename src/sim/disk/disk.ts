import { assert } from "../../core/assert.ts";
import type { Random } from "../../core/random.ts";
import { encodeRecord, type JournalRecord } from "../../peer/journal-record.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import { sizeOf } from "../../storage/batch.ts";
import { decodeRecords } from "../../storage/saved-state.ts";
import { isGrown, SEAL_DELAY_MS } from "../../storage/upkeep.ts";
import { type ImageBatch, SegmentImage } from "./segment-image.ts";

/** What a disk needs of its world. */
export interface DiskSurroundings {
  readonly random: Random;
  /** Virtual ms. */
  readonly now: number;
  /** Plans something for a later time. */
  after(delayMs: number, action: () => void): void;
}

/** Whom a disk tells, as long as the process that opened it runs. Never from within a call of that process. */
export interface DiskListener {
  /** Everything appended with this token or a smaller one is durable. */
  saved(token: number): void;
  /** A write failed. Called at most once; nothing is acknowledged afterwards. */
  failed(reason: string): void;
}

/** What a process finds on its disk. After "corrupt" the disk is open too, and empty. */
export type OpenedDisk =
  | { readonly kind: "opened"; readonly records: readonly AnyRecord[] }
  | { readonly kind: "corrupt"; readonly reason: string };

/** What one turn of the disk changes: a batch that is added, or a whole segment that replaces the one before. */
type Change = ImageBatch | SegmentImage;

/** A turn of the disk. */
interface Turn {
  /** Null where there is nothing to write, and a token only waits for what was written before. */
  readonly change: Change | null;
  /** What is durable at its end. */
  readonly token: number;
  readonly fails: boolean;
}

/** What a crash may leave of a write. */
const REMAINS = ["nothing", "all", "a first part"] as const;

/** One process on this disk, from its opening on. */
interface Life {
  readonly told: DiskListener;
  /** Appended, for the next batch. */
  pending: JournalRecord[];
  /** The base of the next segment, which stands for all that is not pending; null where none is wanted. */
  base: readonly JournalRecord[] | null;
  appendedToken: number;
  savedToken: number;
  baseBytes: number;
  /** Appended since the latest compaction was asked for. */
  grownBytes: number;
  /** Whether its turns go on: then what is asked waits for the next one. */
  isBusy: boolean;
  /** The turn whose outcome is open; null between two of them. */
  underWay: Turn | null;
  hasFailed: boolean;
  restsSince: number;
  isSealPlanned: boolean;
}

/**
 * The disk of one simulated peer: a journal in the format of real ones, recovered as they are, in virtual time. Group
 * commit as in runtime/journal/segmented-journal.ts, with two simplifications: what is appended while the disk rests is
 * written at once, and not at the end of the turn; and a compaction takes its turn as one write.
 */
export class SimulatedDisk {
  /** A write takes between these, virtual ms, drawn anew for each. */
  writeMs: readonly [number, number] = [1, 1];
  /** Every write that begins from now on fails, and may leave a part of its bytes. */
  isFull = false;
  /** What was found corrupt, oldest first. */
  readonly setAside: Buffer[] = [];
  readonly #around: DiskSurroundings;
  #segment: SegmentImage | null = null;
  #life: Life | null = null;

  constructor(around: DiskSurroundings) {
    this.#around = around;
  }

  /** Whether it has grown so much since the latest compaction that its owner should compact it. */
  get isGrown(): boolean {
    return this.#life !== null && this.#life.base === null && isGrown(this.#life.grownBytes, this.#life.baseBytes);
  }

  /** Opens what is there, as a process does at its start. Corrupt content is set aside. */
  open(told: DiskListener): OpenedDisk {
    assert(this.#life === null, "a disk that is open is opened");
    const opened = this.#read();
    if (opened.kind === "corrupt") this.#clear();
    this.#segment ??= new SegmentImage(1, this.#salt(), []);
    this.#life = newLife(told, this.#segment);
    this.#rest(this.#life);
    return opened;
  }

  /** What the next process will find here, where none has opened it. */
  lookAhead(): OpenedDisk {
    assert(this.#life === null, "a disk that is open tells what is on it by its process");
    return this.#read();
  }

  /**
   * Appends records; once they are durable, the listener is told this token or a later one.
   *
   * @param token grows from call to call
   */
  append(records: readonly AnyRecord[], token: number): void {
    const life = this.#openLife("append to");
    assert(token > life.appendedToken, `token ${token} after ${life.appendedToken}`);
    if (life.hasFailed) return;
    life.appendedToken = token;
    const stored = records.map(encodeRecord);
    for (const record of stored) life.pending.push(record);
    life.grownBytes += sizeOf(stored);
    if (!life.isBusy) this.#goOn(life);
  }

  /**
   * Puts `records`, which must stand for all that was appended so far, in the place of it: in one turn, of which a crash
   * leaves nothing or all. Does nothing while an earlier compaction waits for its turn.
   */
  compact(records: readonly AnyRecord[]): void {
    const life = this.#openLife("compact");
    if (life.hasFailed || life.base !== null) return;
    life.base = records.map(encodeRecord);
    life.pending = [];
    life.baseBytes = sizeOf(life.base);
    life.grownBytes = 0;
    if (!life.isBusy) this.#goOn(life);
  }

  /**
   * The process is gone, if one was there: what it appended and what is not durable is lost, and nobody is told any
   * more. Of a write under way nothing, all or a first part is there.
   *
   * @param tear whether it is a first part for certain
   */
  crash(tear = false): void {
    const turn = this.#life?.underWay;
    this.#life = null;
    if (turn == null) return;
    const remains = tear || turn.fails ? "a first part" : REMAINS[this.#around.random.below(REMAINS.length)];
    if (remains === "all") this.#land(turn.change);
    if (remains === "a first part") this.#tear(turn.change);
  }

  /**
   * Flips one bit of what is durable, where the next `open` is certain to find it, unless a compaction replaces all
   * before. The last batch is spared until another or a seal follows it.
   *
   * @returns whether there was anything: an unused disk is blank
   */
  flipBit(): boolean {
    this.#segment?.flipBit(this.#around.random);
    return this.#segment !== null;
  }

  #openLife(purpose: string): Life {
    assert(this.#life !== null, `${purpose} a disk that is not open`);
    return this.#life;
  }

  #read(): OpenedDisk {
    if (this.#segment === null) return { kind: "opened", records: [] };
    const recovery = this.#segment.recover();
    if (recovery.kind === "corrupt") {
      return { kind: "corrupt", reason: `the journal is corrupt at byte ${recovery.offset} (${recovery.reason})` };
    }
    assert(recovery.kind === "recovered", "a simulated disk holds what another version wrote");
    const records = decodeRecords(recovery.records);
    if (records === undefined) return { kind: "corrupt", reason: "the journal holds records of no known kind" };
    return { kind: "opened", records };
  }

  #clear(): void {
    if (this.#segment !== null) this.setAside.push(this.#segment.copy());
    this.#segment = null;
  }

  /** Begins the next turn, or rests when there is nothing to do. */
  #goOn(life: Life): void {
    const segment = this.#openSegment();
    if (life.base !== null) this.#begin(life, this.#compacted(life, life.base, segment.number + 1));
    else if (life.pending.length > 0) this.#begin(life, segment.recordsBatch(takePending(life)));
    else if (life.appendedToken > life.savedToken) this.#begin(life, null);
    else this.#rest(life);
  }

  /** A new segment: the base, and what was appended after it. */
  #compacted(life: Life, base: readonly JournalRecord[], number: number): SegmentImage {
    const segment = new SegmentImage(number, this.#salt(), base);
    if (life.pending.length > 0) segment.write(segment.recordsBatch(takePending(life)));
    life.base = null;
    return segment;
  }

  #begin(life: Life, change: Change | null): void {
    const turn = { change, token: life.appendedToken, fails: this.isFull && change !== null };
    life.isBusy = true;
    life.underWay = turn;
    this.#around.after(change === null ? 0 : this.#drawWriteMs(), () => {
      if (this.#life === life) this.#end(life, turn);
    });
  }

  #end(life: Life, { change, token, fails }: Turn): void {
    life.underWay = null;
    if (fails) {
      this.#tear(change);
      life.hasFailed = true;
      return life.told.failed("no space is left on its disk");
    }
    this.#land(change);
    const isNews = token > life.savedToken;
    life.savedToken = token;
    if (isNews) life.told.saved(token);
    // Whoever was told may have appended more, or be gone.
    if (this.#life === life) this.#goOn(life);
  }

  #land(change: Change | null): void {
    if (change instanceof SegmentImage) this.#segment = change;
    else if (change !== null) this.#openSegment().write(change);
  }

  /** Leaves a first part of a change. Of a whole segment that counts for nothing: it gets its name when it is there. */
  #tear(change: Change | null): void {
    if (change === null || change instanceof SegmentImage) return;
    this.#openSegment().tear(change, this.#around.random.between(1, change.bytes.length - 1));
  }

  /** Plans a seal for when it has rested for long enough. */
  #rest(life: Life): void {
    life.isBusy = false;
    life.restsSince = this.#around.now;
    if (!this.#openSegment().isSealed && !life.isSealPlanned) this.#planSeal(life, SEAL_DELAY_MS);
  }

  #planSeal(life: Life, delayMs: number): void {
    life.isSealPlanned = true;
    this.#around.after(delayMs, () => {
      if (this.#life !== life) return;
      life.isSealPlanned = false;
      // At the end of its turns it rests, and plans anew.
      if (life.isBusy) return;
      // A timer for every write would be work; this one outlives the writes, and then waits for the rest of its time.
      const leftMs = life.restsSince + SEAL_DELAY_MS - this.#around.now;
      if (leftMs > 0) this.#planSeal(life, leftMs);
      else this.#begin(life, this.#openSegment().seal());
    });
  }

  #openSegment(): SegmentImage {
    assert(this.#segment !== null, "an open disk has a segment");
    return this.#segment;
  }

  #drawWriteMs(): number {
    const [low, high] = this.writeMs;
    // In microseconds, so that what happens in a world seldom falls together.
    return this.#around.random.between(Math.round(low * 1000), Math.round(high * 1000)) / 1000;
  }

  #salt(): number {
    return this.#around.random.below(2 ** 32);
  }
}

function newLife(told: DiskListener, { baseBytes, grownBytes }: SegmentImage): Life {
  return {
    told,
    pending: [],
    base: null,
    appendedToken: 0,
    savedToken: 0,
    baseBytes,
    grownBytes,
    isBusy: false,
    underWay: null,
    hasFailed: false,
    restsSince: 0,
    isSealPlanned: false,
  };
}

function takePending(life: Life): readonly JournalRecord[] {
  const records = life.pending;
  life.pending = [];
  return records;
}
