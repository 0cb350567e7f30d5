import { randomBytes } from "node:crypto";
import { type Address, parseAddress } from "../core/address.ts";
import { MAX_PENDING } from "../core/pending.ts";
import { jittered, seededRandom } from "../core/random.ts";
import type { JobAnswer } from "../wire/job-message.ts";
import { FrameConnection } from "./frame-connection.ts";
import type { PoolCall } from "./pool-call.ts";

/** A peer that owes an answer and says nothing for so long is sent a PING, and taken for dead after as long again. */
const SILENCE_MS = 1000;

/** When a try fails, the next is at once, the one after that so much later, and so on up to the longest wait. */
const FIRST_RETRY_MS = 5;
const LAST_RETRY_MS = 100;

/** Redirects in a row that are followed at once. */
const MAX_REDIRECTS = 3;

const NEVER = Number.POSITIVE_INFINITY;

type JobError = Extract<JobAnswer, { kind: "error" }>;

/**
 * Brings requests to whoever is in office. It dials the address that it was given, goes where an ERROR "elsewhere" sends it, and
 * comes back when that is lost. What definitely did not happen is asked again until its deadline, and what may have only where
 * that harms nobody. It remembers the highest term that was heard, and believes no answer of an earlier one.
 */
export class Dispatcher {
  readonly #home: Address;
  readonly #hello: Buffer;
  readonly #random = seededRandom(randomBytes(6).readUIntBE(0, 6));
  #connection: FrameConnection | undefined;
  /** Those on which nothing more is asked, and something is still to be answered. */
  readonly #left = new Set<FrameConnection>();
  /** Not sent, or to be sent again. */
  #waiting: PoolCall[] = [];
  /** Where the next connection leads. */
  #target: Address;
  #term = 0;
  /** Whether anybody has answered anything. */
  #isHeard = false;
  /** Tries and redirects in a row that came to nothing. */
  #failures = 0;
  #redirects = 0;
  #retry: NodeJS.Timeout | undefined;
  #trouble = "";
  #timer: NodeJS.Timeout | undefined;
  #armedFor = NEVER;
  #isClosed = false;

  /** @param hello the frame by which a program says who it is */
  constructor(home: Address, hello: Buffer) {
    this.#home = home;
    this.#target = home;
    this.#hello = hello;
  }

  /** Asks; the call hears of its outcome. */
  ask(call: PoolCall): void {
    if (this.#isClosed) return call.fail("closed", "the client is closed");
    this.#arm(call.deadline);
    const connection = this.#connection;
    if (connection?.isUp === true && this.#retry === undefined && this.#waiting.length === 0) {
      return this.#send(call, connection);
    }
    if (this.#waiting.length >= MAX_PENDING) return call.fail("busy", `${MAX_PENDING} requests wait already`);
    this.#waiting.push(call);
    this.#proceed();
  }

  /** Lets go of everything; what has no answer fails. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#timer);
    const underWay = this.#connections().flatMap((connection) => connection.close());
    const calls = [...underWay, ...this.#waiting];
    this.#waiting = [];
    for (const call of calls) call.fail("closed", "the client was closed before there was an answer");
  }

  #connections(): readonly FrameConnection[] {
    return this.#connection === undefined ? [...this.#left] : [this.#connection, ...this.#left];
  }

  /** Sends what waits, where it may be sent. */
  #proceed(): void {
    if (this.#isClosed || this.#retry !== undefined || this.#waiting.length === 0) return;
    this.#connection ??= this.#connect();
    if (!this.#connection.isUp) return;
    const calls = this.#waiting;
    this.#waiting = [];
    for (const call of calls) this.#send(call, this.#connection);
  }

  #send(call: PoolCall, connection: FrameConnection): void {
    if (!connection.send(call)) call.fail("busy", `${MAX_PENDING} requests wait for answers already`);
    if (connection.isWorn) this.#leave(connection);
  }

  #connect(): FrameConnection {
    const connection = new FrameConnection(this.#target, this.#hello, SILENCE_MS, {
      onUp: () => this.#proceed(),
      onAnswer: (call, answer) => this.#onAnswer(connection, call, answer),
      onOver: (calls, reason) => this.#onOver(connection, calls, reason),
    });
    return connection;
  }

  /** Asks nothing more on a connection; what is under way there may still be answered. */
  #leave(connection: FrameConnection): void {
    if (this.#connection === connection) this.#connection = undefined;
    if (connection.isIdle) connection.close();
    else this.#left.add(connection);
  }

