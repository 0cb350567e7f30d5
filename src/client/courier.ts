import { randomBytes } from "node:crypto";
import type { Address } from "../core/address.ts";
import { jittered, seededRandom } from "../core/random.ts";
import type { Answer, ErrorCode } from "../core/request.ts";
import type { ClientRequest } from "../wire/client-line.ts";
import { changeIn, Errand, type StoreRequest } from "./errand.ts";
import { PeerConnection } from "./peer-connection.ts";
import { StoreError } from "./store-error.ts";

/** How a courier goes about it. */
export interface CourierOptions {
  /** A request that has no outcome by then is given up. */
  readonly timeoutMs: number;
  /** A peer that owes an answer and says nothing for so long is taken for dead. */
  readonly silenceMs: number;
}

/** Requests that are sent and not answered, at most; also how far the changes of a session that are open lie apart. */
const MAX_UNDER_WAY = 256;

/** When a try fails, the next is at once, the one after that so much later, and so on up to the longest wait. */
const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 500;

/** Errors that may be over at the next try, or at another peer. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["no-leader", "busy", "timed-out", "leader-lost", "no-session"] as const),
]);

/** What the connection that stands knows of our session. */
type Greeting = "none" | "asked" | "done";

/**
 * Brings requests to whichever peer of a store takes them. They go on one connection, in order and without waiting for each
 * other; when it is lost, all that is not answered is sent again on one to the next address. What changes the store is done
 * in a session, so that a peer which has done it already answers only. Reads are asked as often as it takes.
 */
export class Courier {
  readonly #addresses: readonly Address[];
  readonly #options: CourierOptions;
  readonly #random = seededRandom(randomBytes(6).readUIntBE(0, 6));
  /** Not sent, or to be sent again; in the order in which they were asked. */
  #waiting: Errand[] = [];
  /** Sent, in order; "session" stands for what asks for our session. */
  #underWay: (Errand | "session")[] = [];
  #connection: PeerConnection | undefined;
  #greeting: Greeting = "none";
  /** Whether the connection is given up when all that it owes has been answered. */
  #isLeaving = false;
  /** Which address is used. */
  #at = 0;
  #session: number | undefined;
  #lastSequence = 0;
  #lastPlace = 0;
  /** Whether any peer has answered anything. */
  #isKnown = false;
  /** Tries in a row that came to nothing. */
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  /** What the latest of them failed of. */
  #trouble = "";
  #isClosed = false;

  /** @param addresses one at least */
  constructor(addresses: readonly Address[], options: CourierOptions) {
    this.#addresses = addresses;
    this.#options = options;
  }

