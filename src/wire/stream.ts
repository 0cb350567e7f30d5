import { asBuffer } from "./reader.ts";

/** What a measure answers while there are too few bytes to tell. */
export const UNKNOWN_SIZE = 0;

/** What a measure answers to bytes that cannot begin a piece: where the next one begins is lost for good. */
export const NO_SIZE = -1;

/**
 * Tells from its first bytes how long a piece of a stream is.
 *
 * @param start where the piece begins in `bytes`
 * @param end where the bytes that are there end, greater than `start`
 * @returns bytes of the whole piece, `UNKNOWN_SIZE` or `NO_SIZE`
 */
export type Measure = (bytes: Buffer, start: number, end: number) => number;

/** Is told of a piece that it is in `bytes` from `start` to `end`, the end not included. */
type Tell = (bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts a stream of bytes that comes in chunks of any size into pieces that tell their own size. A piece that lies inside
 * one chunk is a view of it; one that spans chunks is copied together once. Buffers at most one piece.
 */
export class Splitter {
  readonly #measure: Measure;
  /** The first bytes of a piece whose size is not known yet. */
  readonly #head: Buffer;
  /** The piece being put together; undefined while its size is not known. */
  #piece: Buffer | undefined;
  /** Bytes in the piece, or in the head where there is no piece. */
  #filled = 0;
  #broken = false;

  /** `headBytes`: how many bytes always suffice for `measure`; no piece is shorter. */
  constructor(headBytes: number, measure: Measure) {
    this.#head = Buffer.alloc(headBytes);
    this.#measure = measure;
  }

  /** Whether bytes came that begin no piece. Then nothing more is accepted. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Bytes held of a piece that has not ended. */
  get buffered(): number {
    return this.#filled;
  }

  /** The bytes that begin the piece that has not ended; when broken, those that begin none. */
  get beginning(): Buffer {
    return (this.#piece ?? this.#head).subarray(0, this.#filled);
  }

  /** Takes the next bytes of the stream; the pieces that end in them, in order. */
  push(chunk: Uint8Array): readonly Buffer[] {
    const pieces: Buffer[] = [];
    this.visit(chunk, (bytes, start, end) => pieces.push(bytes.subarray(start, end)));
    return pieces;
  }

  /** Takes the next bytes of the stream, and tells where each piece that ends in them lies: a view costs more than that. */
  visit(chunk: Uint8Array, tell: Tell): void {
    const bytes = asBuffer(chunk);
    let at = 0;
    while (at < bytes.length && !this.#broken) {
      at = this.#filled === 0 ? this.#takeWhole(bytes, at, tell) : this.#takePart(bytes, at, tell);
    }
  }

  /** At the beginning of a piece: takes it where it is if all of it is there. */
  #takeWhole(bytes: Buffer, at: number, tell: Tell): number {
    const size = this.#measure(bytes, at, bytes.length);
    if (size <= 0 || at + size > bytes.length) return this.#takePart(bytes, at, tell);
    tell(bytes, at, at + size);
    return at + size;
  }

  /** Adds what is there to the piece, or to the head while the size is not known. */
  #takePart(bytes: Buffer, at: number, tell: Tell): number {
    const target = this.#piece ?? this.#head;
    const taken = bytes.copy(target, this.#filled, at);
    this.#filled += taken;
    if (this.#piece === undefined) this.#size();
    const piece = this.#piece;
    if (piece !== undefined && this.#filled === piece.length) {
      this.#piece = undefined;
      this.#filled = 0;
      tell(piece, 0, piece.length);
    }
    return at + taken;
  }

  /** Makes a piece of the head as soon as its size is known. */
  #size(): void {
    const size = this.#measure(this.#head, 0, this.#filled);
    if (size === NO_SIZE) this.#broken = true;
    if (size <= 0) return;
    this.#piece = Buffer.allocUnsafe(size);
    this.#head.copy(this.#piece, 0, 0, this.#filled);
  }
}
