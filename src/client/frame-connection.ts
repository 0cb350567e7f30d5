import { connect, type Socket } from "node:net";
import { type Address, hostOf, portOf } from "../core/address.ts";
import { PendingRequests } from "../core/pending.ts";
import { finish } from "../wire/codec.ts";
import { type Frame, FrameDecoder } from "../wire/frame.ts";
import { FrameBatch } from "../wire/frame-batch.ts";
import {
  ERROR_FRAME,
  headOfRequest,
  type JobAnswer,
  type JobHead,
  PING_FRAME,
  readJobAnswer,
  writeJobRequest,
} from "../wire/job-message.ts";
import { Assembly, MAX_JOB_BYTES } from "../wire/more.ts";
import { Reader } from "../wire/reader.ts";
import { PoolCall } from "./pool-call.ts";

/** Who is told of a connection. */
interface Listener {
  /** It stands. */
  readonly onUp: () => void;
  readonly onAnswer: (call: PoolCall, answer: JobAnswer) => void;
  /** It is over, with these under way, and nothing more is told of it; why, in one line. */
  readonly onOver: (calls: readonly PoolCall[], reason: string) => void;
}

/** The type by which an ERROR that answers nothing is read. */
const ERROR_ANSWER = ERROR_FRAME | 0x80;

/**
 * A connection of a program to a peer, in frames. Requests are many at a time and answered in any order; all that are sent in
 * one turn of the event loop leave in one write. Whoever owes an answer and says nothing for a while is sent a PING, which
 * every peer answers at once, and taken for dead if it does not.
 */
export class FrameConnection {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #silenceMs: number;
  readonly #listener: Listener;
  readonly #decoder = new FrameDecoder();
  readonly #assembly = new Assembly({ maxBytes: MAX_JOB_BYTES, room: null });
  readonly #out = new FrameBatch();
  readonly #pending = new PendingRequests<PoolCall>();
  readonly #onFrame = (frame: Frame): void => {
    if (!this.#isOver) this.#take(frame);
  };
  #isOver = false;
  /** When the peer last said something, or was first expected to, monotonic ms. */
  #heardAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  /** When it was last sent a PING because nothing had come, monotonic ms. */
  #probedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param hello the frame that comes first
   * @param silenceMs how long a peer may say nothing until it is sent a PING, and again until it is taken for dead
   */
  constructor(address: Address, hello: Buffer, silenceMs: number, listener: Listener) {
    this.address = address;
    this.#silenceMs = silenceMs;
    this.#listener = listener;
    this.#socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true });
    this.#socket.write(hello);
    this.#socket.once("connect", () => this.#listener.onUp());
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("end", () => this.#end("the peer ended the connection"));
    this.#socket.on("error", ({ message }) => this.#end(message));
    this.#socket.on("close", () => this.#end("the connection is closed"));
    this.#watch(2 * silenceMs);
  }

  /** Whether it stands. */
  get isUp(): boolean {
    return !this.#socket.connecting && !this.#isOver;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Whether so many requests were never answered that it should be replaced. */
  get isWorn(): boolean {
    return this.#pending.isWorn;
  }

  /** When the first request that is under way times out, monotonic ms; Infinity while none is. */
  get deadline(): number {
    return this.#pending.deadline;
  }

  /** Sends a request; whether there was an ID for it. */
  send(call: PoolCall): boolean {
    const wasIdle = this.isIdle;
    const requestId = this.#pending.open(call, call.deadline);
    if (requestId === undefined) return false;
    if (wasIdle) this.#heardAt = performance.now();
    call.isInDoubt = true;
    if (this.#out.length === 0) setImmediate(() => this.#flush());
    this.#queue(requestId, call.request);
    if (this.#timer === undefined) this.#watch(this.#silenceMs);
    return true;
  }

  /** Those that have timed out by now. */
  expire(now: number): readonly PoolCall[] {
    return this.#pending.expire(now);
  }

  /** Lets go of it once what was sent has left; nothing more is told. What was under way. */
  close(): readonly PoolCall[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.write(Buffer.concat(this.#out.take()));
    this.#socket.destroySoon();
    return this.#pending.failAll();
  }

  #queue(requestId: number, request: PoolCall["request"]): void {
    if (request.kind === "ping") {
      this.#out.frame({ type: PING_FRAME.request, requestId, imageSize: 0 }, request.data);
      return;
    }
    const { type, imageSize } = headOfRequest(request);
    this.#out.message({ type, requestId, imageSize }, (writer) => writeJobRequest(writer, request), MAX_JOB_BYTES);
  }

  #flush(): void {
    if (this.#isOver) return;
    const pieces = this.#out.take();
    if (pieces.length > 1) this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    if (pieces.length > 1) this.#socket.uncork();
  }

  #receive(chunk: Buffer): void {
    this.#heardAt = performance.now();
    this.#decoder.visit(chunk, this.#onFrame);
    if (this.#decoder.failure !== undefined) this.#end(`what answers there is no peer: bad ${this.#decoder.failure}`);
  }

  #take(frame: Frame): void {
    // Most are these and short: nothing of them is looked at twice.
    if (frame.type === PING_FRAME.answer) return this.#settle(frame.requestId, { kind: "ping", data: frame.payload });
    const whole = this.#assembly.take(frame);
    if (this.#assembly.failure !== undefined)
      return this.#end(`what answers there is no peer: ${this.#assembly.failure}`);
    if (whole === undefined) return;
    const isFarewell = whole.type === ERROR_FRAME;
    const head: JobHead = isFarewell ? { type: ERROR_ANSWER, imageSize: 0 } : whole;
    const reader = new Reader(whole.payload);
    const answer = finish(reader, readJobAnswer(reader, head));
    if (answer.kind !== "value") {
      const reason = answer.kind === "malformed" ? answer.reason : "too short";
      return this.#end(`what answers there is no peer of a pool: ${reason}`);
    }
    if (isFarewell) return this.#end(answer.value.kind === "error" ? answer.value.text : "");
    this.#settle(whole.requestId, answer.value);
  }

  #settle(requestId: number, answer: JobAnswer): void {
    // A late answer, or a second one, is counted there and means nothing here.
    const settled = this.#pending.settle(requestId);
    if (settled.kind === "matched") this.#listener.onAnswer(settled.request, answer);
  }

  #watch(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What has come while this process was busy is read first.
      setImmediate(() => this.#look());
    }, delayMs);
  }

  #look(): void {
    if (this.#isOver || this.#timer !== undefined || (this.isUp && this.isIdle)) return;
    const now = performance.now();
    const silentMs = now - this.#heardAt;
    if (!this.isUp) return this.#end(`no connection within ${Math.floor(silentMs)} ms`);
    if (silentMs < this.#silenceMs) return this.#watch(this.#silenceMs - silentMs + 1);
    // Only whoever was sent a PING, and had time since, is silent: this process may have stood still itself.
    if (this.#probedAt > this.#heardAt && now - this.#probedAt >= this.#silenceMs) {
      return this.#end(`silent for ${Math.floor(silentMs)} ms`);
    }
    if (this.#probedAt <= this.#heardAt) this.#probe(now);
    this.#watch(this.#silenceMs);
  }

  /** Sends a PING, if there is an ID for it. */
  #probe(now: number): void {
    const nothing = (): void => {};
    const request = { kind: "ping", data: Buffer.alloc(0) } as const;
    const probe = new PoolCall(request, false, now + 2 * this.#silenceMs, nothing, nothing);
    if (this.send(probe)) this.#probedAt = now;
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#listener.onOver(this.#pending.failAll(), reason);
  }
}
