import { assert } from "../core/assert.ts";

const FIRST_CAPACITY = 128;

/** Appends big-endian values to bytes that grow as needed. A number out of range throws, as a bug of ours. */
export class Writer {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#advance(1);
    this.#buffer.writeUInt8(value, at);
  }

  u16(value: number): void {
    const at = this.#advance(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  u24(value: number): void {
    const at = this.#advance(3);
    this.#buffer.writeUIntBE(value, at, 3);
  }

  u32(value: number): void {
    const at = this.#advance(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  u64(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is no u64`);
    this.u32(Math.floor(value / 2 ** 32));
    this.u32(value % 2 ** 32);
  }

  bytes(value: Uint8Array): void {
    const at = this.#advance(value.length);
    this.#buffer.set(value, at);
  }

  /** Writes text whose UTF-8 form takes `size` bytes. */
  text(value: string, size: number): void {
    const at = this.#advance(size);
    this.#buffer.write(value, at, size, "utf8");
  }

  /** What was written. The writer must not be used afterwards. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Makes room for `size` bytes; where they begin. */
  #advance(size: number): number {
    const at = this.#length;
    const end = at + size;
    if (end > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#length = end;
    return at;
  }
}
