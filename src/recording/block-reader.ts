import { crc32 } from "../wire/crc32.ts";
import { asBuffer, Reader } from "../wire/reader.ts";
import { NO_SIZE, Splitter, UNKNOWN_SIZE } from "../wire/stream.ts";
import { fromJson } from "./exact-json.ts";
import {
  BLOCK_HEAD_BYTES,
  type Entry,
  entry,
  type Facts,
  FORMAT_VERSION,
  MAGIC,
  MAX_BLOCK_BYTES,
  MAX_FACTS_BYTES,
  PROLOGUE_BYTES,
} from "./format.ts";

/** Bytes of a block that tell its length and whether that is true. */
const LENGTH_BYTES = 8;

/** Takes the entries out of the bytes of a recording, which come in chunks of any size. Holds at most one block. */
export class BlockReader {
  readonly #prologue = Buffer.alloc(PROLOGUE_BYTES);
  readonly #splitter = new Splitter(LENGTH_BYTES, measure);
  #facts: Facts | null = null;
  #failure: string | null = null;
  #isComplete = false;
  #checksum = 0;
  /** Bytes of the whole blocks that were read, and of what is before them. */
  #offset = 0;

  /** What the recording says of itself; null until that has come. */
  get facts(): Facts | null {
    return this.#facts;
  }

  /** Why the bytes are no recording from some place on, in one line; null while all is well. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Whether the recording's own end has come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** How far the recording is good, in bytes: up to the end of its last whole block. */
  get goodBytes(): number {
    return this.#offset;
  }

  /** Takes the next bytes; the entries of the blocks that end in them, up to a failure. Never throws. */
  push(chunk: Uint8Array): readonly Entry[] {
    const entries: Entry[] = [];
    const rest = this.#takePrologue(asBuffer(chunk));
    if (this.#failure !== null || rest.length === 0) return entries;
    for (const block of this.#splitter.push(rest)) {
      if (this.#failure === null) this.#takeBlock(block, entries);
    }
    if (this.#splitter.broken) this.#failure ??= this.#damaged("its length is not to be trusted");
    return entries;
  }

  /** No more bytes come. */
  end(): void {
    if (this.#facts === null) this.#failure ??= "this is no recording: it ends before it has begun";
    if (this.#isComplete && this.#splitter.buffered > 0) this.#failure ??= this.#followed();
  }

  /** The bytes behind the prologue. */
  #takePrologue(bytes: Buffer): Buffer {
    if (this.#offset >= PROLOGUE_BYTES || this.#failure !== null) return bytes;
    const taken = bytes.copy(this.#prologue, this.#offset);
    this.#offset += taken;
    const magic = Math.min(this.#offset, MAGIC.length);
    if (!this.#prologue.subarray(0, magic).equals(MAGIC.subarray(0, magic))) this.#failure = "this is no recording";
    this.#checksum = crc32(this.#prologue);
    return bytes.subarray(taken);
  }

  #takeBlock(block: Buffer, entries: Entry[]): void {
    const content = block.subarray(BLOCK_HEAD_BYTES);
    this.#checksum = crc32(content, this.#checksum);
    if (this.#isComplete) this.#failure = this.#followed();
    else if (block.readUInt32BE(LENGTH_BYTES) !== this.#checksum)
      this.#failure = this.#damaged("its checksum is wrong");
    else if (this.#facts === null) this.#takeFacts(content);
    else if (content.length === 0) this.#isComplete = true;
    else this.#takeEntries(content, entries);
    if (this.#failure === null) this.#offset += block.length;
  }

  #takeFacts(content: Buffer): void {
    const version = this.#prologue.readUInt16BE(MAGIC.length);
    const facts = content.length <= MAX_FACTS_BYTES ? fromJson(content.toString()) : undefined;
    if (version !== FORMAT_VERSION) this.#failure = `this recording has format ${version}, which is not known here`;
    else if (facts?.kind === "value" && isFacts(facts.value)) this.#facts = facts.value;
    else this.#failure = "the facts of this recording make no sense";
  }

  #takeEntries(content: Buffer, entries: Entry[]): void {
    const reader = new Reader(content);
    while (reader.remaining > 0 && this.#failure === null) {
      const at = this.#offset + BLOCK_HEAD_BYTES + content.length - reader.remaining;
      const each = entry.read(reader);
      if (reader.failure === undefined) entries.push(each);
      else this.#failure = `the entry at byte ${at} makes no sense: ${reader.failure}`;
    }
  }

  #followed(): string {
    return `something follows the end of the recording, at byte ${this.#offset}`;
  }

  #damaged(how: string): string {
    return `the block at byte ${this.#offset} is damaged: ${how}`;
  }
}

function measure(bytes: Buffer, start: number, end: number): number {
  if (end - start < LENGTH_BYTES) return UNKNOWN_SIZE;
  const length = bytes.readUInt32BE(start);
  const isTrue = crc32(bytes.subarray(start, start + 4)) === bytes.readUInt32BE(start + 4);
  return isTrue && length <= MAX_BLOCK_BYTES ? BLOCK_HEAD_BYTES + length : NO_SIZE;
}

function isFacts(value: unknown): value is Facts {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((fact) => fact === null || typeof fact !== "object");
}
