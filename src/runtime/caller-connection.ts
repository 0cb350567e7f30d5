import type { Socket } from "node:net";
import type { SessionId } from "../core/protocol.ts";
import type { Calls } from "../protocols/broker/message.ts";
import { hello, LINK_FRAME } from "../protocols/link/message.ts";
import { decode, finish } from "../wire/codec.ts";
import { CONTROL_FRAME, controlRequest } from "../wire/control-message.ts";
import { type Frame, FrameDecoder, frameOf, frameTypeAt, requestIdAt } from "../wire/frame.ts";
import { FrameBatch } from "../wire/frame-batch.ts";
import type { JobErrorCode } from "../wire/job-error.ts";
import {
  ERROR_FRAME,
  headOfAnswer,
  JOB_REQUEST_TYPES,
  type JobAnswer,
  type JobRequest,
  MAX_PING_BYTES,
  PING_FRAME,
  readJobRequest,
  writeJobAnswer,
} from "../wire/job-message.ts";
import { Assembly, MAX_JOB_BYTES, NO_ROOM, type Room } from "../wire/more.ts";
import { Reader } from "../wire/reader.ts";
import type { CallerLimits } from "./caller-limits.ts";
import { type Control, ControlQueue } from "./control-queue.ts";

/** Bytes that are held here for programs: for one, or for all together. */
interface CallerHeld {
  /** Of requests without an answer. */
  asked: number;
  /** That are to leave. */
  waiting: number;
  /** Set aside for messages that have begun. */
  begun: number;
}

/** A request, as the peer is told of it. */
type Call = Calls["calls"][number];

/** A request counts as so many bytes besides its board. */
const CALL_BYTES = 64;

/** Why a connection ends at once. */
interface Failure {
  readonly code: JobErrorCode;
  readonly text: string;
}

/** What a connection shares with the others of its door. */
export interface Shared {
  readonly limits: CallerLimits;
  /** What is held for all connections together. */
  readonly all: CallerHeld;
  readonly room: Room;
  /** Something is asked of the pool on a connection for the first time; whether there is room for one more such. */
  readonly admit: (connection: CallerConnection) => boolean;
}

/** The connection of one program that speaks frames: what it has said, and what it is owed. */
export class CallerConnection {
  readonly session: SessionId;
  readonly socket: Socket;
  readonly mayWrite: () => boolean;
  /** The lines that it asks for. */
  readonly control: ControlQueue;
  /** Is called when the answer to a line is queued. */
  onLine: () => void = () => {};
  readonly held: CallerHeld = { asked: 0, waiting: 0, begun: 0 };
  /** Whether the peer wants to hear more. */
  isWanted = true;
  /** Whether the peer has closed it: what is queued leaves, and nothing more is heard or told of it. */
  isDismissed = false;
  /** Whether something was asked of the pool, PING included. */
  isCaller = false;
  /** Whether the peer was told of the connection. */
  isKnown = false;
  readonly #shared: Shared;
  readonly #decoder = new FrameDecoder();
  readonly #assembly: Assembly;
  readonly #out = new FrameBatch();
  /** Bytes of each request without an answer, by its ID. */
  readonly #asked = new Map<number, number>();
  /** Frames that have come and that nobody has looked at, from a place on. */
  readonly #unread: Frame[] = [];
  #next = 0;
  #isGreeted = false;
  /** Whether as much is held for it as may be, and half of that has not left since. */
  #isFull = false;
  #hasEnded = false;
  /** Messages that have ended, in pieces or not. */
  #heard = 0;
  #over: string | undefined;
  #failure: Failure | undefined;

