/** The same bytes as a Buffer, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Takes big-endian values off bytes from outside. It never throws: the first failure sticks, and from then on every
 * number is 0 and every text empty, so that a codec needs no check after each field.
 */
export class Reader {
  /** "incomplete" when the bytes ended too early, another reason when they stand for nothing; undefined if well. */
  failure: string | undefined;
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = asBuffer(bytes);
  }

  /** Bytes not yet taken. */
  get remaining(): number {
    return this.#buffer.length - this.#offset;
  }

  /** Notes why the bytes stand for nothing; the first reason stays. */
  fail(reason: string): void {
    this.failure ??= reason;
  }

  /** 0 to 255. */
  u8(): number {
    const at = this.#advance(1);
    return at < 0 ? 0 : this.#buffer.readUInt8(at);
  }

  /** 0 to 65,535. */
  u16(): number {
    const at = this.#advance(2);
    return at < 0 ? 0 : this.#buffer.readUInt16BE(at);
  }

  /** 0 to 16,777,215. */
  u24(): number {
    const at = this.#advance(3);
    return at < 0 ? 0 : this.#buffer.readUInt8(at) * 0x10000 + this.#buffer.readUInt16BE(at + 1);
  }

  /** 0 to 4,294,967,295. */
  u32(): number {
    const at = this.#advance(4);
    return at < 0 ? 0 : this.#buffer.readUInt32BE(at);
  }

  /** A 64-bit number; from 2^53 up, which a number does not hold exactly, it is malformed. */
  u64(): number {
    const high = this.u32();
    const low = this.u32();
    if (high >= 2 ** 21) this.fail("number of 2^53 or more");
    return high * 2 ** 32 + low;
  }

  /** A view of the next `size` bytes, not a copy. */
  bytes(size: number): Uint8Array {
    const at = this.#advance(size);
    return at < 0 ? new Uint8Array(0) : this.#buffer.subarray(at, at + size);
  }

  /** The next `size` bytes as UTF-8 text. */
  text(size: number): string {
    const at = this.#advance(size);
    if (at < 0) return "";
    const value = this.#buffer.toString("utf8", at, at + size);
    // Decoding puts U+FFFD for what is no UTF-8, so only text that holds one needs the exact comparison.
    if (value.includes("\ufffd") && !this.#buffer.subarray(at, at + size).equals(Buffer.from(value))) {
      this.fail("text that is not UTF-8");
    }
    return value;
  }

  /** Moves past `size` bytes; where they began, or -1 when they are not there. */
  #advance(size: number): number {
    if (this.failure !== undefined) return -1;
    if (size > this.remaining) {
      this.failure = "incomplete";
      return -1;
    }
    const at = this.#offset;
    this.#offset += size;
    return at;
  }
}
