import { join } from "node:path";
import { setImmediate as endOfTurn } from "node:timers/promises";
import { assert } from "../../core/assert.ts";
import type { JournalRecord } from "../../peer/journal-record.ts";
import { Batch, sizeOf } from "../../storage/batch.ts";
import { BATCH_HEAD_BYTES } from "../../storage/format.ts";
import { isGrown, SEAL_DELAY_MS } from "../../storage/upkeep.ts";
import type { Disk } from "./disk.ts";
import { type StorageFailure, StorageLimit, storageFailure } from "./failure.ts";
import type { Journal, JournalListener } from "./journal.ts";
import { createSegment, nameSegment, type Segment, segmentName } from "./segment.ts";

/** Most bytes that may wait for the disk; one so far behind has failed. */
const MAX_PENDING_BYTES = 2 ** 28;

/** What is on the disk at the start. */
export interface Extent {
  /** Bytes of the base, and of what follows it. */
  readonly baseBytes: number;
  readonly grownBytes: number;
  /** Whether a seal says that all of it is durable. */
  readonly isSealed: boolean;
}

/** A compaction under way. */
interface Compaction {
  /** What was appended since it began: it goes to both segments. */
  readonly since: Batch;
  /** The new segment, once its base is durable. */
  segment: Segment | null;
  /** Settles when the base is durable, or could not be made so. */
  written: Promise<void>;
}

/**
 * The journal on disk. Group commit: what is appended in one turn of the event loop, and while a batch is being made
 * durable, gathers in the next one. That is written when the turn is over: then what was said in it is on its way, also
 * where the disk blocks for a moment. A compaction writes its base beside that, then takes its turn between two batches.
 */
export class SegmentedJournal implements Journal {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #listener: JournalListener;
  #segment: Segment;
  #pending = new Batch();
  /** Takes turns with `#pending`: the one that is being written, empty between two turns. */
  #written = new Batch();
  #appendedToken = 0;
  #savedToken = 0;
  #baseBytes: number;
  #grownBytes: number;
  #compaction: Compaction | null = null;
  #work: Promise<void> | null = null;
  #sealed: boolean;
  #sealDue = false;
  #sealTimer: NodeJS.Timeout;
  #failed = false;
  #closed: Promise<void> | null = null;

