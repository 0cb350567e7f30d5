import type { JournalRecord } from "../peer/journal-record.ts";
import { encode } from "../wire/codec.ts";
import { crc32 } from "../wire/crc32.ts";
import { Writer } from "../wire/writer.ts";
import {
  BATCH_HEAD_BYTES,
  type BatchKind,
  batchHead,
  CHECKSUM_BYTES,
  type EncodedHeader,
  HEADER_BYTES,
  PREFIX_BYTES,
} from "./format.ts";

const RECORD_HEAD_BYTES = 5;

/** Room for the head of a batch, which is known last. */
const NO_HEAD = Buffer.alloc(BATCH_HEAD_BYTES);

/** A batch that was larger than this gives its memory back when it is cleared. */
const KEPT_BYTES = 2 ** 20;

/** A base is encoded and checksummed in pieces of about this size: each takes less than a millisecond. */
const PIECE_BYTES = 2 ** 20;

/** A batch that gathers records, each encoded as it comes. */
export class Batch {
  #writer = withRoomForHead(new Writer());
  #count = 0;

  /** Whether it has no records. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Bytes that it takes so far. */
  get length(): number {
    return this.#writer.length;
  }

  /** Adds a record; its bytes are copied. */
  add(record: JournalRecord): void {
    writeRecordHead(this.#writer, record);
    this.#writer.bytes(record.bytes);
    this.#count += 1;
  }

  /**
   * Its bytes, to stand at `offset` of the segment whose checksums begin with `seed`: a view until the next call of any
   * other method.
   */
  encode(seed: number, offset: number, kind: BatchKind): Buffer {
    const batch = this.#writer.written;
    batch.set(encodeHead(offset, kind, this.#count, batch.length - BATCH_HEAD_BYTES));
    batch.writeUInt32BE(crc32(batch.subarray(CHECKSUM_BYTES), seed), 0);
    return batch;
  }

  /** Begins anew, without records. */
  clear(): void {
    if (this.#writer.length > KEPT_BYTES) this.#writer = new Writer();
    else this.#writer.clear();
    withRoomForHead(this.#writer);
    this.#count = 0;
  }
}

/** A batch that is to stand at `offset` of the segment whose checksums begin with `seed`. */
export function encodeBatch(seed: number, offset: number, kind: BatchKind, records: readonly JournalRecord[]): Buffer {
  const batch = new Batch();
  for (const record of records) batch.add(record);
  return batch.encode(seed, offset, kind);
}

/** Bytes that records take as a batch. */
export function sizeOf(records: readonly JournalRecord[]): number {
  return records.reduce((size, { bytes }) => size + RECORD_HEAD_BYTES + bytes.length, BATCH_HEAD_BYTES);
}

/** Bytes of a segment, and where in it they go. */
export interface Piece {
  readonly offset: number;
  /** A view until the next piece is asked for. */
  readonly bytes: Buffer;
}

/** A segment with nothing but its base, in pieces that are encoded when they are asked for. The header comes last. */
export function* encodeBase(header: EncodedHeader, base: readonly JournalRecord[]): Generator<Piece> {
  const head = encodeHead(HEADER_BYTES, "base", base.length, sizeOf(base) - BATCH_HEAD_BYTES);
  let checksum = crc32(head.subarray(CHECKSUM_BYTES), header.seed);
  let offset = HEADER_BYTES + BATCH_HEAD_BYTES;
  for (const bytes of encodeInPieces(base)) {
    checksum = crc32(bytes, checksum);
    yield { offset, bytes };
    offset += bytes.length;
  }
  head.writeUInt32BE(checksum, 0);
  yield { offset: 0, bytes: Buffer.concat([header.bytes, head]) };
}

function* encodeInPieces(records: readonly JournalRecord[]): Generator<Buffer> {
  const writer = new Writer();
  for (const record of records) {
    writeRecordHead(writer, record);
    for (let from = 0; from < record.bytes.length; from += PIECE_BYTES) {
      writer.bytes(record.bytes.subarray(from, from + PIECE_BYTES));
      if (writer.length < PIECE_BYTES) continue;
      yield writer.written;
      writer.clear();
    }
  }
  if (writer.length > 0) yield writer.written;
}

/** The head of a batch, without its checksum yet. */
function encodeHead(offset: number, kind: BatchKind, count: number, recordBytes: number): Buffer {
  const length = BATCH_HEAD_BYTES - PREFIX_BYTES + recordBytes;
  return encode(batchHead, { checksum: 0, length, durable: offset, kind, count });
}

/** A record as far as its bytes. */
function writeRecordHead(writer: Writer, { tag, bytes }: JournalRecord): void {
  writer.u8(tag);
  writer.u32(bytes.length);
}

function withRoomForHead(writer: Writer): Writer {
  writer.bytes(NO_HEAD);
  return writer;
}