  /** The answer to a request, which is no error; rejects with a StoreError. */
  ask(request: StoreRequest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new StoreError("closed", "the client is closed", true));
      this.#lastPlace += 1;
      const { timeoutMs } = this.#options;
      const errand = new Errand(this.#lastPlace, request, { resolve, reject }, timeoutMs, (late) => this.#drop(late));
      this.#waiting.push(errand);
      this.#proceed();
    });
  }

  /** Lets go of everything; what has no answer fails. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connection?.close();
    for (const errand of this.#unsettled()) errand.giveUp("closed", "the client was closed before there was an answer");
  }

  #drop(errand: Errand): void {
    const trouble = this.#trouble === "" ? "" : `; the latest trouble: ${this.#trouble}`;
    errand.giveUp("timed-out", `no outcome within ${this.#options.timeoutMs} ms${trouble}`);
  }

  /** All that is not done, in the order in which it was asked. */
  #unsettled(): Errand[] {
    return [...this.#underWay, ...this.#waiting]
      .filter((errand) => errand !== "session")
      .filter((errand) => !errand.isSettled)
      .sort(byPlace);
  }

  /** Sends what may be sent. */
  #proceed(): void {
    if (this.#isClosed || this.#retry !== undefined) return;
    if (this.#isLeaving) return this.#underWay.length === 0 ? this.#leave() : undefined;
    while (this.#waiting[0]?.isSettled === true) this.#waiting.shift();
    if (this.#waiting.length === 0) return;
    this.#connection ??= this.#connect();
    if (!this.#connection.isUp) return;
    let sent = 0;
    for (const errand of this.#waiting) {
      if (!errand.isSettled && !this.#send(errand, this.#connection)) break;
      sent += 1;
    }
    this.#waiting = this.#waiting.slice(sent);
  }

  #connect(): PeerConnection {
    const address = this.#address();
    return new PeerConnection(address, this.#options.silenceMs, {
      onUp: () => this.#proceed(),
      onAnswer: (answer) => {
        this.#hear(answer);
        this.#proceed();
      },
      onOver: (reason) => this.#onOver(`${address}: ${reason}`),
    });
  }

  #address(): Address {
    const address = this.#addresses[this.#at % this.#addresses.length];
    if (address === undefined) throw new Error("a courier without addresses");
    return address;
  }

  /** Sends a request, or has it fail for good; whether it is done with for now. */
  #send(errand: Errand, connection: PeerConnection): boolean {
    if (this.#underWay.length >= MAX_UNDER_WAY) return false;
    const change = changeIn(errand.request);
    let request: ClientRequest = errand.request;
    if (change !== undefined) {
      if (this.#isLostWithSession(errand)) return true;
      if (!this.#isGreeted(connection)) return false;
      const once = errand.once ?? this.#nextInSession();
      if (once === undefined) return false;
      errand.once = once;
      request = { kind: "do", sequence: once.sequence, request: change };
    }
    connection.send(request);
    errand.isUnderWay = true;
    this.#underWay.push(errand);
    return true;
  }

  /** What may have been done in a session that is no more must not be sent again; what was not may. */
  #isLostWithSession(errand: Errand): boolean {
    if (errand.once === undefined || errand.once.session === this.#session) return false;
    errand.once = undefined;
    if (errand.isInDoubt) errand.giveUp("session-expired", "the session in which it was asked has expired");
    return errand.isInDoubt;
  }

  /** Whether the peer knows our session; asks it to where it does not. */
  #isGreeted(connection: PeerConnection): boolean {
    if (this.#greeting === "none") {
      const session = this.#session;
      connection.send(session === undefined ? { kind: "open-session" } : { kind: "resume-session", session });
      this.#underWay.push("session");
      this.#greeting = "asked";
    }
    return this.#greeting === "done";
  }

  /** The next place in our session; undefined while it lies too far from the first that is open to be sent again. */
  #nextInSession(): Errand["once"] {
    const session = this.#session;
    if (session === undefined) return undefined;
    const isOpen = (errand: Errand | "session"): errand is Errand => {
      return errand !== "session" && !errand.isSettled && errand.once?.session === session;
    };
    const oldest = this.#underWay.find(isOpen) ?? this.#waiting.find(isOpen);
    const sequence = this.#lastSequence + 1;
    if (sequence - (oldest?.once?.sequence ?? sequence) >= MAX_UNDER_WAY) return undefined;
    this.#lastSequence = sequence;
    return { session, sequence };
  }

  #hear(answer: Answer): void {
    this.#isKnown = true;
    const errand = this.#underWay.shift();
    if (errand === "session") return this.#onSession(answer);
    if (errand === undefined || errand.isSettled) return;
    errand.isUnderWay = false;
    if (answer.kind === "error" && answer.code === "session-expired") {
      if (errand.once?.session === this.#session) this.#forgetSession();
      this.#putBack(errand, answer);
    } else if (answer.kind === "error" && PASSING.has(answer.code)) {
      this.#putBack(errand, answer);
      this.#leaveSoon(answer.message);
    } else {
      this.#failures = 0;
      errand.answer(answer);
    }
  }

  #onSession(answer: Answer): void {
    if (answer.kind === "session") {
      this.#greeting = "done";
      if (answer.session !== this.#session) this.#lastSequence = 0;
      this.#session = answer.session;
    } else if (answer.kind === "error" && answer.code === "session-expired") this.#forgetSession();
    else this.#leaveSoon(answer.kind === "error" ? answer.message : "it opens no sessions");
  }

  /** The next change opens another one. */
  #forgetSession(): void {
    this.#session = undefined;
    this.#greeting = "none";
  }

  /** A peer has not done it, or does not know whether it was done. */
  #putBack(errand: Errand, { definite }: Extract<Answer, { kind: "error" }>): void {
    if (!definite) errand.isInDoubt = true;
    this.#waiting = [errand, ...this.#waiting].sort(byPlace);
  }

  /** Another peer may do better. What this one owes is still awaited. */
  #leaveSoon(trouble: string): void {
    this.#trouble = `${this.#address()}: ${trouble}`;
    this.#isLeaving = true;
  }

  #leave(): void {
    this.#connection?.close();
    this.#moveOn();
  }

  #onOver(trouble: string): void {
    this.#trouble = trouble;
    this.#waiting = this.#unsettled();
    for (const errand of this.#waiting) {
      errand.isInDoubt ||= errand.isUnderWay;
      errand.isUnderWay = false;
    }
    this.#underWay = [];
    this.#moveOn();
  }

  /** Goes to the next address, where there is something to ask. */
  #moveOn(): void {
    this.#connection = undefined;
    this.#greeting = "none";
    this.#isLeaving = false;
    this.#at = (this.#at + 1) % this.#addresses.length;
    this.#waiting = this.#unsettled();
    if (this.#waiting.length === 0) return;
    this.#failures += 1;
    if (!this.#isKnown && this.#failures >= this.#addresses.length) return this.#despair();
    const delayMs = this.#failures === 1 ? 0 : jittered(this.#random, backoffMs(this.#failures - 2));
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#proceed();
    }, delayMs);
  }

  /** No address has ever led to a peer: they may be wrong, so nothing is tried any longer. */
  #despair(): void {
    this.#failures = 0;
    for (const errand of this.#waiting) errand.giveUp("unreachable", this.#trouble);
    this.#waiting = [];
  }
}

function byPlace(one: Errand, other: Errand): number {
  return one.place - other.place;
}

function backoffMs(retries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** retries, LAST_RETRY_MS);
}
