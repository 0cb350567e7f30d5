import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { Answer } from "../../core/request.ts";
import { answerOf, MAX_ANSWER_LINE_BYTES } from "../../wire/client-answer.ts";
import { lineOfRequest } from "../../wire/client-line.ts";
import { LineSplitter } from "../../wire/lines.ts";
import { type Mix, Workload } from "../linearizability/workload.ts";
import type { ClientManner } from "../script/script.ts";
import { type Asker, ClientRequests } from "./client-requests.ts";
import type { Program, ProgramEffect, ProgramInput } from "./program.ts";

/** How many files and keys there are: few, so that clients meet. */
const FILES = 2;
const KEYS = 2;

/** New requests that it makes in its life. */
const MAX_REQUESTS = 30;

/** Connections that it tries to make in its life. */
const MAX_DIALS = 300;

/** Requests that it makes in one go, at most. */
const BURST = 4;

/** Answers that it lets a connection owe, at most. */
const MAX_OWED = 8;

/** Between two goes; virtual ms. */
const PAUSES_MS = [
  [1, 10],
  [10, 100],
  [100, 600],
] as const;

/** How long it waits before it connects to the next peer; virtual ms. */
const REDIAL_MS = [10, 200] as const;

/** Whoever owes an answer and says nothing for so long is given up; virtual ms. */
const SILENCE_MS = 1500;

/** Of so many goes after one it hangs up at once, so that it must ask again. */
const HANG_UP_EVERY = 12;

/** What a client asks that only reads. */
const READS: Mix = [
  ["read", 3],
  ["read-value", 6],
  ["list", 1],
];

const NEVER = Number.POSITIVE_INFINITY;

/** What a client is like. */
export interface ClientOptions extends Asker {
  /** Where the peers are that it knows; at least one. */
  readonly peers: readonly Address[];
  readonly manner: Exclude<ClientManner, "locking">;
  readonly random: Random;
}

/**
 * A client of the replicated store. It asks one peer, and the next where that one is gone, silent, or has no outcome for it.
 * In a session it says again what it was not answered; without one it does not, and never learns what became of it.
 * After so many requests it says nothing more.
 */
