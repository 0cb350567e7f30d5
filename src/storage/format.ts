/**
 * The bytes of a segment of the journal, big endian.
 *
 * Header, 22 bytes, the same in every version of the format:
 *
 * | size | field                                                          |
 * | ---- | -------------------------------------------------------------- |
 * | 8    | "p2p-node"                                                     |
 * | 2    | version of the format, now 1                                   |
 * | 4    | number of the segment                                          |
 * | 4    | salt, at random                                                |
 * | 4    | CRC-32 of the 18 bytes before; it seeds that of every batch    |
 *
 * Then batches, each written by one write and durable before the next one is written:
 *
 * | size | field                                                          |
 * | ---- | -------------------------------------------------------------- |
 * | 4    | CRC-32 of all that follows, begun with the header's            |
 * | 4    | length of what follows this field                              |
 * | 8    | durable watermark: all below it was durable when this was written; it is the batch's own offset |
 * | 1    | kind: 0 base, 1 records, 2 seal                                |
 * | 4    | count of records                                               |
 * | ...  | the records: tag u8, length u32, bytes                         |
 *
 * The first batch, and only it, is a base: what an older segment was compacted to. It is durable before the file gets
 * its name. A seal holds no records; it says that all before it is durable, and the next batch overwrites it. Zeros
 * follow the last batch. The salt keeps a block left over from another segment, or bytes inside a record, from being
 * taken for a batch of this one.
 *
 * CRC-32 is zlib's: at 200 B it took 0.27 us against 0.42 for CRC-32C by table, at 20 KB 8 against 42.
 */
import type { JournalRecord } from "../peer/journal-record.ts";
import { bytes, choice, decode, list, struct, type TypeOf, u8, u64 } from "../wire/codec.ts";
import { crc32 } from "../wire/crc32.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";

/** Version of the format that this program writes, and the newest that it reads. */
export const FORMAT_VERSION = 1;

/** Bytes of a segment's header; its first batch begins there. */
export const HEADER_BYTES = 22;

/** Bytes of a batch's checksum and length, and of its watermark. */
const PREFIX_BYTES = 8;
const WATERMARK_BYTES = 8;

const MAGIC = Buffer.from("p2p-node");
const U32_MAX = 0xffff_ffff;

const record = struct({ tag: u8, bytes: bytes(U32_MAX) });
const body = struct({
  durable: u64,
  kind: choice(["base", "records", "seal"]),
  records: list(record, U32_MAX),
});

/** What a batch is for. */
export type BatchKind = TypeOf<typeof body>["kind"];

/** What became of bytes that should be a header. `seed` is the checksum that those of the batches begin with. */
export type DecodedHeader =
  | { readonly kind: "header"; readonly segment: number; readonly seed: number }
  | { readonly kind: "newer-version"; readonly version: number }
  | { readonly kind: "bad"; readonly reason: string };

/** What became of bytes that should be a batch. `end` is the offset after it. */
export type DecodedBatch =
  | { readonly kind: BatchKind; readonly records: readonly JournalRecord[]; readonly end: number }
  | { readonly kind: "bad"; readonly reason: string };

/** A segment's header. */
export function encodeHeader(segment: number, salt: number): { readonly bytes: Buffer; readonly seed: number } {
  const writer = new Writer(HEADER_BYTES);
  writer.bytes(MAGIC);
  writer.u16(FORMAT_VERSION);
  writer.u32(segment);
  writer.u32(salt);
  const seed = crc32(writer.take());
  writer.u32(seed);
  return { bytes: writer.take(), seed };
}

/** Reads the header at the beginning of a segment. */
export function decodeHeader(segmentBytes: Buffer): DecodedHeader {
  const reader = new Reader(segmentBytes);
  const magic = reader.bytes(MAGIC.length);
  const version = reader.u16();
  const segment = reader.u32();
  reader.u32();
  const seed = reader.u32();
  if (reader.failure !== undefined) return { kind: "bad", reason: "the header is incomplete" };
  if (!MAGIC.equals(magic)) return { kind: "bad", reason: "this is no journal" };
  if (crc32(segmentBytes.subarray(0, HEADER_BYTES - 4)) !== seed) {
    return { kind: "bad", reason: "the header's checksum is wrong" };
  }
  if (version > FORMAT_VERSION) return { kind: "newer-version", version };
  return { kind: "header", segment, seed };
}

/** A batch that is to stand at `offset` of the segment whose checksums begin with `seed`. */
export function encodeBatch(seed: number, offset: number, kind: BatchKind, records: readonly JournalRecord[]): Buffer {
  const writer = new Writer(PREFIX_BYTES + sizeOf(records));
  writer.u32(0);
  writer.u32(0);
  body.write(writer, { durable: offset, kind, records });
  const batch = writer.take();
  batch.writeUInt32BE(batch.length - PREFIX_BYTES, 4);
  batch.writeUInt32BE(crc32(batch.subarray(4), seed), 0);
  return batch;
}

/** Bytes that records take in a batch, and the fields before them. */
export function sizeOf(records: readonly JournalRecord[]): number {
  return records.reduce((size, { bytes }) => size + 5 + bytes.length, WATERMARK_BYTES + 5);
}

/** Reads the batch at `offset`. Its records are views into `segmentBytes`. */
export function decodeBatch(seed: number, segmentBytes: Buffer, offset: number): DecodedBatch {
  const start = offset + PREFIX_BYTES;
  if (start + WATERMARK_BYTES > segmentBytes.length) return { kind: "bad", reason: "no batch fits there" };
  // Compared first because it is quick: the search for batches asks this at every offset.
  if (segmentBytes.readUInt32BE(start + 4) !== offset || segmentBytes.readUInt32BE(start) !== 0) {
    return { kind: "bad", reason: "no batch begins there" };
  }
  const end = start + segmentBytes.readUInt32BE(offset + 4);
  if (end > segmentBytes.length) return { kind: "bad", reason: "the batch is longer than the file" };
  if (crc32(segmentBytes.subarray(offset + 4, end), seed) !== segmentBytes.readUInt32BE(offset)) {
    return { kind: "bad", reason: "the batch's checksum is wrong" };
  }
  const decoded = decode(body, segmentBytes.subarray(start, end));
  if (decoded.kind !== "value") return { kind: "bad", reason: "the batch's records make no sense" };
  return { kind: decoded.value.kind, records: decoded.value.records, end };
}
