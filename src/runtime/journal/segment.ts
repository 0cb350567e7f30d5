import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { JournalRecord } from "../../peer/journal-record.ts";
import { type BatchKind, encodeBatch, encodeHeader, HEADER_BYTES, sizeOf } from "../../storage/format.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { StorageLimit } from "./failure.ts";

/** Largest segment: one that grows past it could not be read in one piece at the next start. */
const MAX_SEGMENT_BYTES = 2 ** 30;

/** A write that reaches past the end of the file carries zeros up to a multiple of this, so that most writes leave the
 * file's length alone and need no sync of its metadata. */
const ALLOCATION_BYTES = 2 ** 16;

const SEGMENT_NAME = /^journal-(\d{10})$/;
const UNFINISHED_NAME = /^journal-\d{10}\.new$/;

/** The name of a segment's file. */
export function segmentName(number: number): string {
  return `journal-${String(number).padStart(10, "0")}`;
}

/** The numbers of the segments among the names in a directory, oldest first, and the names of unfinished ones. */
export function findSegments(names: readonly string[]): {
  readonly numbers: readonly number[];
  readonly unfinished: readonly string[];
} {
  const numbers = names.flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? []).map(Number);
  return {
    numbers: numbers.sort((a, b) => a - b),
    unfinished: names.filter((name) => UNFINISHED_NAME.test(name)),
  };
}

/** Where in its file a segment goes on. */
export interface SegmentPosition {
  readonly number: number;
  /** What the checksums of its batches begin with. */
  readonly seed: number;
  /** Where the next batch goes. */
  readonly end: number;
  /** Length of the file; zeros lie between the end and it. */
  readonly allocated: number;
}

/** A segment that is open for appending. One operation at a time. */
export class Segment {
  readonly number: number;
  readonly #file: DiskFile;
  readonly #seed: number;
  #end: number;
  #allocated: number;

  constructor(file: DiskFile, { number, seed, end, allocated }: SegmentPosition) {
    this.number = number;
    this.#file = file;
    this.#seed = seed;
    this.#end = end;
    this.#allocated = allocated;
  }

  /** Makes a batch durable. Rejects with the system's error, or StorageLimit. */
  async append(records: readonly JournalRecord[]): Promise<void> {
    this.#end = await this.#save("records", records);
  }

  /** Makes durable that all before it is durable, until the next batch takes its place. */
  async seal(): Promise<void> {
    await this.#save("seal", []);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Writes a batch where the next one belongs; the offset after it. */
  async #save(kind: BatchKind, records: readonly JournalRecord[]): Promise<number> {
    checkSize(this.#end, records);
    const batch = encodeBatch(this.#seed, this.#end, kind, records);
    const end = this.#end + batch.length;
    if (end <= this.#allocated) {
      await this.#file.save(batch, this.#end);
    } else {
      const zeros = zerosAfter(end);
      await this.#file.save(Buffer.concat([batch, zeros]), this.#end);
      this.#allocated = end + zeros.length;
    }
    return end;
  }
}

/** Makes a new segment under its unfinished name, with `base` as its first batch, durable but for the name. */
export async function createSegment(
  disk: Disk,
  directory: string,
  number: number,
  base: readonly JournalRecord[],
): Promise<Segment> {
  checkSize(HEADER_BYTES, base);
  const header = encodeHeader(number, randomInt(2 ** 32));
  const batch = encodeBatch(header.seed, HEADER_BYTES, "base", base);
  const end = HEADER_BYTES + batch.length;
  const zeros = zerosAfter(end);
  const file = await disk.open(unfinishedPath(directory, number), "create");
  try {
    await file.save(Buffer.concat([header.bytes, batch, zeros]), 0);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new Segment(file, { number, seed: header.seed, end, allocated: end + zeros.length });
}

/** Gives a created segment its name: from then on it is the journal. */
export async function nameSegment(disk: Disk, directory: string, number: number): Promise<void> {
  await disk.rename(unfinishedPath(directory, number), join(directory, segmentName(number)));
  await disk.syncDirectory(directory);
}

function unfinishedPath(directory: string, number: number): string {
  return join(directory, `${segmentName(number)}.new`);
}

function zerosAfter(end: number): Buffer {
  return Buffer.alloc(-end & (ALLOCATION_BYTES - 1));
}

function checkSize(offset: number, records: readonly JournalRecord[]): void {
  const end = offset + sizeOf(records);
  if (end > MAX_SEGMENT_BYTES) throw new StorageLimit(`its journal would grow to ${end} bytes, over the limit`);
}
