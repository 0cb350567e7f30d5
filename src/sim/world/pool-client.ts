import { type Address, parseAddress } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { type Band, countAlive } from "../../core/board.ts";
import { isEnded, type JobState, LATEST_JOB } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import type { Followed } from "../life/followed.ts";
import { isSameBand } from "../life/is-same-band.ts";
import { Course } from "../life/plain-life.ts";
import { CallerWire } from "./caller-wire.ts";
import type { Program, ProgramEffect, ProgramInput } from "./program.ts";

/** How long it rests before it asks or connects again, virtual ms. */
const REST_MS = [5, 40] as const;

/** An answer, or a connection, that has not come by then is given up; virtual ms. */
const PATIENCE_MS = 2500;

const NEVER = Number.POSITIVE_INFINITY;

const TOPOLOGY = "torus";

/** What a program wants of the pool. */
export interface PoolErrand {
  /** Who it says it is, and where. */
  readonly self: PeerId;
  readonly address: Address;
  /** Where it asks, one after the other: the virtual address, or peers; at least one. */
  readonly at: readonly Address[];
  readonly board: Band;
  readonly turns: number;
  readonly random: Random;
}

interface Standing {
  readonly term: number;
  readonly turn: number;
  readonly alive: number;
  readonly state: JobState;
}

type State = "down" | "dialling" | "waiting" | "resting" | "done";

/**
 * A program that has a board computed: it begins a job, follows it turn by turn, and looks at the board at the end. Where it
 * is not answered, or its connection breaks, it asks again, elsewhere if it was told of another place. What it was not
 * answered may have happened, so it may begin a job twice; only the one that it has a number of counts.
 */
export class PoolClient implements Program {
  readonly #errand: PoolErrand;
  #wire = new CallerWire();
  #connection: SessionId = -1;
  #dials = 0;
  /** Where it was told to ask. */
  #elsewhere: Address | null = null;
  /** The latest term that it has heard of: who speaks of an earlier one is not believed. */
  #term = 0;
  #followed: Followed | null = null;
  #state: State = "down";
  #actAt = NEVER;

  constructor(errand: PoolErrand) {
    assert(errand.at.length > 0, "a program of the pool knows where to ask");
    this.#errand = errand;
  }

  /** What it was told last; null before its job was begun. */
  get followed(): Followed | null {
    return this.#followed;
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
        return input.session === this.#connection ? this.#onConnection(input, now) : [];
    }
  }

  #onConnection(input: Extract<ProgramInput, { readonly session: SessionId }>, now: number): readonly ProgramEffect[] {
    if (this.#state === "down" || this.#state === "done") return [];
    if (input.kind === "session-up") return this.#ask(now);
    if (input.kind === "session-down") return this.#enter("down", now);
    const answer = this.#wire.push(input.bytes);
    return answer === undefined ? [] : this.#take(answer, now);
  }

  #act(now: number): readonly ProgramEffect[] {
    if (this.#state === "down") return this.#dial(now);
    return this.#state === "resting" ? this.#ask(now) : this.#hangUp("had enough", now);
  }

  #dial(now: number): readonly ProgramEffect[] {
    const { at, self, address } = this.#errand;
    const next = this.#elsewhere ?? at[this.#dials % at.length];
    assert(next !== undefined, "it knows where to ask");
    this.#elsewhere = null;
    this.#dials += 1;
    this.#connection += 2;
    this.#wire = new CallerWire();
    this.#enter("dialling", now);
    return [
      { kind: "dial", session: this.#connection, address: next },
      { kind: "bytes", session: this.#connection, bytes: CallerWire.hello(self, address) },
    ];
  }

  #ask(now: number): readonly ProgramEffect[] {
    this.#enter("waiting", now);
    return [{ kind: "bytes", session: this.#connection, bytes: this.#wire.ask(this.#request()) }];
  }

  /** What it wants to know next. */
  #request(): JobRequest {
    const { board, turns } = this.#errand;
    if (this.#followed === null) return { kind: "process-gol", turns, pace: 0, topology: TOPOLOGY, board };
    const { job, turn, state } = this.#followed;
    if (isEnded({ state })) return { kind: "screenshot", job, rows: null };
    return { kind: "count-alive", job, since: turn };
  }

  #take(answer: JobAnswer, now: number): readonly ProgramEffect[] {
    switch (answer.kind) {
      case "process-gol":
        this.#begin(answer);
        return this.#ask(now);
      case "count-alive":
        this.#note(answer);
        return this.#followed?.state === "killed" ? this.#end(now) : this.#ask(now);
      case "screenshot":
        if (answer.term < this.#term) return this.#ask(now);
        this.#prove(answer.band, answer);
        return this.#end(now);
      case "error":
        return this.#onError(answer, now);
      default:
        throw new Error(`a program of the pool does not ask for ${answer.kind}`);
    }
  }

  #begin({ job, term }: Extract<JobAnswer, { readonly kind: "process-gol" }>): void {
    assert(job !== LATEST_JOB, "a job that was begun has a number");
    this.#term = Math.max(this.#term, term);
    const alive = countAlive(this.#errand.board);
    this.#followed = { job, turn: 0, alive, state: "running", isProven: false };
  }

  /** What it sees goes forward only: a leader that goes on from a mark is not believed before it has caught up. */
  #note({ term, turn, alive, state }: Standing): void {
    const before = this.#followed;
    if (before === null || term < this.#term) return;
    this.#term = term;
    if (turn === before.turn) assert(alive === before.alive, `turn ${turn} has ${before.alive} cells, or ${alive}`);
    if (turn >= before.turn) this.#followed = { ...before, turn, alive, state };
  }

  #prove(band: Band, { turn }: Standing): void {
    const { board, turns } = this.#errand;
    assert(turn === turns, `a job of ${turns} turns is finished at turn ${turn}`);
    assert(isSameBand(band, new Course(board, TOPOLOGY).at(turns).board), `the board of turn ${turn} is wrong`);
    if (this.#followed !== null) this.#followed = { ...this.#followed, isProven: true };
  }

  #onError({ code, text }: Extract<JobAnswer, { readonly kind: "error" }>, now: number): readonly ProgramEffect[] {
    assert(code !== "no-job", `job ${this.#followed?.job} was begun, and is gone`);
    assert(code !== "malformed" && code !== "refused", `what a program asks is well formed, but ${text}`);
    if (code !== "elsewhere") return this.#enter("resting", now);
    this.#elsewhere = parseAddress(text) ?? null;
    return this.#hangUp("told to ask elsewhere", now);
  }

  #end(now: number): readonly ProgramEffect[] {
    this.#enter("done", now);
    return [{ kind: "close", session: this.#connection, reason: "done" }];
  }

  #hangUp(reason: string, now: number): readonly ProgramEffect[] {
    this.#enter("down", now);
    return [{ kind: "close", session: this.#connection, reason }];
  }

  #enter(state: State, now: number): readonly ProgramEffect[] {
    this.#state = state;
    if (state === "done") this.#actAt = NEVER;
    else if (state === "down" || state === "resting") this.#actAt = now + this.#errand.random.between(...REST_MS);
    else this.#actAt = now + PATIENCE_MS;
    return [];
  }
}
