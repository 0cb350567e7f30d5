import type { Band } from "../../core/board.ts";
import type { BoardMark, JobRow, JobState } from "../../core/job.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Ground } from "./ground.ts";
import type { Keeping } from "./keeping.ts";

/** The time between two marks is so many times as long as one takes, at least. */
const SHARE = 10;

/** What the order did not take is submitted again after so long, ms. */
const RETRY_MS = 200;

const NEVER = Number.POSITIVE_INFINITY;

/** How a job stands, as it is to stand in the order. */
export interface Stand {
  readonly state: JobState;
  readonly turn: number;
  readonly alive: number;
  readonly board: Band;
  /** Grows with all that somebody waits for. */
  readonly version: number;
}

/** A mark on its way into the order: first its board goes to a majority, then the mark is submitted. */
interface UnderWay {
  readonly state: JobState;
  readonly mark: BoardMark;
  readonly version: number;
  readonly since: number;
  /** Null where no board need be brought anywhere. */
  readonly checkpoint: Checkpoint | null;
  isSubmitted: boolean;
  retryAt: number;
}

/** The marks of one job, one at a time: what the next leader goes on from. */
export class Marking {
  readonly #ground: Ground;
  readonly #keeping: Keeping;
  readonly #term: number;
  #underWay: UnderWay | null = null;
  #nextAt: number;
  #version = 0;

  constructor(ground: Ground, keeping: Keeping, term: number) {
    this.#ground = ground;
    this.#keeping = keeping;
    this.#term = term;
    this.#nextAt = ground.now + ground.options.markIntervalMs;
  }

  /** All up to this version is in the order. */
  get version(): number {
    return this.#version;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  /** Since when a mark is on its way; Infinity while none is. */
  get since(): number {
    return this.#underWay?.since ?? NEVER;
  }

  /** When the next mark is due that nobody waits for, monotonic ms. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** When something is to be submitted again, monotonic ms. */
  get deadline(): number {
    return this.#underWay?.retryAt ?? NEVER;
  }

  /** Begins to bring a job into the order as it stands. */
  begin(row: JobRow, { state, turn, alive, board, version }: Stand): void {
    const { now } = this.#ground;
    const checkpoint = this.#keeping.begin({ term: this.#term, job: row.id, turn }, board, alive);
    const mark = { turn, alive, hash: checkpoint.board.hash };
    this.#underWay = { state, mark, version, since: now, checkpoint, isSubmitted: false, retryAt: NEVER };
  }

  /** Begins to bring only another state into the order: the job stands at its mark. Takes the place of all else. */
  beginState(row: JobRow, state: JobState, version: number): void {
    this.end();
    const { now } = this.#ground;
    this.#underWay = {
      ...{ state, version, mark: row.mark, since: now, checkpoint: null },
      ...{ isSubmitted: false, retryAt: NEVER },
    };
  }

  /** Submits what is safe. */
  settle(row: JobRow): void {
    const underWay = this.#underWay;
    if (underWay === null) return;
    const { checkpoint, isSubmitted, retryAt, state, mark } = underWay;
    if (isSubmitted ? retryAt > this.#ground.now : checkpoint?.isSafe === false) return;
    underWay.isSubmitted = true;
    underWay.retryAt = NEVER;
    const request = { kind: "mark-job", term: this.#term, job: row.id, state, mark } as const;
    this.#ground.effects.event({ kind: "submit-broker", request });
  }

  /** The order did not take it, or nobody knows whether it did: once more, in a while. */
  refused({ mark, state }: { readonly mark: BoardMark; readonly state: JobState }): void {
    const underWay = this.#underWay;
    if (underWay === null || underWay.mark.hash !== mark.hash || underWay.state !== state) return;
    underWay.retryAt = this.#ground.now + RETRY_MS;
  }

  /** The order holds this of the job; whether that is what was on its way there. */
  reached({ state, mark }: JobRow): boolean {
    const underWay = this.#underWay;
    if (underWay === null) return false;
    if (underWay.state !== state || underWay.mark.turn !== mark.turn || underWay.mark.hash !== mark.hash) return false;
    const { now, options } = this.#ground;
    this.#version = underWay.version;
    this.#nextAt = underWay.since + Math.max(options.markIntervalMs, SHARE * (now - underWay.since));
    this.end();
    return true;
  }

  /** Nothing is on its way any more. */
  end(): void {
    const checkpoint = this.#underWay?.checkpoint ?? null;
    if (checkpoint !== null) this.#keeping.end(checkpoint);
    this.#underWay = null;
  }
}
