import { assert, InvariantViolation } from "../core/assert.ts";
import type { Decoded } from "./codec.ts";
import { crc16 } from "./crc16.ts";
import { asBuffer } from "./reader.ts";
import { NO_SIZE, Splitter, UNKNOWN_SIZE } from "./stream.ts";

/** The version of the frame's layout, its first byte. */
export const FRAME_VERSION = 1;

/** Bytes before the payload. */
export const HEADER_BYTES = 11;

/** Longest payload, in bytes. */
export const MAX_PAYLOAD_BYTES = 32_768;

/** Longest frame, in bytes. */
export const MAX_FRAME_BYTES = HEADER_BYTES + MAX_PAYLOAD_BYTES;

const TYPE_AT = 1;
const REQUEST_ID_AT = 2;
const LENGTH_AT = 6;
const CHECKSUM_AT = 9;
const NO_CHECKSUM = Buffer.alloc(HEADER_BYTES - CHECKSUM_AT);

/** What a frame says of its payload. */
export interface FrameHeader {
  /** 0 to 255; the answer to a request has bit 7 set. */
  readonly type: number;
  /** 1 to 65,535 correlates an answer with its request, per connection and direction; 0 expects none. */
  readonly requestId: number;
  /** Side of the board in job messages, else 0. */
  readonly imageSize: number;
}

/** One frame of a peer link (wire document, section "Peer frame"). */
export interface Frame extends FrameHeader {
  /** Of a frame that was read: a view of the bytes that came; who keeps it for long copies it. */
  readonly payload: Buffer;
}

/** Why bytes are no frame. After any of these where the next frame begins is lost. */
export type FrameFailure = "version" | "length" | "checksum";

/**
 * The bytes of a frame with a payload that is ready.
 *
 * @throws InvariantViolation as `sealFrame` does
 */
export function encodeFrame(header: FrameHeader, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.set(payload, HEADER_BYTES);
  return sealFrame(frame, header);
}

/** The frame that the whole of `input` is; the reason of a malformed one is a `FrameFailure` or bytes too many. */
export function decodeFrame(input: Uint8Array): Decoded<Frame> {
  const bytes = asBuffer(input);
  const size = bytes.length === 0 ? UNKNOWN_SIZE : measure(bytes, 0, bytes.length);
  if (size === NO_SIZE) return { kind: "malformed", reason: unmeasurable(bytes) };
  if (size === UNKNOWN_SIZE || size > bytes.length) return { kind: "incomplete" };
  if (size < bytes.length) return { kind: "malformed", reason: `${bytes.length - size} bytes too many` };
  if (!isIntact(bytes, 0, size)) return { kind: "malformed", reason: "checksum" };
  return { kind: "value", value: frameOf(bytes, 0, size) };
}

/**
 * Finds the frames in a stream that comes in chunks of any size. A bad version is found with a frame's first byte, a bad
 * length with its ninth, before anything is allocated for it. Holds at most one frame.
 */
export class FrameDecoder {
  readonly #splitter = new Splitter(CHECKSUM_AT, measure);
  #failure: FrameFailure | undefined;

  /** Why nothing more is accepted; undefined while all is well. */
  get failure(): FrameFailure | undefined {
    return this.#failure;
  }

  /** Bytes held of a frame that has not ended. */
  get buffered(): number {
    return this.#splitter.buffered;
  }

  /** Takes the next bytes of the stream; the frames that end in them, in order, up to a failure. Never throws. */
  push(chunk: Uint8Array): readonly Frame[] {
    const frames: Frame[] = [];
    this.visit(chunk, (frame) => frames.push(frame));
    return frames;
  }

  /** The same, but hands each frame over before it looks at the next: of many small ones, none is kept for the others. */
  visit(chunk: Uint8Array, take: (frame: Frame) => void): void {
    this.scan(chunk, (bytes, start, end) => take(frameOf(bytes, start, end)));
  }

