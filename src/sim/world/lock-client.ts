import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { Answer, Request } from "../../core/request.ts";
import { answerOf, MAX_ANSWER_LINE_BYTES } from "../../wire/client-answer.ts";
import { lineOfRequest } from "../../wire/client-line.ts";
import { LineSplitter } from "../../wire/lines.ts";
import type { Program, ProgramEffect, ProgramInput } from "./program.ts";

/** Locks that there are: few, so that clients meet. */
const NAMES = ["door", "gate"] as const;

/** Locks that it asks for in its life. */
const MAX_LOCKS = 12;

/** Connections that it tries to make in its life. */
const MAX_DIALS = 100;

/** How long it holds a lock, mostly short, and how long it rests between two; virtual ms. */
const HOLDS_MS = [
  [0, 20],
  [20, 400],
  [400, 3000],
] as const;
const REST_MS = [1, 300] as const;

/** How long it waits for a lock, or for a connection, before it goes to the next peer; virtual ms. */
const PATIENCE_MS = [500, 6000] as const;

/** Of so many locks it holds one it gives back by hanging up. */
const HANG_UP_EVERY = 4;

const NEVER = Number.POSITIVE_INFINITY;

type State = "down" | "dialling" | "resting" | "waiting" | "holding" | "unlocking";

/**
 * A client that wants locks: it asks a peer for one, holds it for a while, and gives it back or hangs up. Where it does not
 * get it in time, it hangs up and asks the next peer. After so many locks it says nothing more.
 */
export class LockClient implements Program {
  readonly #peers: readonly Address[];
  readonly #random: Random;
  #lines = new LineSplitter(MAX_ANSWER_LINE_BYTES);
  #connection: SessionId = -1;
  #dials = 0;
  #left = MAX_LOCKS;
  #name: string = NAMES[0];
  #state: State = "down";
  /** When it does what is next in its state. */
  #actAt = NEVER;

  /** @param peers where the peers are that it knows; at least one */
  constructor(peers: readonly Address[], random: Random) {
    this.#peers = peers;
    this.#random = random;
  }

  get deadline(): number {
    return this.#actAt;
  }

  step(input: ProgramInput, now: number): readonly ProgramEffect[] {
    switch (input.kind) {
      case "started":
        return this.#dial(now);
      case "timeout":
        return now >= this.#actAt ? this.#act(now) : [];
      case "packet":
        return [];
      default:
        return input.session === this.#connection && this.#state !== "down" ? this.#onConnection(input, now) : [];
    }
  }

  #onConnection(input: Extract<ProgramInput, { readonly session: SessionId }>, now: number): readonly ProgramEffect[] {
    if (input.kind === "session-up") return this.#enter("resting", REST_MS, now);
    if (input.kind === "bytes") return this.#hear(input.bytes, now);
    return this.#enter("down", REST_MS, now);
  }

  #act(now: number): readonly ProgramEffect[] {
    switch (this.#state) {
      case "down":
        return this.#dial(now);
      case "resting":
        return this.#left === 0 ? this.#hangUp(now) : this.#lock(now);
      case "holding":
        if (this.#random.below(HANG_UP_EVERY) === 0) return this.#hangUp(now);
        return this.#say({ kind: "unlock", name: this.#name }, "unlocking", now);
      default:
        return this.#hangUp(now);
    }
  }

  #dial(now: number): readonly ProgramEffect[] {
    this.#actAt = NEVER;
    if (this.#dials === MAX_DIALS || this.#left === 0) return [];
    const address = this.#peers[this.#dials % this.#peers.length];
    assert(address !== undefined, "a client knows a peer");
    this.#dials += 1;
    this.#connection += 2;
    this.#lines = new LineSplitter(MAX_ANSWER_LINE_BYTES);
    this.#enter("dialling", PATIENCE_MS, now);
    return [{ kind: "dial", session: this.#connection, address }];
  }

  #lock(now: number): readonly ProgramEffect[] {
    this.#left -= 1;
    this.#name = NAMES[this.#random.below(NAMES.length)] ?? NAMES[0];
    return this.#say({ kind: "lock", name: this.#name }, "waiting", now);
  }

  #hear(bytes: Buffer, now: number): readonly ProgramEffect[] {
    this.#lines.push(bytes);
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const answer = line === "too-long" ? undefined : answerOf(line);
      assert(answer !== undefined, "a client was told what is no answer");
      this.#take(answer, now);
    }
    return [];
  }

  /** An error is a reason to rest: the lock cannot be had, or is lost. */
  #take({ kind }: Answer, now: number): void {
    if (kind === "locked" && this.#state === "waiting")
      this.#enter("holding", HOLDS_MS[this.#random.below(HOLDS_MS.length)] ?? HOLDS_MS[0], now);
    else this.#enter("resting", REST_MS, now);
  }

  #say(
    request: Extract<Request, { readonly kind: "lock" | "unlock" }>,
    state: "waiting" | "unlocking",
    now: number,
  ): readonly ProgramEffect[] {
    this.#enter(state, PATIENCE_MS, now);
    return [{ kind: "bytes", session: this.#connection, bytes: Buffer.from(lineOfRequest(request)) }];
  }

  #hangUp(now: number): readonly ProgramEffect[] {
    this.#enter("down", REST_MS, now);
    return [{ kind: "close", session: this.#connection, reason: "had enough" }];
  }

  #enter(state: State, ms: readonly [number, number], now: number): readonly ProgramEffect[] {
    this.#state = state;
    this.#actAt = now + this.#random.between(...ms);
    return [];
  }
}
