/**
 * Messages that are longer than a frame: all pieces but the last travel in MORE frames, the last one in a frame of the
 * message's own type, all of the same request ID (wire document, section "MORE").
 */
import { assert, InvariantViolation } from "../core/assert.ts";
import type { Decoded } from "./codec.ts";
import {
  corruptFrame,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameDecoder,
  type FrameHeader,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  MAX_PAYLOAD_BYTES,
  sealFrame,
} from "./frame.ts";
import { Writer } from "./writer.ts";

/** The type of the frames that hold all but the last piece: of a message, and of an answer. */
export const MORE_FRAME = { message: 0x11, answer: 0x91 } as const;

/**
 * The longest message, in bytes of payload, unless a connection allows for longer ones: its envelope counts, headers and
 * what MORE frames add do not.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The longest message of a job on the connection of a program. */
export const MAX_JOB_BYTES = 64 * 1024 * 1024;

/** Before a piece in a MORE frame: the length of the whole message u32, and where in it the piece begins u32. */
const PLACE_BYTES = 8;

/** Bytes of a piece where its frame is full, as ours are. */
const PIECE_BYTES = MAX_PAYLOAD_BYTES - PLACE_BYTES;

/** The frames of the longest message, in bytes. */
export const MAX_FRAMES_BYTES =
  MAX_MESSAGE_BYTES + Math.ceil(MAX_MESSAGE_BYTES / PIECE_BYTES) * (HEADER_BYTES + PLACE_BYTES);

/** Where each payload is written first: one that grows for every message costs several times its bytes. */
let draft = new Writer(MAX_FRAME_BYTES);

/** The bit of a frame's type that an answer has. */
const ANSWER = 0x80;

/**
 * The frames, as one piece of bytes, of a message whose payload `write` appends.
 *
 * @param maxBytes the longest payload that the other side takes
 * @throws InvariantViolation where the payload is longer or a field out of its range
 */
export function writeFrames(
  header: FrameHeader,
  write: (writer: Writer) => void,
  maxBytes: number = MAX_MESSAGE_BYTES,
): Buffer {
  draft.clear();
  write(draft);
  const payload = draft.written;
  if (payload.length <= MAX_PAYLOAD_BYTES) return encodeFrame(header, payload);
  const size = payload.length;
  // One that has grown for a long message would keep its memory for ever.
  if (size > MAX_MESSAGE_BYTES) draft = new Writer(MAX_FRAME_BYTES);
  if (size > maxBytes) throw new InvariantViolation(`frame type ${header.type}: message of ${size} bytes`);
  return inPieces(header, payload);
}

function inPieces(header: FrameHeader, payload: Buffer): Buffer {
  const type = (header.type & ANSWER) === 0 ? MORE_FRAME.message : MORE_FRAME.answer;
  const pieces = Math.ceil((payload.length - MAX_PAYLOAD_BYTES) / PIECE_BYTES);
  const last = payload.subarray(pieces * PIECE_BYTES);
  const frames = Buffer.allocUnsafe(pieces * MAX_FRAME_BYTES + HEADER_BYTES + last.length);
  for (let piece = 0; piece < pieces; piece++) {
    const frame = frameIn(frames, piece);
    const offset = piece * PIECE_BYTES;
    frame.writeUInt32BE(payload.length, HEADER_BYTES);
    frame.writeUInt32BE(offset, HEADER_BYTES + 4);
    frame.set(payload.subarray(offset, offset + PIECE_BYTES), HEADER_BYTES + PLACE_BYTES);
    sealFrame(frame, { ...header, type });
  }
  const frame = frameIn(frames, pieces);
  frame.set(last, HEADER_BYTES);
  sealFrame(frame, header);
  return frames;
}

/** Of the frames of one message, of which all but the last are full, the one with this number from 0. */
function frameIn(frames: Buffer, number: number): Buffer {
  return frames.subarray(number * MAX_FRAME_BYTES, (number + 1) * MAX_FRAME_BYTES);
}

/**
 * Flips one burst of bits in one of the frames that `writeFrames` made, in place, as `corruptFrame` does.
 *
 * @param choice 32 random bits that say where and which
 */
export function corruptFrames(frames: Buffer, choice: number): void {
  // Of other bytes, which look like frames at first, there may be too few in the end.
  const count = Math.ceil((frames.length - HEADER_BYTES + 1) / MAX_FRAME_BYTES);
  corruptFrame(frameIn(frames, choice % count), choice);
}

/** The one message, as a frame however long, that the whole of `bytes` is. */
export function decodeFrames(bytes: Uint8Array): Decoded<Frame> {
  if (bytes.length <= MAX_FRAME_BYTES) return decodeFrame(bytes);
  const decoder = new FrameDecoder();
  const assembly = new Assembly();
  const frames = decoder.push(bytes);
  const messages = frames.flatMap((frame) => assembly.take(frame) ?? []);
  const reason = decoder.failure ?? assembly.failure;
  if (reason !== undefined) return { kind: "malformed", reason };
  const [message] = messages;
  if (message === undefined || decoder.buffered > 0) return { kind: "incomplete" };
  if (messages.length > 1 || assembly.isUnderWay) return { kind: "malformed", reason: "more than one message" };
  return { kind: "value", value: message };
}

