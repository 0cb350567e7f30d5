import { assert } from "../core/assert.ts";
import { crc32 } from "../wire/crc32.ts";
import { Writer } from "../wire/writer.ts";
import { toJson } from "./exact-json.ts";
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

/** A block is written as soon as it has this many bytes. */
const FULL_BYTES = 64 * 1024;

/** Room made for a block: few inputs lead to more than the rest of it. */
const CAPACITY = FULL_BYTES + 8 * 1024;

const NO_HEAD = Buffer.alloc(BLOCK_HEAD_BYTES);

/** Puts the entries of a recording together to blocks. */
export class BlockWriter {
  readonly #write: (bytes: Uint8Array) => void;
  #checksum: number;
  #block = newBlock();

  /** `write` is given all bytes of the recording, a block at a time, and may keep them; the first at once. */
  constructor(write: (bytes: Uint8Array) => void, facts: Facts) {
    const prologue = new Writer(PROLOGUE_BYTES);
    prologue.bytes(MAGIC);
    prologue.u16(FORMAT_VERSION);
    const bytes = prologue.take();
    const json = Buffer.from(toJson(facts));
    assert(json.length <= MAX_FACTS_BYTES, `facts of ${json.length} bytes where ${MAX_FACTS_BYTES} fit`);
    this.#write = write;
    this.#checksum = crc32(bytes);
    this.#block.bytes(json);
    write(Buffer.concat([bytes, this.#seal()]));
  }

  /** Adds an entry to the block in hand. */
  add(each: Entry): void {
    entry.write(this.#block, each);
  }

  /** The entries so far belong together, and the next do not belong to them: here a block may end. */
  mayEnd(): void {
    if (this.#block.length >= FULL_BYTES) this.#flush();
  }

  /** Ends the recording. */
  finish(): void {
    this.#flush();
    this.#write(this.#seal());
  }

  #flush(): void {
    if (this.#block.length > BLOCK_HEAD_BYTES) this.#write(this.#seal());
  }

  /** The block in hand, with its head; a new one takes its place. */
  #seal(): Buffer {
    const block = this.#block.take();
    this.#block = newBlock();
    const length = block.length - BLOCK_HEAD_BYTES;
    assert(length <= MAX_BLOCK_BYTES, `a block of ${length} bytes where ${MAX_BLOCK_BYTES} fit`);
    block.writeUInt32BE(length, 0);
    block.writeUInt32BE(crc32(block.subarray(0, 4)), 4);
    this.#checksum = crc32(block.subarray(BLOCK_HEAD_BYTES), this.#checksum);
    block.writeUInt32BE(this.#checksum, 8);
    return block;
  }
}

function newBlock(): Writer {
  const block = new Writer(CAPACITY);
  block.bytes(NO_HEAD);
  return block;
}
