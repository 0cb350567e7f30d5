import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { JournalRecord } from "../../peer/journal-record.ts";
import { type Batch, encodeBase, encodeBatch, sizeOf } from "../../storage/batch.ts";
import { encodeHeader, FORMAT_VERSION, HEADER_BYTES, sealsStay } from "../../storage/format.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { StorageLimit } from "./failure.ts";

/** Largest segment: one that grows past it could not be read in one piece at the next start. */
const MAX_SEGMENT_BYTES = 2 ** 30;

/**
 * A write that reaches past the end of the file carries zeros up to a multiple of this, so that most writes leave the
 * file's length alone and need no sync of its metadata. Larger ones only took longer at a time: on an SSD, four times as
 * long as a write that does not, for 2^18; a hundred times for 2^23.
 */
const ALLOCATION_BYTES = 2 ** 18;

const NOTHING = Buffer.alloc(0);

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
  /** Of its format. */
  readonly version: number;
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
  readonly #version: number;
  readonly #file: DiskFile;
  readonly #seed: number;
  #end: number;
  #allocated: number;

  constructor(file: DiskFile, { version, number, seed, end, allocated }: SegmentPosition) {
    this.number = number;
    this.#version = version;
    this.#file = file;
    this.#seed = seed;
    this.#end = end;
    this.#allocated = allocated;
  }

  /** Makes a batch of records durable. Rejects with the system's error, or StorageLimit. */
  async append(batch: Batch): Promise<void> {
    checkSize(this.#end + batch.length);
    await this.#save(batch.encode(this.#seed, this.#end, "records"));
    this.#end += batch.length;
  }

  /** Makes durable that all before it is durable. */
  async seal(): Promise<void> {
    const seal = encodeBatch(this.#seed, this.#end, "seal", []);
    await this.#save(seal);
    if (sealsStay(this.#version)) this.#end += seal.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Writes a batch where the next one belongs. */
  async #save(batch: Buffer): Promise<void> {
    const end = this.#end + batch.length;
    // A large batch is worth the sync of the metadata by itself, and not copied for the sake of zeros.
    const fits = end <= this.#allocated || batch.length > ALLOCATION_BYTES;
    const zeros = fits ? NOTHING : Buffer.alloc(-end & (ALLOCATION_BYTES - 1));
    await this.#file.save(zeros.length === 0 ? batch : Buffer.concat([batch, zeros]), this.#end);
    this.#allocated = Math.max(this.#allocated, end + zeros.length);
  }
}

/** Makes a new segment under its unfinished name, with `base` as its first batch, durable but for the name. */
export async function createSegment(
  disk: Disk,
  directory: string,
  number: number,
  base: readonly JournalRecord[],
): Promise<Segment> {
  const end = HEADER_BYTES + sizeOf(base);
  checkSize(end);
  const header = encodeHeader(number, randomInt(2 ** 32));
  const file = await disk.open(unfinishedPath(directory, number), "create");
  try {
    // A large state goes piece by piece: others have their turn between them, here and on the disk.
    for (const { offset, bytes } of encodeBase(header, base)) await file.save(bytes, offset);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new Segment(file, { version: FORMAT_VERSION, number, seed: header.seed, end, allocated: end });
}

/** Gives a created segment its name: from then on it is the journal. */
export async function nameSegment(disk: Disk, directory: string, number: number): Promise<void> {
  await disk.rename(unfinishedPath(directory, number), join(directory, segmentName(number)));
  await disk.syncDirectory(directory);
}

function unfinishedPath(directory: string, number: number): string {
  return join(directory, `${segmentName(number)}.new`);
}

function checkSize(end: number): void {
  if (end > MAX_SEGMENT_BYTES) throw new StorageLimit(`its journal would grow to ${end} bytes, over the limit`);
}
