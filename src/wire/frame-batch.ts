import { encodeFrame, type FrameHeader, HEADER_BYTES, retypeFrame, sealFrame } from "./frame.ts";
import { writeFrames } from "./more.ts";
import type { Writer } from "./writer.ts";

/** Bytes that are set aside at a time. */
const SLAB_BYTES = 32_768;

/** A longer frame has memory of its own. */
const MAX_SHARED_BYTES = 512;

/** Frames that wait to leave, one behind another: small ones share memory, as a buffer for each would cost more than the frame. */
export class FrameBatch {
  #slab: Buffer = Buffer.alloc(0);
  /** Where in the slab what is neither a piece nor taken begins, and where it ends. */
  #start = 0;
  #end = 0;
  #pieces: Buffer[] = [];
  #length = 0;

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a frame.
   *
   * @throws InvariantViolation as `encodeFrame` does
   */
  frame(header: FrameHeader, payload: Uint8Array): void {
    const size = HEADER_BYTES + payload.length;
    if (size > MAX_SHARED_BYTES) return this.#append(encodeFrame(header, payload));
    const start = this.#share(size);
    this.#slab.set(payload, start + HEADER_BYTES);
    sealFrame(this.#slab, header, start, this.#end);
  }

  /** Adds a frame that came, from `start` to `end`, as one of another type. */
  echo(bytes: Buffer, start: number, end: number, type: number): void {
    if (end - start > MAX_SHARED_BYTES) {
      const frame = Buffer.from(bytes.subarray(start, end));
      retypeFrame(frame, type, 0, frame.length);
      return this.#append(frame);
    }
    const at = this.#share(end - start);
    // Of so few bytes, one by one is faster than a view of them.
    for (let from = start, to = at; from < end; from++, to++) this.#slab[to] = bytes[from] as number;
    retypeFrame(this.#slab, type, at, this.#end);
  }

  /**
   * Adds a message, in as many frames as it takes.
   *
   * @throws InvariantViolation as `writeFrames` does
   */
  message(header: FrameHeader, write: (writer: Writer) => void, maxBytes: number): void {
    this.#append(writeFrames(header, write, maxBytes));
  }

  /** Takes out what leaves first, so many bytes at most. */
  take(maxBytes: number = Number.POSITIVE_INFINITY): readonly Buffer[] {
    this.#close();
    const taken: Buffer[] = [];
    let left = maxBytes;
    for (const piece of this.#pieces) {
      if (left <= 0) break;
      taken.push(piece.length <= left ? piece : piece.subarray(0, left));
      left -= piece.length;
    }
    const rest = this.#pieces.slice(taken.length);
    const last = this.#pieces[taken.length - 1];
    if (last !== undefined && left < 0) rest.unshift(last.subarray(last.length + left));
    this.#pieces = rest;
    this.#length = rest.reduce((sum, piece) => sum + piece.length, 0);
    return taken;
  }

  #append(bytes: Buffer): void {
    if (bytes.length <= MAX_SHARED_BYTES) {
      const start = this.#share(bytes.length);
      this.#slab.set(bytes, start);
      return;
    }
    this.#close();
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** Makes room in the slab; where it begins. */
  #share(size: number): number {
    if (this.#end + size > this.#slab.length) this.#begin();
    const start = this.#end;
    this.#end += size;
    this.#length += size;
    return start;
  }

  /** Makes a piece of what is in the slab. */
  #close(): void {
    if (this.#end > this.#start) this.#pieces.push(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #begin(): void {
    this.#close();
    this.#slab = Buffer.allocUnsafe(SLAB_BYTES);
    this.#start = 0;
    this.#end = 0;
  }
}
