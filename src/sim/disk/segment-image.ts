import { assert } from "../../core/assert.ts";
import type { Random } from "../../core/random.ts";
import type { JournalRecord } from "../../peer/journal-record.ts";
import { encodeBatch } from "../../storage/batch.ts";
import { encodeHeader, HEADER_BYTES } from "../../storage/format.ts";
import { type Recovery, recoverSegment } from "../../storage/recovery.ts";

/** Room that a new image has beyond its base. */
const FIRST_ROOM_BYTES = 1024;

/** A batch as it goes behind all others of an image. */
export interface ImageBatch {
  readonly kind: "records" | "seal";
  readonly bytes: Buffer;
}

/** A segment of a journal as it lies on a simulated disk: the very bytes of a real one, in memory that grows. */
export class SegmentImage {
  readonly number: number;
  readonly #seed: number;
  readonly #baseEnd: number;
  #bytes: Buffer;
  /** Zeros follow from here on. */
  #length: number;
  #lastBatchAt = HEADER_BYTES;
  /** Where the next batch goes. */
  #end: number;
  #isSealed = false;

  /** A segment with nothing but its base. */
  constructor(number: number, salt: number, base: readonly JournalRecord[]) {
    const header = encodeHeader(number, salt);
    const batch = encodeBatch(header.seed, HEADER_BYTES, "base", base);
    this.number = number;
    this.#seed = header.seed;
    this.#bytes = Buffer.concat([header.bytes, batch, Buffer.alloc(FIRST_ROOM_BYTES)]);
    this.#end = HEADER_BYTES + batch.length;
    this.#baseEnd = this.#end;
    this.#length = this.#end;
  }

  /** Bytes of the base. */
  get baseBytes(): number {
    return this.#baseEnd - HEADER_BYTES;
  }

  /** Bytes of what follows it. */
  get grownBytes(): number {
    return this.#end - this.#baseEnd;
  }

  /** Whether a seal says that all before it is durable. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** All that was written, as a copy. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  /** Records as the batch that comes next. */
  recordsBatch(records: readonly JournalRecord[]): ImageBatch {
    return { kind: "records", bytes: encodeBatch(this.#seed, this.#end, "records", records) };
  }

  /** The seal that comes next. */
  seal(): ImageBatch {
    return { kind: "seal", bytes: encodeBatch(this.#seed, this.#end, "seal", []) };
  }

  /** Writes the batch that comes next. */
  write({ kind, bytes }: ImageBatch): void {
    this.#put(bytes, bytes.length);
    this.#isSealed = kind === "seal";
    this.#moveEnd(this.#end + bytes.length);
  }

  /** Writes the first `length` bytes of the batch that comes next; then nothing may be written until `recover`. */
  tear({ bytes }: ImageBatch, length: number): void {
    this.#put(bytes, length);
  }

  /** Reads it as a process does at its start, and cuts off the rests of a torn write. */
  recover(): Recovery {
    const recovery = recoverSegment(this.copy());
    if (recovery.kind !== "recovered") return recovery;
    assert(recovery.end >= this.#end, `recovery lost what was durable from byte ${recovery.end} on`);
    // A torn batch is whole where the bytes that it lacks are zeros.
    if (recovery.end > this.#end) this.#moveEnd(recovery.end);
    if (recovery.torn) {
      this.#bytes.fill(0, this.#end, this.#length);
      this.#length = this.#end;
    }
    this.#isSealed = recovery.sealed;
    return recovery;
  }

  /** Flips one bit of what recovery can tell to be wrong: the base, and every batch that a good one or a seal follows. */
  flipBit(random: Random): void {
    const at = random.below(Math.max(this.#baseEnd, this.#lastBatchAt));
    this.#bytes.writeUInt8(this.#bytes.readUInt8(at) ^ (1 << random.below(8)), at);
  }

  #moveEnd(end: number): void {
    this.#lastBatchAt = this.#end;
    this.#end = end;
  }

  /** Makes room for bytes behind the last batch, and puts the first `length` of them there. */
  #put(bytes: Buffer, length: number): void {
    const end = this.#end + bytes.length;
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(2 * end);
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.#end, 0, length);
    this.#length = Math.max(this.#length, end);
  }
}
