import { InvariantViolation } from "../core/assert.ts";

const FIRST_CAPACITY = 128;

/** Appends big-endian values to bytes that grow as needed. A number that does not fit throws InvariantViolation. */
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

  // Bytes are stored one by one: it costs a third of Buffer's own methods, which check the range once more.

  /** 0 to 255. */
  u8(value: number): void {
    checkRange(value, 0xff);
    const at = this.#advance(1);
    this.#buffer[at] = value;
  }

  /** 0 to 65,535. */
  u16(value: number): void {
    checkRange(value, 0xffff);
    const at = this.#advance(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value & 0xff;
  }

  /** 0 to 16,777,215. */
  u24(value: number): void {
    checkRange(value, 0xffffff);
    const at = this.#advance(3);
    this.#buffer[at] = value >>> 16;
    this.#buffer[at + 1] = (value >>> 8) & 0xff;
    this.#buffer[at + 2] = value & 0xff;
  }

  /** 0 to 4,294,967,295. */
  u32(value: number): void {
    checkRange(value, 0xffffffff);
    const at = this.#advance(4);
    this.#buffer[at] = value >>> 24;
    this.#buffer[at + 1] = (value >>> 16) & 0xff;
    this.#buffer[at + 2] = (value >>> 8) & 0xff;
    this.#buffer[at + 3] = value & 0xff;
  }

  /** 0 to 2^53 - 1. */
  u64(value: number): void {
    checkRange(value, Number.MAX_SAFE_INTEGER);
    this.u32(Math.floor(value / 2 ** 32));
    this.u32(value % 2 ** 32);
  }

  /** The bytes as they are. */
  bytes(value: Uint8Array): void {
    const at = this.#advance(value.length);
    this.#buffer.set(value, at);
  }

  /** Room for so many bytes, to be filled at once: it is no longer the writer's after the next call of any other method. */
  room(size: number): Uint8Array {
    const at = this.#advance(size);
    return this.#buffer.subarray(at, at + size);
  }

  /** Writes text whose UTF-8 form takes `size` bytes. */
  text(value: string, size: number): void {
    const at = this.#advance(size);
    this.#buffer.write(value, at, size, "utf8");
  }

  /** What was written: a view until the next call of any other method. */
  get written(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** What was written: a copy that takes no more room than it needs. */
  copy(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#length);
    this.#buffer.copy(bytes, 0, 0, this.#length);
    return bytes;
  }

  /** Begins anew, in the room that there is. */
  clear(): void {
    this.#length = 0;
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

function checkRange(value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new InvariantViolation(`${value} is not 0 to ${most}`);
}