  constructor(disk: Disk, directory: string, listener: JournalListener, segment: Segment, extent: Extent) {
    this.#disk = disk;
    this.#directory = directory;
    this.#listener = listener;
    this.#segment = segment;
    this.#baseBytes = extent.baseBytes;
    this.#grownBytes = extent.grownBytes;
    this.#sealed = extent.isSealed;
    this.#sealTimer = setTimeout(() => {
      this.#sealDue = true;
      this.#wake();
    }, SEAL_DELAY_MS).unref();
  }

  get isGrown(): boolean {
    return this.#compaction === null && isGrown(this.#grownBytes, this.#baseBytes);
  }

  append(records: readonly JournalRecord[], token: number): void {
    assert(this.#closed === null, "append to a closed journal");
    assert(token > this.#appendedToken, `token ${token} after ${this.#appendedToken}`);
    if (this.#failed) return;
    this.#appendedToken = token;
    const before = this.#pending.length;
    for (const record of records) {
      this.#pending.add(record);
      this.#compaction?.since.add(record);
    }
    // With the head of a batch for each, and a seal: under a trickle they are much of what is written.
    this.#grownBytes += this.#pending.length - before + 2 * BATCH_HEAD_BYTES;
    this.#checkBacklog();
    this.#wake();
  }

  compact(records: readonly JournalRecord[]): void {
    assert(this.#closed === null, "compaction of a closed journal");
    if (this.#failed || this.#compaction !== null) return;
    this.#baseBytes = sizeOf(records);
    this.#grownBytes = 0;
    const compaction: Compaction = { since: new Batch(), segment: null, written: Promise.resolve() };
    compaction.written = this.#writeBase(records, compaction);
    this.#compaction = compaction;
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  abandon(): Promise<void> {
    // As after a failure nothing is written or acknowledged any more, but nobody is told of one.
    this.#failed = true;
    return this.close();
  }

  /** Sees to it that what there is to do gets done, together with what else is asked in this turn of the event loop. */
  #wake(): void {
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    await endOfTurn();
    for (let turn = this.#nextTurn(); turn !== null; turn = this.#nextTurn()) {
      const token = this.#appendedToken;
      if (!(await this.#attempt(turn))) break;
      this.#acknowledge(token);
      await endOfTurn();
    }
    this.#work = null;
    if (!this.#sealed && !this.#failed) this.#sealTimer.refresh();
  }

  /** What to do next, everything appended so far included; null when there is nothing. */
  #nextTurn(): (() => Promise<void>) | null {
    if (this.#failed) return null;
    if (this.#compaction?.segment) return () => this.#switchSegments();
    if (this.#appendedToken > this.#savedToken) return () => this.#commit();
    if (this.#sealDue && !this.#sealed) return () => this.#seal();
    return null;
  }

  /** Whether it went well; if not, the journal has failed for good: after a failed sync nobody knows what is on disk. */
  async #attempt(operation: () => Promise<void>): Promise<boolean> {
    try {
      await operation();
    } catch (error) {
      this.#fail(storageFailure(this.#directory, error));
    }
    return !this.#failed;
  }

  #fail(failure: StorageFailure): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#listener.onFailure(failure);
  }

  /** Fails when more waits for the disk, or for the end of a compaction, than memory should hold. */
  #checkBacklog(): void {
    const waiting = Math.max(this.#pending.length, this.#compaction?.since.length ?? 0);
    if (waiting <= MAX_PENDING_BYTES) return;
    const limit = new StorageLimit(`its disk is too slow: ${waiting} bytes wait to be saved`);
    queueMicrotask(() => this.#fail(storageFailure(this.#directory, limit)));
  }

  #acknowledge(token: number): void {
    if (token === this.#savedToken) return;
    this.#savedToken = token;
    this.#listener.onSaved(token);
  }

  async #commit(): Promise<void> {
    if (this.#pending.isEmpty) return;
    [this.#pending, this.#written] = [this.#written, this.#pending];
    this.#sealed = false;
    this.#sealDue = false;
    await this.#segment.append(this.#written);
    this.#written.clear();
  }

  async #seal(): Promise<void> {
    await this.#segment.seal();
    this.#sealed = true;
  }

  async #writeBase(records: readonly JournalRecord[], compaction: Compaction): Promise<void> {
    await this.#attempt(async () => {
      compaction.segment = await createSegment(this.#disk, this.#directory, this.#segment.number + 1, records);
    });
    this.#wake();
  }

  async #switchSegments(): Promise<void> {
    const compaction = this.#compaction;
    assert(compaction?.segment != null, "switch without a new segment");
    // What is pending is in the base when it was appended before the compaction, else in `since`.
    this.#pending.clear();
    this.#sealed = false;
    this.#sealDue = false;
    this.#compaction = null;
    const old = this.#segment;
    this.#segment = compaction.segment;
    await old.close();
    if (!compaction.since.isEmpty) await this.#segment.append(compaction.since);
    await nameSegment(this.#disk, this.#directory, this.#segment.number);
    await this.#disk.remove(join(this.#directory, segmentName(old.number)));
  }

  async #finish(): Promise<void> {
    await this.#compaction?.written;
    while (this.#work !== null) await this.#work;
    clearTimeout(this.#sealTimer);
    if (!this.#failed && !this.#sealed) await this.#attempt(() => this.#segment.seal());
    await this.#attempt(() => this.#segment.close());
    const unused = this.#compaction?.segment;
    if (unused) await this.#attempt(() => unused.close());
  }
}
