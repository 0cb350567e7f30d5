import type { Socket } from "node:net";
import type { SessionId } from "../core/protocol.ts";
import type { Answer, Request } from "../core/request.ts";
import { lineOf } from "../wire/client-answer.ts";
import { MAX_REQUEST_LINE_BYTES, requestOf, TOO_LONG_LINE } from "../wire/client-line.ts";
import { LineSplitter } from "../wire/lines.ts";
import type { ClientLimits } from "./client-limits.ts";

/** What is held here for clients: for one, or for all together. */
export interface Held {
  /** Bytes of requests that were heard and have no answer. */
  asked: number;
  /** About as many characters as the answers have that wait for room in a socket. */
  waiting: number;
  /** Bytes set aside for lines that have begun. */
  begun: number;
}

/** Bytes that are read ahead of what may be understood, about. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** An answer counts as so many characters besides its text. */
const ANSWER_ROOM = 64;

/** The connection of one client: what it has said, and what it is owed. */
export class ClientConnection {
  readonly session: SessionId;
  readonly socket: Socket;
  readonly held: Held = { asked: 0, waiting: 0, begun: 0 };
  /** Whether the peer wants to hear more. */
  isWanted = true;
  /** Whether the peer has closed it: what is queued leaves, and nothing more is heard or told of it. */
  isDismissed = false;
  readonly #limits: ClientLimits;
  readonly #all: Held;
  readonly #lines = new LineSplitter(MAX_REQUEST_LINE_BYTES);
  #heard: Request[] = [];
  /** Bytes of each request that has no answer, oldest first. */
  readonly #asked: number[] = [];
  readonly #queued: Answer[] = [];
  /** Whether as much is held for it as may be, and half of that has not left since. */
  #isFull = false;
  /** Lines in a row that were no requests. */
  #nonsense = 0;
  /** Whether the client says no more. */
  #hasEnded = false;
  #over: string | undefined;
  /** When it last took all that its socket was given, or began to be given something, monotonic ms. */
  #movedAt = 0;

  /** @param all what is held for all connections, this one included */
  constructor(session: SessionId, socket: Socket, limits: ClientLimits, all: Held) {
    this.session = session;
    this.socket = socket;
    this.#limits = limits;
    this.#all = all;
  }

  /** Why it is over as soon as all is answered; undefined while more may be heard. */
  get over(): string | undefined {
    return this.#over;
  }

  /** Whether more of it may be heard, for all that it has been told and asked itself. */
  get isListenedTo(): boolean {
    return this.isWanted && !this.isDismissed && !this.#isFull && this.#over === undefined;
  }

  /** Whether something has come that nobody has looked at: bytes, or the end. */
  get hasNews(): boolean {
    return this.#lines.unread > 0 || (this.#hasEnded && this.#over === undefined);
  }

  /** Whether so much has come that nothing more need be read. */
  get isAhead(): boolean {
    return this.#lines.unread >= MAX_UNREAD_BYTES;
  }

  /** Whether the socket has all answers that leave by this connection. */
  get isServed(): boolean {
    const isAnswered = this.isDismissed || this.#asked.length === 0;
    return isAnswered && this.#queued.length === 0 && !this.socket.writableNeedDrain;
  }

  /** How long it has taken nothing of what its socket was given. */
  idleMs(): number {
    return performance.now() - this.#movedAt;
  }

  /** The client goes on. */
  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  /** The client says no more: what has begun is its last line. */
  end(): void {
    this.#hasEnded = true;
    this.#lines.end();
  }

  /** Understands the next line of what has come; its bytes, 0 where there is no whole one. */
  hearLine(): number {
    const before = this.#lines.unread + this.#lines.begun;
    const line = this.#lines.step();
    if (line === undefined) {
      this.#hold("begun", this.#lines.room - this.held.begun);
      if (this.#hasEnded) this.#over = "closed by the program";
      return 0;
    }
    const bytes = Math.max(1, before - this.#lines.unread);
    if (line !== "blank") this.#hear(line === "too-long" ? TOO_LONG_LINE : requestOf(line), bytes);
    this.#hold("begun", this.#lines.room - this.held.begun);
    return bytes;
  }

  /** What was heard since this was last asked. */
  takeHeard(): readonly Request[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  /** Queues answers to its oldest requests. */
  queue(answers: readonly Answer[]): void {
    if (this.#queued.length === 0 && !this.socket.writableNeedDrain) this.moved();
    for (const answer of answers) {
      this.#queued.push(answer);
      this.#hold("waiting", sizeOf(answer));
    }
    for (const bytes of this.#asked.splice(0, answers.length)) this.#hold("asked", -bytes);
    this.#weigh();
  }

  /** Gives the socket as many of the queued answers as it takes at a time. */
  send(): void {
    while (this.#queued.length > 0 && this.socket.writableLength < this.#limits.maxAheadBytes) this.#sendSome();
    this.#weigh();
  }

  /** It has taken all that its socket was given. */
  moved(): void {
    this.#movedAt = performance.now();
  }

  /** Nothing is held for it any more. */
  release(): void {
    this.#hold("asked", -this.held.asked);
    this.#hold("waiting", -this.held.waiting);
    this.#hold("begun", -this.held.begun);
  }

  #hear(request: Request, bytes: number): void {
    const isNonsense = request.kind === "malformed" || request.kind === "unknown";
    this.#nonsense = isNonsense ? this.#nonsense + 1 : 0;
    let heard = request;
    // Where the next one begins may be far away.
    if (request === TOO_LONG_LINE) this.#over = "a line that is too long";
    else if (this.#nonsense >= this.#limits.maxNonsense) {
      this.#over = "too many lines that are no requests";
      heard = { kind: "malformed", reason: `the last of ${this.#nonsense} lines in a row that are no requests` };
    }
    this.#heard.push(heard);
    this.#asked.push(bytes);
    this.#hold("asked", bytes);
    this.#weigh();
  }

  #sendSome(): void {
    const queued = this.#queued;
    let lines = "";
    let sent = 0;
    let size = 0;
    for (const answer of queued) {
      if (lines.length >= this.#limits.maxAheadBytes) break;
      lines += lineOf(answer);
      size += sizeOf(answer);
      sent += 1;
    }
    queued.splice(0, sent);
    this.#hold("waiting", -size);
    this.socket.write(lines);
  }

  #weigh(): void {
    const { maxOwed, maxAskedBytes, maxWaiting } = this.#limits;
    const isBelow = (amount: number, most: number): boolean => (this.#isFull ? amount <= most / 2 : amount < most);
    const owed = this.#asked.length + this.#queued.length;
    this.#isFull = !(
      isBelow(owed, maxOwed) &&
      isBelow(this.held.asked, maxAskedBytes) &&
      isBelow(this.held.waiting, maxWaiting)
    );
  }

  #hold(what: keyof Held, more: number): void {
    this.held[what] += more;
    this.#all[what] += more;
  }
}

/** About as many characters as its line has. */
function sizeOf(answer: Answer): number {
  return ANSWER_ROOM + textOf(answer).length;
}

function textOf(answer: Answer): string {
  switch (answer.kind) {
    case "display":
    case "pong":
      return answer.text;
    case "value":
      return answer.found?.value ?? "";
    case "error":
      return answer.message;
    default:
      return "";
  }
}