/** Bytes that all the messages which are being put together may hold, on many connections. */
export class Room {
  readonly #maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** Sets so many aside, if they are there; whether they were. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#maxBytes) return false;
    this.#held += bytes;
    return true;
  }

  /** They are needed no more. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** What is wrong where all of it is taken. */
export const NO_ROOM = "too many messages in pieces at a time";

/** How much is put together. */
export interface AssemblyLimits {
  /** The longest message, in bytes. */
  readonly maxBytes: number;
  /** What all connections share; null where this one's own limit does. */
  readonly room: Room | null;
}

const USUAL: AssemblyLimits = { maxBytes: MAX_MESSAGE_BYTES, room: null };

/**
 * Puts together the messages that come in pieces on one connection, one at a time. Holds a frame, and of the message
 * two frames' worth or twice the bytes that have come, whatever its first piece says is to come.
 */
export class Assembly {
  readonly #limits: AssemblyLimits;
  #message: Message | undefined;
  #failure: string | undefined;

  constructor(limits: AssemblyLimits = USUAL) {
    this.#limits = limits;
  }

  /** What was wrong with a piece: nothing more is accepted; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether a message has begun and not ended. */
  get isUnderWay(): boolean {
    return this.#message !== undefined;
  }

  /** Bytes set aside for the message that has begun. */
  get held(): number {
    return this.#message?.room ?? 0;
  }

  /** Takes the next frame; the message that is whole with it, as one frame, or undefined. Never throws. */
  take(frame: Frame): Frame | undefined {
    if (this.#failure !== undefined) return undefined;
    if (isMore(frame)) {
      this.#failure = this.#add(frame);
      return undefined;
    }
    const message = this.#message;
    if (message === undefined || !message.isOf(frame)) return frame;
    if (message.missing !== frame.payload.length) {
      this.#failure = `a last piece of ${frame.payload.length} bytes where ${message.missing} are missing`;
      return undefined;
    }
    this.#failure = this.#append(message, frame.payload);
    if (this.#failure !== undefined) return undefined;
    this.release();
    return { ...frame, payload: message.whole };
  }

  /** Lets go of what has come of a message: it will not end, or is another's now. */
  release(): void {
    this.#limits.room?.give(this.held);
    this.#message = undefined;
  }

  /** Adds a piece; what is wrong with it. */
  #add(frame: Frame): string | undefined {
    const { payload } = frame;
    if (payload.length <= PLACE_BYTES) return "a piece without bytes";
    const total = payload.readUInt32BE(0);
    const offset = payload.readUInt32BE(4);
    if (total <= MAX_PAYLOAD_BYTES || total > this.#limits.maxBytes) return `a message in pieces of ${total} bytes`;
    this.#message ??= new Message(frame, total);
    const message = this.#message;
    if (!message.isOf(frame)) return "two messages in pieces at a time";
    if (total !== message.total) return `a message of ${message.total} bytes that becomes one of ${total}`;
    if (offset !== message.length) return `a piece from byte ${offset} on where ${message.length} is the next`;
    // The last piece, which has bytes, is not in a MORE frame.
    if (payload.length - PLACE_BYTES >= message.missing) return `more bytes than the ${total} of the message`;
    return this.#append(message, payload.subarray(PLACE_BYTES));
  }

  /** Appends a piece if there is room for it; what is wrong if there is none. */
  #append(message: Message, piece: Buffer): string | undefined {
    const more = message.roomFor(piece.length) - message.room;
    if (this.#limits.room?.take(more) === false) return NO_ROOM;
    message.add(piece);
    return undefined;
  }
}

/** A message of which pieces have come. */
class Message {
  readonly total: number;
  readonly #requestId: number;
  readonly #isAnswer: boolean;
  #bytes = Buffer.alloc(0);
  #length = 0;

  constructor({ requestId, type }: FrameHeader, total: number) {
    this.total = total;
    this.#requestId = requestId;
    this.#isAnswer = isAnswer(type);
  }

  /** Bytes that have come. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that have not come. */
  get missing(): number {
    return this.total - this.#length;
  }

  /** Bytes set aside for it. */
  get room(): number {
    return this.#bytes.length;
  }

  /** Bytes set aside once so many more have come: room for all of it where that is little, and never more than that. */
  roomFor(more: number): number {
    const length = this.#length + more;
    if (length <= this.room) return this.room;
    return Math.min(this.total, Math.max(2 * MAX_PAYLOAD_BYTES, 2 * this.room, length));
  }

  /** All of it, once nothing is missing. */
  get whole(): Buffer {
    assert(this.missing === 0, "a message ends with its last piece");
    return this.#bytes;
  }

  /** Whether a frame belongs to it, by request ID and direction. */
  isOf({ requestId, type }: FrameHeader): boolean {
    return requestId === this.#requestId && isAnswer(type) === this.#isAnswer;
  }

  add(piece: Buffer): void {
    const room = this.roomFor(piece.length);
    if (room > this.room) {
      const grown = Buffer.allocUnsafe(room);
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length += piece.length;
  }
}

function isMore({ type }: FrameHeader): boolean {
  return type === MORE_FRAME.message || type === MORE_FRAME.answer;
}

function isAnswer(type: number): boolean {
  return (type & ANSWER) !== 0;
}
