import type { Socket } from "node:net";
import { hello, LINK_FRAME } from "../protocols/link/message.ts";
import { decode, encode } from "../wire/codec.ts";
import {
  CONTROL_FRAME,
  type ControlAnswer,
  type ControlRequest,
  controlAnswer,
  controlRequest,
  MAX_LINE_BYTES,
} from "../wire/control-message.ts";
import { encodeFrame, type Frame, FrameDecoder, HEADER_BYTES, MAX_PAYLOAD_BYTES } from "../wire/frame.ts";
import type { Counters } from "./counters.ts";

/** What the control door puts up with. */
export interface ControlLimits {
  /** Connections at a time; further ones are closed. */
  readonly maxConnections: number;
  /** A connection that has not asked anything for that long is closed. */
  readonly idleTimeoutMs: number;
  /** Requests of a connection that may wait for the one before; one more closes it. */
  readonly maxWaiting: number;
}

/** Bytes of answers that may wait for whoever asked; more and it is not reading. */
const MAX_ANSWERS_BYTES = 64 * 1024;

const LIMITS: ControlLimits = { maxConnections: 64, idleTimeoutMs: 5000, maxWaiting: 16 };

const TYPE_AT = 1;
const LENGTH_AT = 6;

/** Where in a connection its HELLO says who dials: behind the two versions. */
const ROLE_AT = HEADER_BYTES + 2;
const CLIENT_ROLE = 1;

/** Who takes a connection, with the bytes that it has already said. */
type Taker = (socket: Socket, first: Buffer) => void;

/**
 * Hands a connection that speaks frames to whoever takes peers, or, where its HELLO is that of a program, to whoever
 * takes programs. It waits for that HELLO no longer than `timeoutMs`.
 */
export function partByRole(
  socket: Socket,
  first: Buffer,
  takers: { readonly peer: Taker; readonly client: Taker },
  timeoutMs = LIMITS.idleTimeoutMs,
): void {
  let said = first;
  const done = (act: () => void): void => {
    clearTimeout(timer);
    socket.off("data", onData).off("end", onEnd).off("close", onEnd);
    act();
  };
  const look = (): void => {
    const role = roleIn(said);
    if (role !== "undecided") done(() => takers[role](socket, said));
  };
  const onData = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]);
    look();
  };
  const onEnd = (): void => done(() => socket.destroy());
  const timer = setTimeout(onEnd, timeoutMs);
  socket.on("data", onData).on("end", onEnd).on("close", onEnd);
  look();
}

/** Who dials, as far as the first bytes tell; what begins no HELLO is left to those who take peers. */
function roleIn(said: Buffer): "peer" | "client" | "undecided" {
  if (said.length > TYPE_AT && said[TYPE_AT] !== LINK_FRAME.hello) return "peer";
  if (said.length >= LENGTH_AT + 3 && said.readUIntBE(LENGTH_AT, 3) > MAX_PAYLOAD_BYTES) return "peer";
  if (said.length <= ROLE_AT) return "undecided";
  return said[ROLE_AT] === CLIENT_ROLE ? "client" : "peer";
}

/** Takes lines from programs and from the desks of other peers, whatever state the peer itself is in. */
export class ControlDoor {
  readonly #carryOut: (request: ControlRequest) => Promise<ControlAnswer>;
  readonly #accepts: (remoteHost: string) => boolean;
  readonly #counters: Counters;
  readonly #limits: ControlLimits;
  readonly #open = new Set<Socket>();

  /**
   * @param carryOut never rejects
   * @param accepts whether lines from this host are carried out
   */
  constructor(
    carryOut: (request: ControlRequest) => Promise<ControlAnswer>,
    accepts: (remoteHost: string) => boolean,
    counters: Counters,
    limits: Partial<ControlLimits> = {},
  ) {
    this.#carryOut = carryOut;
    this.#accepts = accepts;
    this.#counters = counters;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Takes over a connection, with the bytes that it has already said. */
  accept(socket: Socket, first: Buffer): void {
    if (this.#open.size >= this.#limits.maxConnections) {
      this.#counters.add("control.too-many");
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    const visit = new Visit(socket, this.#limits.maxWaiting, (request) => this.#answer(socket, request));
    const hear = (chunk: Buffer): void => {
      if (visit.hear(chunk)) return;
      this.#counters.add("frames.refused");
      socket.destroy();
    };
    socket.setTimeout(this.#limits.idleTimeoutMs, () => {
      if (!visit.isBusy) socket.destroy();
    });
    socket.on("data", hear);
    socket.on("end", () => visit.end());
    socket.once("close", () => this.#open.delete(socket));
    hear(first);
  }

  /** Ends all connections; what has been answered still leaves. */
  close(): void {
    for (const socket of this.#open) socket.destroySoon();
  }

  async #answer(socket: Socket, request: ControlRequest): Promise<ControlAnswer> {
    if (this.#accepts(socket.remoteAddress ?? "")) return this.#carryOut(request);
    this.#counters.add("control.refused");
    return { ok: false, text: "refuses remote faults", undo: "" };
  }
}

/** One connection: a HELLO, then requests, which are carried out one after another. */
class Visit {
  readonly #socket: Socket;
  readonly #maxWaiting: number;
  readonly #answer: (request: ControlRequest) => Promise<ControlAnswer>;
  readonly #decoder = new FrameDecoder();
  #greeted = false;
  #ended = false;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Socket, maxWaiting: number, answer: (request: ControlRequest) => Promise<ControlAnswer>) {
    this.#socket = socket;
    this.#maxWaiting = maxWaiting;
    this.#answer = answer;
  }

  /** Whether a request is being carried out. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Takes the next bytes; whether all is well with them. */
  hear(chunk: Buffer): boolean {
    return this.#decoder.push(chunk).every((frame) => this.#take(frame)) && this.#decoder.failure === undefined;
  }

  /** The other side says no more: it still gets its answers. */
  end(): void {
    this.#ended = true;
    if (!this.isBusy) this.#socket.end();
  }

  #take(frame: Frame): boolean {
    if (!this.#greeted) {
      const greeting = frame.type === LINK_FRAME.hello ? decode(hello, frame.payload) : undefined;
      this.#greeted = greeting?.kind === "value" && greeting.value.role === "client";
      return this.#greeted;
    }
    if (frame.type !== CONTROL_FRAME.request || frame.requestId === 0) return false;
    const request = decode(controlRequest, frame.payload);
    if (request.kind !== "value" || this.#waiting >= this.#maxWaiting) return false;
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#carryOut(frame.requestId, request.value));
    return true;
  }

  async #carryOut(requestId: number, request: ControlRequest): Promise<void> {
    // Whoever has gone asks for nothing more.
    if (!this.#socket.destroyed) {
      const answer = await this.#answer(request);
      const payload = encode(controlAnswer, { ...answer, text: clipped(answer.text) });
      this.#socket.write(encodeFrame({ type: CONTROL_FRAME.answer, requestId, imageSize: 0 }, payload));
      if (this.#socket.writableLength > MAX_ANSWERS_BYTES) this.#socket.destroy();
    }
    this.#waiting -= 1;
    if (this.#ended && !this.isBusy) this.#socket.end();
  }
}

/** As much of a text as an answer holds. */
function clipped(text: string): string {
  let clip = text.slice(0, MAX_LINE_BYTES);
  while (Buffer.byteLength(clip) > MAX_LINE_BYTES) clip = clip.slice(0, -1);
  return clip;
}
