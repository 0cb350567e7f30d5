import { connect, type Socket } from "node:net";
import { type Address, hostOf, portOf } from "../core/address.ts";
import type { Answer } from "../core/request.ts";
import { answerOf, MAX_ANSWER_LINE_BYTES } from "../wire/client-answer.ts";
import { type ClientRequest, lineOfRequest } from "../wire/client-line.ts";
import { LineSplitter } from "../wire/lines.ts";

/** Who is told of a connection. */
export interface Listener {
  /** It stands. */
  readonly onUp: () => void;
  /** The answer to the oldest request that has none. */
  readonly onAnswer: (answer: Answer) => void;
  /** It is over, and nothing more is told of it; why, in one line. */
  readonly onOver: (reason: string) => void;
}

/** A connection to a peer in the client dialect. All that is sent in one go leaves in one write. */
export class PeerConnection {
  readonly #socket: Socket;
  readonly #silenceMs: number;
  readonly #lines = new LineSplitter(MAX_ANSWER_LINE_BYTES);
  #listener: Listener | undefined;
  #queued = "";
  #unanswered = 0;
  /** When the peer last said something, or was first expected to, monotonic ms. */
  #heardAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** @param silenceMs a peer that is to say something and is silent for so long is taken for dead */
  constructor(address: Address, silenceMs: number, listener: Listener) {
    this.#silenceMs = silenceMs;
    this.#listener = listener;
    this.#socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true });
    this.#socket.once("connect", () => this.#listener?.onUp());
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("end", () => this.#end("the peer ended the connection"));
    this.#socket.on("error", ({ message }) => this.#end(message));
    this.#socket.on("close", () => this.#end("the connection is closed"));
    this.#watch(silenceMs);
  }

  get isUp(): boolean {
    return !this.#socket.connecting;
  }

  /** Sends a request, to which there will be one answer. */
  send(request: ClientRequest): void {
    if (this.#unanswered === 0) this.#heardAt = performance.now();
    this.#unanswered += 1;
    // When all that happens now has happened, the rest of what is to be sent is there.
    if (this.#queued === "") process.nextTick(() => this.#flush());
    this.#queued += lineOfRequest(request);
    if (this.#timer === undefined) this.#watch(this.#silenceMs);
  }

  /** Lets go of it, once what was sent has left; nothing more is told. */
  close(): void {
    this.#listener = undefined;
    clearTimeout(this.#timer);
    this.#flush();
    this.#socket.destroySoon();
  }

  #flush(): void {
    if (this.#queued !== "") this.#socket.write(this.#queued);
    this.#queued = "";
  }

  #receive(chunk: Buffer): void {
    this.#heardAt = performance.now();
    this.#lines.push(chunk);
    while (this.#listener !== undefined) {
      const line = this.#lines.next();
      if (line === undefined) return;
      const answer = line === "too-long" ? undefined : answerOf(line);
      if (answer === undefined || this.#unanswered === 0) return this.#end("what answers there is no peer's store");
      this.#unanswered -= 1;
      this.#listener.onAnswer(answer);
    }
  }

  #watch(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What has come while this process was busy is read first.
      setImmediate(() => this.#look());
    }, delayMs);
  }

  #look(): void {
    if (this.#listener === undefined || this.#timer !== undefined) return;
    if (this.isUp && this.#unanswered === 0) return;
    const leftMs = this.#heardAt + this.#silenceMs - performance.now();
    if (leftMs > 0) this.#watch(leftMs);
    else this.#end(`no answer for ${this.#silenceMs} ms`);
  }

  #end(reason: string): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    listener.onOver(reason);
  }
}
