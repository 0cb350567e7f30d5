import { crc32 } from "node:zlib";
import type { JournalRecord } from "../../src/peer/journal-record.ts";
import { encodeBatch } from "../../src/storage/batch.ts";
import { type EncodedHeader, encodeHeader, FORMAT_VERSION, HEADER_BYTES } from "../../src/storage/format.ts";

/** A record that stands for a number; its size and tag vary with it. */
export function sampleRecord(number: number): JournalRecord {
  const bytes = Buffer.alloc(4 + (number % 7), number);
  bytes.writeUInt32BE(number);
  return { tag: number % 4, bytes };
}

/** A record that stands for all numbers up to one. */
export function sampleCheckpoint(upTo: number): JournalRecord {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(upTo);
  return { tag: 9, bytes };
}

/** The numbers that records stand for; null where the records leave one out, or repeat one. */
export function highestNumber(records: readonly JournalRecord[]): number | null {
  let highest = 0;
  for (const { tag, bytes } of records) {
    const number = Buffer.from(bytes).readUInt32BE();
    if (tag !== 9 && number !== highest + 1) return null;
    highest = number;
  }
  return highest;
}

/** Numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The bytes of a segment, and where each of its batches begins. */
export interface SampleSegment {
  readonly bytes: Buffer;
  /** What the checksums of its batches begin with. */
  readonly seed: number;
  /** The base, each batch, then the end. */
  readonly starts: readonly number[];
}

/**
 * Segment 1 with an empty base and batches of records that stand for 1, 2, 3, ...: so many in each; 0 stands for a seal.
 * In version 1 a seal comes last only: any other was overwritten.
 */
export function sampleSegment(sizes: readonly number[], { version = FORMAT_VERSION, salt = 7 } = {}): SampleSegment {
  const { bytes: header, seed } = sampleHeader(version, salt);
  const parts = [header, encodeBatch(seed, HEADER_BYTES, "base", [])];
  const starts = [HEADER_BYTES, HEADER_BYTES + (parts[1]?.length ?? 0)];
  let number = 0;
  for (const size of sizes) {
    const start = starts.at(-1) ?? 0;
    const records = range(number + 1, number + size).map(sampleRecord);
    const batch = encodeBatch(seed, start, size === 0 ? "seal" : "records", records);
    parts.push(batch);
    starts.push(start + batch.length);
    number += size;
  }
  return { bytes: Buffer.concat(parts), seed, starts };
}

/** The header of segment 1 in a version of the format, older, ours or newer. */
export function sampleHeader(version: number, salt = 7): EncodedHeader {
  const { bytes } = encodeHeader(1, salt);
  bytes.writeUInt16BE(version, 8);
  const seed = crc32(bytes.subarray(0, 18));
  bytes.writeUInt32BE(seed, 18);
  return { bytes, seed };
}
