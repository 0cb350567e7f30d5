import type { Band, Topology } from "../core/board.ts";
import { type JobId, LATEST_JOB } from "../core/job.ts";
import type { JobAnswer, JobRequest } from "../wire/job-message.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { follow } from "./follow.ts";
import { type Answered, PoolCall } from "./pool-call.ts";
import { type Standing, standingOf } from "./standing.ts";
import { turnTime } from "./turn-time.ts";

/** A part of a board at a turn: rows `y` to `y + rows`. */
export interface Screenshot extends Standing {
  readonly y: number;
  readonly rows: number;
  readonly band: Band;
}

/** Rows to be computed some turns ahead. */
export interface Slice {
  /** The rows, with `turns` rows more above and below: as they are around a torus, blank beyond the edges of a plane. */
  readonly band: Band;
  /** 1 and up. */
  readonly turns: number;
  readonly topology: Topology;
  /** Where on the board the rows begin that are the result, and how many they are. */
  readonly y: number;
  readonly rows: number;
}

/** Those rows that many turns later. */
export interface Sliced {
  readonly band: Band;
  /** Live cells in it. */
  readonly alive: number;
  /** Microseconds that it took. */
  readonly tookUs: number;
}

/** A job to be begun. */
export interface NewJob {
  /** All rows of the board: as many as it has cells in a row, 16 to 16,384. */
  readonly board: Band;
  /** Turns after which it is finished; for ever where nothing is said. */
  readonly turns?: number;
  /** What is beyond the edges; "torus" where nothing is said. */
  readonly topology?: Topology;
  /** Turns in a second, at most; as many as there can be where nothing is said. */
  readonly pace?: number;
}

type AnswerTo<K, A = JobAnswer> = A extends { readonly kind: infer Kind } ? (K extends Kind ? A : never) : never;

/**
 * A client of a pool. Requests may be made without waiting for earlier ones, and are answered in any order. Those that change
 * nothing (`ping`, `countAlive`, `screenshot`, `slice`) are repeated until their deadline when a connection is lost; the others
 * reject then. All methods reject with a PoolError, of which `mayHaveHappened` says whether what was asked for may have happened.
 * Where no job is named, the latest is meant.
 */
export class Pool {
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;

  /** @internal Programs have it of `connect`. */
  constructor(dispatcher: Dispatcher, timeoutMs: number) {
    this.#dispatcher = dispatcher;
    this.#timeoutMs = timeoutMs;
  }

  /** Has bytes sent back, 32,768 at most: those of the answer are a view of what came. */
  ping(data: Uint8Array = NOTHING): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      // The dispatcher hands over an answer of the same kind only.
      this.#begin({ kind: "ping", data }, true, resolve as (answer: Answered) => void, reject);
    });
  }

  /** Begins a job, which goes on whoever leads; its ID. Its first board is with a majority by then. */
  async begin({ board, turns, topology = "torus", pace = 0 }: NewJob): Promise<JobId> {
    const { job } = await this.#ask({ kind: "process-gol", board, turns: turns ?? null, pace, topology }, false);
    return job;
  }

  /**
   * How a job stands.
   *
   * @param since answered once its turn is beyond that, it does not run, or a second has passed; at once where it is left out
   */
  async countAlive({ job = LATEST_JOB, since }: { job?: JobId; since?: number } = {}): Promise<Standing> {
    return standingOf(await this.#ask({ kind: "count-alive", job, since: since ?? null }, true));
  }

  /** Holds a job where it is. */
  pause(job: JobId = LATEST_JOB): Promise<Standing> {
    return this.#steer(job, "pause", 0);
  }

  /** Lets a job go on that was paused. */
  resume(job: JobId = LATEST_JOB): Promise<Standing> {
    return this.#steer(job, "resume", 0);
  }

  /** Lets a paused job do some turns, one where nothing is said, and holds it again. */
  step(job: JobId = LATEST_JOB, turns = 1): Promise<Standing> {
    return this.#steer(job, "step", turns);
  }

  /** Turns cells of a paused job over: those that live on this board. */
  async flip(board: Band, job: JobId = LATEST_JOB): Promise<Standing> {
    return standingOf(await this.#ask({ kind: "flip", job, board }, false));
  }

  /** The board of a job as it is, or some rows of it. */
  async screenshot(wanted: { job?: JobId; y?: number; rows?: number } = {}): Promise<Screenshot> {
    const { job = LATEST_JOB, y = 0, rows } = wanted;
    const answer = await this.#ask({ kind: "screenshot", job, rows: rows === undefined ? null : { y, rows } }, true);
    return { ...standingOf(answer), y: answer.y, rows: answer.rows, band: answer.band };
  }

  /** Ends a job for good, everywhere. */
  async kill(job: JobId = LATEST_JOB): Promise<Standing> {
    return standingOf(await this.#ask({ kind: "kill", job }, false));
  }

  /** Has rows of a board computed, which belong to no job. */
  async slice({ band, turns, topology, y, rows }: Slice): Promise<Sliced> {
    const job = { term: 0, job: LATEST_JOB, turn: 0 };
    const { kind: _, ...answer } = await this.#ask(
      { kind: "process-slice", ...job, turns, topology, y, rows, band },
      true,
    );
    return { band: answer.band, alive: answer.alive, tookUs: answer.tookUs };
  }

  /**
   * How a job stands, again and again: each time its turn is another, as fast as that is asked for, until it is ended. It never
   * steps back, whoever leads. Throws a PoolError when there was no answer for as long as one request may take.
   *
   * @param signal ends it
   */
  follow(
    job: JobId = LATEST_JOB,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Standing, void, undefined> {
    return follow((wanted) => this.countAlive(wanted), job, signal);
  }

  /** Says goodbye, and lets go of the connection. */
  async quit(): Promise<void> {
    try {
      await this.#ask({ kind: "quit" }, false);
    } finally {
      this.close();
    }
  }

  /** Lets go of the connection, which keeps the process alive until then; what is not answered fails. */
  close(): void {
    this.#dispatcher.close();
  }

  async #steer(job: JobId, action: "pause" | "resume" | "step", turns: number): Promise<Standing> {
    return standingOf(await this.#ask({ kind: "pause", job, action, turns }, false));
  }

  #ask<K extends JobRequest["kind"]>(
    request: Extract<JobRequest, { readonly kind: K }>,
    isRepeatable: boolean,
  ): Promise<AnswerTo<K>> {
    return new Promise((resolve, reject) => {
      // The dispatcher hands over an answer of the same kind only.
      this.#begin(request, isRepeatable, resolve as (answer: Answered) => void, reject);
    });
  }

  #begin(
    request: JobRequest,
    isRepeatable: boolean,
    resolve: (answer: Answered) => void,
    reject: (error: Error) => void,
  ): void {
    this.#dispatcher.ask(new PoolCall(request, isRepeatable, turnTime() + this.#timeoutMs, resolve, reject));
  }
}

const NOTHING = new Uint8Array(0);