export class SimulatedClient implements Program {
  readonly #options: ClientOptions;
  readonly #requests: ClientRequests;
  readonly #workload: Workload;
  #lines = new LineSplitter(MAX_ANSWER_LINE_BYTES);
  #connection: SessionId = -1;
  #dials = 0;
  #left = MAX_REQUESTS;
  /** The session that it opened last; null before that, and where that is gone. */
  #session: number | null = null;
  #state: "down" | "dialling" | "entering" | "open" = "down";
  #dialAt = NEVER;
  #askAt = NEVER;
  #silentAt = NEVER;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#requests = new ClientRequests(options);
    const { random, client, manner } = options;
    const about = { files: FILES, keys: KEYS, prefix: `${client}:` };
    this.#workload = new Workload(random, manner === "reading" ? { ...about, mix: READS } : about);
  }

  get deadline(): number {
    return Math.min(this.#dialAt, this.#askAt, this.#silentAt);
  }

  step(input: ProgramInput, now: number): readonly ProgramEffect[] {
    switch (input.kind) {
      case "started":
        return this.#dial(now);
      case "timeout":
        return this.#timeOut(now);
      case "packet":
        return [];
      default:
        return input.session === this.#connection && this.#state !== "down" ? this.#onConnection(input, now) : [];
    }
  }

  #onConnection(input: Extract<ProgramInput, { readonly session: SessionId }>, now: number): readonly ProgramEffect[] {
    if (input.kind === "session-up") return this.#enter(now);
    if (input.kind === "bytes") return this.#hear(input.bytes, now);
    this.#gone(now);
    return [];
  }

  #timeOut(now: number): readonly ProgramEffect[] {
    if (now >= this.#dialAt) return this.#dial(now);
    if (now >= this.#silentAt) return this.#hangUp("silent for too long", now);
    return now >= this.#askAt ? this.#ask(now) : [];
  }

  #dial(now: number): readonly ProgramEffect[] {
    this.#dialAt = NEVER;
    if (this.#dials === MAX_DIALS || this.#isDone) return [];
    const address = this.#options.peers[this.#dials % this.#options.peers.length];
    assert(address !== undefined, "a client knows a peer");
    this.#dials += 1;
    this.#connection += 2;
    this.#lines = new LineSplitter(MAX_ANSWER_LINE_BYTES);
    this.#state = "dialling";
    this.#silentAt = now + SILENCE_MS;
    return [{ kind: "dial", session: this.#connection, address }];
  }

  get #isDone(): boolean {
    return this.#left === 0 && this.#requests.areDone;
  }

  /** The connection stands: it opens a session, or goes on with the one that it has. */
  #enter(now: number): readonly ProgramEffect[] {
    this.#silentAt = now + SILENCE_MS;
    if (this.#options.manner !== "in-session") return this.#goOn(now);
    this.#state = "entering";
    const session = this.#session;
    const request =
      session === null ? ({ kind: "open-session" } as const) : ({ kind: "resume-session", session } as const);
    return [this.#say(lineOfRequest(request))];
  }

  /** It says again what has no outcome, and makes new requests from now on. */
  #goOn(now: number): readonly ProgramEffect[] {
    this.#state = "open";
    const again = this.#requests.askAgain(this.#session, now);
    this.#silentAt = this.#requests.owed > 0 ? now + SILENCE_MS : NEVER;
    this.#askAt = now;
    return again === "" ? [] : [this.#say(again)];
  }

  #ask(now: number): readonly ProgramEffect[] {
    this.#askAt = NEVER;
    if (this.#isDone) return this.#hangUp("done", now);
    const { random } = this.#options;
    const room = Math.min(this.#left, MAX_OWED - this.#requests.owed);
    let said = "";
    for (let more = Math.min(room, random.between(1, BURST)); more > 0; more--) {
      this.#left -= 1;
      said += this.#requests.ask(this.#workload.next(), this.#session, now);
    }
    const [least, most] = PAUSES_MS[random.below(PAUSES_MS.length)] ?? PAUSES_MS[0];
    this.#askAt = now + random.between(least, most);
    if (said === "") return [];
    this.#silentAt = Math.min(this.#silentAt, now + SILENCE_MS);
    const effects = [this.#say(said)];
    return random.below(HANG_UP_EVERY) === 0 ? [...effects, ...this.#hangUp("changed its mind", now)] : effects;
  }

  #hear(bytes: Buffer, now: number): readonly ProgramEffect[] {
    this.#lines.push(bytes);
    const effects: ProgramEffect[] = [];
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const answer = line === "too-long" ? undefined : answerOf(line);
      assert(answer !== undefined, `${this.#options.client} was told what is no answer`);
      effects.push(...this.#take(answer, now));
      if (this.#state === "down") break;
    }
    return effects;
  }

  #take(answer: Answer, now: number): readonly ProgramEffect[] {
    this.#silentAt = now + SILENCE_MS;
    if (this.#state === "entering") return this.#takeSession(answer, now);
    const request = this.#requests.answered(answer, now);
    if (request === null) return this.#hangUp("no outcome here", now);
    this.#workload.answered(request, answer);
    if (answer.kind === "error" && answer.code === "session-expired") return this.#loseSession(now);
    if (this.#requests.owed === 0) this.#silentAt = NEVER;
    return [];
  }

  #takeSession(answer: Answer, now: number): readonly ProgramEffect[] {
    if (answer.kind === "error" && answer.code === "session-expired") return this.#loseSession(now);
    if (answer.kind !== "session") return this.#hangUp("no session here", now);
    this.#session = answer.session;
    return this.#goOn(now);
  }

  /** The next connection opens another. */
  #loseSession(now: number): readonly ProgramEffect[] {
    this.#session = null;
    return this.#hangUp("the session is gone", now);
  }

  #hangUp(reason: string, now: number): readonly ProgramEffect[] {
    this.#gone(now);
    return [{ kind: "close", session: this.#connection, reason }];
  }

  /** It has no connection, and will have one later. */
  #gone(now: number): void {
    this.#state = "down";
    this.#requests.broken(now);
    this.#silentAt = NEVER;
    this.#askAt = NEVER;
    this.#dialAt = now + this.#options.random.between(...REDIAL_MS);
  }

  #say(lines: string): ProgramEffect {
    return { kind: "bytes", session: this.#connection, bytes: Buffer.from(lines) };
  }
}