  /** The same, but tells only where each frame lies: a value of it costs more than to find it. */
  scan(chunk: Uint8Array, tell: (bytes: Buffer, start: number, end: number) => void): void {
    if (this.#failure !== undefined) return;
    this.#splitter.visit(chunk, (bytes, start, end) => {
      if (this.#failure !== undefined) return;
      if (isIntact(bytes, start, end)) tell(bytes, start, end);
      else this.#failure = "checksum";
    });
    if (this.#splitter.broken) this.#failure ??= unmeasurable(this.#splitter.beginning);
  }
}

/**
 * Writes the header into the space before the payload; the same bytes.
 *
 * @param start where the frame begins in `bytes`
 * @param end where it ends
 * @throws InvariantViolation where the payload is longer than `MAX_PAYLOAD_BYTES` or a field out of its range
 */
export function sealFrame(bytes: Buffer, header: FrameHeader, start = 0, end = bytes.length): Buffer {
  const { type, requestId, imageSize } = header;
  const length = end - start - HEADER_BYTES;
  if (length > MAX_PAYLOAD_BYTES) throw new InvariantViolation(`frame type ${type}: payload of ${length} bytes`);
  assert((type & 0xff) === type, "a frame type is 0 to 255");
  assert((requestId & 0xffff) === requestId, "a request ID is 0 to 65535");
  assert((imageSize & 0xffff) === imageSize, "an image size is 0 to 65535");
  bytes[start] = FRAME_VERSION;
  bytes[start + TYPE_AT] = type;
  storeU16(bytes, requestId, start + REQUEST_ID_AT);
  storeU16(bytes, imageSize, start + 4);
  // The longest payload has fewer than 2^16 bytes.
  bytes[start + LENGTH_AT] = 0;
  storeU16(bytes, length, start + LENGTH_AT + 1);
  storeU16(bytes, checksumOf(bytes, start, end), start + CHECKSUM_AT);
  return bytes;
}

/** Makes the frame from `start` to `end` one of another type, in place. */
export function retypeFrame(bytes: Buffer, type: number, start: number, end: number): void {
  bytes[start + TYPE_AT] = type;
  storeU16(bytes, checksumOf(bytes, start, end), start + CHECKSUM_AT);
}

/** Storing bytes costs a third of `writeUInt16BE`, which would be half of what a small frame costs. */
function storeU16(frame: Buffer, value: number, at: number): void {
  frame[at] = value >>> 8;
  frame[at + 1] = value & 0xff;
}

/** Over the header with the checksum's own field as zero, then the payload. */
function checksumOf(bytes: Buffer, start: number, end: number): number {
  const header = crc16(bytes, 0xffff, start, start + CHECKSUM_AT);
  return crc16(bytes, crc16(NO_CHECKSUM, header), start + HEADER_BYTES, end);
}

/**
 * Flips one burst of 1 to 16 adjacent bits behind the length field, in place: damage that the checksum always catches,
 * as a CRC of 16 bits finds every burst of at most its own length (Peterson and Brown 1961). The burst ends where the
 * checksum field does: across that border it would be two bursts, one at each end of what the checksum covers.
 *
 * @param choice 32 random bits that say where and which
 */
export function corruptFrame(frame: Buffer, choice: number): void {
  const border = HEADER_BYTES * 8;
  const end = frame.length * 8;
  const first = CHECKSUM_AT * 8 + (Math.floor(choice / 2 ** 16) % (end - CHECKSUM_AT * 8));
  const last = Math.min(first + 16, first < border ? border : end);
  const pattern = (choice & 0xffff) | 0x8000;
  for (let bit = first; bit < last; bit++) {
    if (((pattern << (bit - first)) & 0x8000) === 0) continue;
    const at = bit >> 3;
    frame.writeUInt8(frame.readUInt8(at) ^ (0x80 >> (bit & 7)), at);
  }
}

function measure(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== FRAME_VERSION) return NO_SIZE;
  if (end - start < CHECKSUM_AT) return UNKNOWN_SIZE;
  const length = bytes.readUInt8(start + LENGTH_AT) * 0x10000 + bytes.readUInt16BE(start + LENGTH_AT + 1);
  return length > MAX_PAYLOAD_BYTES ? NO_SIZE : HEADER_BYTES + length;
}

/** Why `measure` found no size. */
function unmeasurable(bytes: Buffer): FrameFailure {
  return bytes[0] === FRAME_VERSION ? "length" : "version";
}

function isIntact(bytes: Buffer, start: number, end: number): boolean {
  return checksumOf(bytes, start, end) === bytes.readUInt16BE(start + CHECKSUM_AT);
}

/** The type of the frame that begins at `start`. */
export function frameTypeAt(bytes: Buffer, start: number): number {
  return bytes.readUInt8(start + TYPE_AT);
}

/** Its request ID. */
export function requestIdAt(bytes: Buffer, start: number): number {
  return bytes.readUInt16BE(start + REQUEST_ID_AT);
}

/** The frame that lies from `start` to `end`. */
export function frameOf(bytes: Buffer, start: number, end: number): Frame {
  return {
    type: frameTypeAt(bytes, start),
    requestId: requestIdAt(bytes, start),
    imageSize: bytes.readUInt16BE(start + 4),
    payload: bytes.subarray(start + HEADER_BYTES, end),
  };
}