  #onAnswer(connection: FrameConnection, call: PoolCall, answer: JobAnswer): void {
    this.#isHeard = true;
    if (answer.kind === "error") this.#onError(connection, call, answer);
    else if (answer.kind !== call.request.kind)
      call.fail("not-understood", `${connection.address} answers something else`);
    else if (isOfOffice(answer) && answer.term < this.#term) this.#onEarlierTerm(connection, call);
    else {
      if (isOfOffice(answer)) this.#term = answer.term;
      this.#failures = 0;
      this.#redirects = 0;
      call.resolve(answer);
    }
    if (this.#left.has(connection) && connection.isIdle) this.#forget(connection);
  }

  #forget(connection: FrameConnection): void {
    this.#left.delete(connection);
    connection.close();
  }

  /** Whoever answers so is in office no more, and does not know it. */
  #onEarlierTerm(connection: FrameConnection, call: PoolCall): void {
    this.#trouble = `${connection.address} answers of an earlier term than was heard`;
    this.#leave(connection);
    this.#goHome();
    this.#again(call, "office-lost", this.#trouble);
  }

  #onError(connection: FrameConnection, call: PoolCall, { code, text }: JobError): void {
    this.#trouble = `${connection.address}: ${code} ${text}`.trimEnd();
    const isDefinite = code !== "office-lost" && code !== "timed-out";
    if (isDefinite) call.isInDoubt = false;
    switch (code) {
      case "elsewhere":
        this.#redirect(connection, text);
        return this.#again(call, code, this.#trouble);
      case "busy":
      case "no-leader":
      case "office-lost":
      case "timed-out":
        this.#wait();
        return this.#again(call, code, this.#trouble);
      default:
        return call.fail(code, this.#trouble);
    }
  }

  /** Goes where an ERROR says, unless that was of a connection that is left already. */
  #redirect(connection: FrameConnection, text: string): void {
    if (this.#connection !== connection) return;
    const address = parseAddress(text);
    this.#redirects += 1;
    const isProgress = address !== undefined && address !== connection.address && this.#redirects <= MAX_REDIRECTS;
    if (!isProgress) this.#wait();
    if (address === undefined || address === connection.address) return;
    this.#target = address;
    this.#leave(connection);
  }

  /** Asks again what did not happen, or may happen twice; all else has failed. */
  #again(call: PoolCall, code: JobError["code"], message: string): void {
    if (call.isInDoubt && !call.isRepeatable) return call.fail(code, message);
    this.#waiting.push(call);
    this.#arm(call.deadline);
    this.#proceed();
  }

  #onOver(connection: FrameConnection, calls: readonly PoolCall[], reason: string): void {
    this.#trouble = `${connection.address}: ${reason}`;
    this.#left.delete(connection);
    if (this.#connection === connection) {
      this.#connection = undefined;
      this.#goHome();
    }
    for (const call of calls) {
      if (call.isRepeatable) this.#waiting.push(call);
      else call.fail("connection-lost", `the connection was lost: ${this.#trouble}`);
    }
    this.#proceed();
  }

  #goHome(): void {
    this.#target = this.#home;
    if (this.#failures > 0) this.#wait();
    else this.#failures += 1;
  }

  /** Nothing is sent for a while, which is longer every time. */
  #wait(): void {
    if (this.#retry !== undefined || this.#isClosed) return;
    const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.#proceed();
      },
      jittered(this.#random, delayMs),
    );
  }

  /** Looks at what has timed out by then. */
  #arm(deadline: number): void {
    if (deadline >= this.#armedFor || this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#armedFor = deadline;
    // What has come while this process was busy is read first.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire()), Math.max(0, deadline - performance.now()) + 1);
  }

  #expire(): void {
    if (this.#isClosed) return;
    this.#armedFor = NEVER;
    const now = performance.now();
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ deadline }) => deadline > now);
    const late = [
      ...this.#connections().flatMap((connection) => connection.expire(now)),
      ...waiting.filter(({ deadline }) => deadline <= now),
    ];
    for (const connection of [...this.#left]) if (connection.isIdle) this.#forget(connection);
    const trouble = this.#trouble === "" ? "" : `; the latest trouble: ${this.#trouble}`;
    for (const call of late) {
      const code = this.#isHeard || call.isInDoubt ? "timed-out" : "unreachable";
      call.fail(code, `no answer in time${trouble}`);
    }
    for (const connection of this.#connections()) this.#arm(connection.deadline);
    for (const { deadline } of this.#waiting) this.#arm(deadline);
  }
}

/** Whether an answer is one of whoever is in office: a PING is answered by anybody, and a slice is of the term that was asked. */
function isOfOffice(answer: JobAnswer): answer is Extract<JobAnswer, { readonly term: number }> {
  return "term" in answer && answer.kind !== "process-slice";
}