  /** @param mayWrite whether anything may be written at present */
  constructor(
    session: SessionId,
    socket: Socket,
    mayWrite: () => boolean,
    control: Control["carryOut"],
    shared: Shared,
  ) {
    this.session = session;
    this.socket = socket;
    this.mayWrite = mayWrite;
    this.control = new ControlQueue(control, (requestId, payload) => this.#answerLine(requestId, payload));
    this.#shared = shared;
    this.#assembly = new Assembly({ maxBytes: MAX_JOB_BYTES, room: shared.room });
  }

  /** What was wrong with what has come; undefined while all is well. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Why it is over as soon as all is answered; undefined while more may be heard. */
  get over(): string | undefined {
    return this.#over;
  }

  /** Whether more of it may be heard, for all that it has been told and asked itself. */
  get isListenedTo(): boolean {
    return this.isWanted && !this.isDismissed && !this.#isFull && this.#over === undefined;
  }

  /** Whether frames have come that nobody has looked at. */
  get hasNews(): boolean {
    return this.#next < this.#unread.length;
  }

  /** Messages that have ended so far. */
  get heard(): number {
    return this.#heard;
  }

  /** Whether something is to leave. */
  get hasToSay(): boolean {
    return this.#out.length > 0;
  }

  /** Whether it has all that it is owed. */
  get isServed(): boolean {
    const isAnswered = this.isDismissed || (this.#asked.size === 0 && !this.control.isBusy);
    return isAnswered && this.#out.length === 0 && !this.socket.writableNeedDrain;
  }

  /** The program goes on. */
  push(chunk: Buffer): void {
    if (this.#next > 0) this.#unread.splice(0, this.#next);
    this.#next = 0;
    this.#decoder.scan(chunk, (bytes, start, end) => {
      if (this.#isEcho(bytes, start)) this.#out.echo(bytes, start, end, PING_FRAME.answer);
      else this.#unread.push(frameOf(bytes, start, end));
    });
  }

  /** The program says no more. */
  end(): void {
    this.#hasEnded = true;
  }

  /**
   * Hears what has come as far as it may be heard. What is to be answered here is.
   *
   * @param mayAsk whether there is room for more of what all ask
   * @returns what is asked of the pool
   */
  hear(mayAsk: boolean): readonly Call[] {
    const calls: Call[] = [];
    while (mayAsk && this.hasNews && this.isListenedTo && this.#failure === undefined) {
      const frame = this.#unread[this.#next] as Frame;
      this.#next += 1;
      this.#take(frame, calls);
    }
    if (!this.hasNews) {
      this.#unread.length = 0;
      this.#next = 0;
      if (this.#decoder.failure !== undefined) this.#fail("malformed", `bad ${this.#decoder.failure}`);
      if (this.#hasEnded) this.#over ??= "closed by the program";
    }
    this.#hold("begun", this.#decoder.buffered + this.#assembly.held);
    return calls;
  }

  /** Queues an answer to one of its requests; whether that was one. */
  answer(requestId: number, answer: JobAnswer): boolean {
    const bytes = this.#asked.get(requestId);
    if (bytes === undefined) return false;
    this.#asked.delete(requestId);
    this.#hold("asked", this.held.asked - bytes);
    this.#say(requestId, answer);
    return true;
  }

  /** Queues the one frame that says why the connection ends. */
  sayFailure({ code, text }: Failure): void {
    const head = { type: ERROR_FRAME, requestId: 0, imageSize: 0 };
    this.#out.message(head, (writer) => writeJobAnswer(writer, { kind: "error", code, text }), MAX_JOB_BYTES);
  }

  /** Gives the socket as much of what is queued as it takes at a time. */
  send(): void {
    const { socket } = this;
    // What the system takes at once leaves room for more, and no "drain" follows.
    while (this.#out.length > 0 && socket.writableLength < this.#shared.limits.maxAheadBytes) {
      const pieces = this.#out.take(this.#shared.limits.maxAheadBytes);
      if (pieces.length > 1) socket.cork();
      for (const piece of pieces) socket.write(piece);
      if (pieces.length > 1) socket.uncork();
    }
    this.weigh();
  }

  /** Takes stock of what waits. */
  weigh(): void {
    this.#hold("waiting", this.#out.length + this.socket.writableLength);
    const { maxAskedBytes, maxPatientBytes } = this.#shared.limits;
    const isBelow = (amount: number, most: number): boolean => (this.#isFull ? amount <= most / 2 : amount < most);
    this.#isFull = !(isBelow(this.held.asked, maxAskedBytes) && isBelow(this.held.waiting, maxPatientBytes));
  }

  /** Nothing is held for it any more. */
  release(): void {
    this.control.stop();
    this.#assembly.release();
    for (const what of ["asked", "waiting", "begun"] as const) this.#hold(what, 0);
  }

  /** Whether a frame is a PING that may be sent back as it is, before anything is made of it. */
  #isEcho(bytes: Buffer, start: number): boolean {
    const isNext = this.isCaller && this.isListenedTo && !this.hasNews && !this.#assembly.isUnderWay;
    return isNext && frameTypeAt(bytes, start) === PING_FRAME.request && requestIdAt(bytes, start) !== 0;
  }

  #take(frame: Frame, calls: Call[]): void {
    if (!this.#isGreeted) return this.#greet(frame);
    const whole = this.#assembly.take(frame);
    const { failure } = this.#assembly;
    if (failure !== undefined) return this.#fail(failure === NO_ROOM ? "busy" : "malformed", failure);
    if (whole === undefined) return;
    if (!this.#assembly.isUnderWay) this.#heard += 1;
    if (whole.type === PING_FRAME.request) this.#pong(whole);
    else if (whole.type === CONTROL_FRAME.request) this.#hearLine(whole);
    else if (JOB_REQUEST_TYPES.includes(whole.type)) this.#hearCall(whole, calls);
    else this.#fail("malformed", `no request has the type 0x${whole.type.toString(16)}`);
  }

  #greet(frame: Frame): void {
    const greeting = frame.type === LINK_FRAME.hello ? decode(hello, frame.payload) : undefined;
    this.#isGreeted = greeting?.kind === "value" && greeting.value.role === "client";
    if (!this.#isGreeted) this.#fail("malformed", "what comes first is no HELLO of a program");
  }

  #answerLine(requestId: number, payload: Buffer): void {
    this.#out.frame({ type: CONTROL_FRAME.answer, requestId, imageSize: 0 }, payload);
    this.onLine();
  }

  /** Whether something may be asked of the pool on it. */
  #isAdmitted(): boolean {
    this.isCaller ||= this.#shared.admit(this);
    if (!this.isCaller) this.#fail("busy", "too many programs at a time");
    return this.isCaller;
  }

  #pong({ requestId, payload }: Frame): void {
    if (!this.#isAdmitted()) return;
    if (payload.length > MAX_PING_BYTES) this.#fail("malformed", `a PING with ${payload.length} bytes`);
    else if (requestId !== 0) this.#out.frame({ type: PING_FRAME.answer, requestId, imageSize: 0 }, payload);
  }

  #hearLine({ requestId, payload }: Frame): void {
    const request = decode(controlRequest, payload);
    if (requestId === 0 || request.kind !== "value") this.#fail("malformed", "a CONTROL that is none");
    else if (!this.control.push(requestId, request.value)) this.#fail("busy", "too many lines at a time");
  }

  #hearCall(frame: Frame, calls: Call[]): void {
    const { requestId } = frame;
    if (requestId === 0) return this.#fail("malformed", "a request without an ID");
    if (this.#asked.has(requestId)) return this.#fail("malformed", `the request ID ${requestId} twice`);
    if (!this.#isAdmitted()) return;
    const reader = new Reader(frame.payload);
    const read = finish(reader, readJobRequest(reader, frame));
    if (read.kind !== "value") {
      const text = read.kind === "malformed" ? read.reason : "too short";
      return this.#say(requestId, { kind: "error", code: "malformed", text });
    }
    const request = read.value;
    if (request.kind === "subscribe" || request.kind === "unsubscribe") {
      return this.#say(requestId, { kind: "error", code: "refused", text: "only peers join the workers" });
    }
    const bytes = CALL_BYTES + boardBytes(request);
    this.#asked.set(requestId, bytes);
    this.#hold("asked", this.held.asked + bytes);
    this.weigh();
    if (request.kind === "quit") this.#over = "quit";
    calls.push({ requestId, request });
  }

  #say(requestId: number, answer: JobAnswer): void {
    const head = headOfAnswer(answer);
    this.#out.message({ ...head, requestId }, (writer) => writeJobAnswer(writer, answer), MAX_JOB_BYTES);
    this.weigh();
  }

  #fail(code: JobErrorCode, text: string): void {
    this.#failure ??= { code, text };
  }

  #hold(what: keyof CallerHeld, amount: number): void {
    this.#shared.all[what] += amount - this.held[what];
    this.held[what] = amount;
  }
}

/** Bytes that a request's board takes in memory. */
function boardBytes(request: JobRequest): number {
  if ("board" in request) return request.board.words.byteLength;
  return "band" in request ? request.band.words.byteLength : 0;
}
