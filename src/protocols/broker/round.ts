import { type Band, blankBand, putRows, type Topology } from "../../core/board.ts";
import type { JobId } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { bandAround } from "./cutting.ts";
import type { SliceRequest } from "./labour.ts";
import type { Worker } from "./pool.ts";

/** Who computed which rows. */
export interface ShownBand {
  readonly y: number;
  readonly rows: number;
  readonly worker: PeerId;
}

/** Where a round begins. */
interface RoundStart {
  readonly term: number;
  readonly job: JobId;
  readonly topology: Topology;
  readonly board: Band;
  readonly turn: number;
  /** How far ahead it goes. */
  readonly turns: number;
  readonly startedAt: number;
}

/** Some rows of a round. */
export class Slice {
  readonly round: Round;
  readonly y: number;
  readonly rows: number;
  /** Those who have it in hand. */
  readonly asked = new Set<Worker>();
  /** Whom it was taken from, and why; null where it is asked of the first one still. */
  movedFrom: { readonly peer: PeerId; readonly because: "lost" | "late" | "failed" } | null = null;
  isHedged = false;
  isCounted = false;

  constructor(round: Round, y: number, rows: number) {
    this.round = round;
    this.y = y;
    this.rows = rows;
  }

  /** Cells times turns that are computed for it. */
  get work(): number {
    const { turns, board } = this.round;
    return board.size * (this.rows + turns) * turns;
  }

  /** What a worker is asked. */
  request(): SliceRequest {
    const { term, job, turn, turns, topology, board } = this.round;
    const { y, rows } = this;
    const band = bandAround(board, topology, y, rows, turns);
    return { kind: "process-slice", term, job, turn, turns, topology, y, rows, band };
  }
}

/**
 * A board on its way some turns ahead, all of it before any of it goes further (bulk synchronous: Valiant, CACM 1990). It is
 * cut into slices as workers are there to take them.
 *
 * Safety: each row counts once, as a slice counts once and slices do not overlap; and only what was computed from the board
 * with which the round began.
 */
export class Round {
  readonly term: number;
  readonly job: JobId;
  readonly topology: Topology;
  readonly board: Band;
  readonly turn: number;
  readonly turns: number;
  readonly startedAt: number;
  /** Slices that are to be asked of somebody, or of somebody else. */
  readonly waiting: Slice[] = [];
  /** Nobody waits for it any more. */
  isOver = false;
  readonly #result: Band;
  readonly #bands: ShownBand[] = [];
  #cut = 0;
  #counted = 0;
  #alive = 0;
  #slices = 0;

  constructor(start: RoundStart) {
    this.term = start.term;
    this.job = start.job;
    this.topology = start.topology;
    this.board = start.board;
    this.turn = start.turn;
    this.turns = start.turns;
    this.startedAt = start.startedAt;
    this.#result = blankBand(start.board.size);
  }

  /** Rows that are in no slice yet. */
  get left(): number {
    return this.board.rows - this.#cut;
  }

  /** Whether all rows are there. */
  get isWhole(): boolean {
    return this.#counted === this.board.rows;
  }

  /** Slices that counted. */
  get slices(): number {
    return this.#slices;
  }

  /** The next slice, of so many rows. */
  cut(rows: number): Slice {
    const slice = new Slice(this, this.#cut, rows);
    this.#cut += rows;
    return slice;
  }

  /** Counts a slice; whoever is second with it comes in vain, which is what false says. */
  count(slice: Slice, band: Band, alive: number, worker: PeerId): boolean {
    if (slice.isCounted) return false;
    slice.isCounted = true;
    putRows(this.#result, band, slice.y);
    this.#counted += slice.rows;
    this.#alive += alive;
    this.#slices += 1;
    this.#bands.push({ y: slice.y, rows: slice.rows, worker });
    return true;
  }

  /** The board at its end. */
  result(): { readonly board: Band; readonly alive: number; readonly bands: readonly ShownBand[] } {
    const bands = this.#bands.sort((one, other) => one.y - other.y);
    return { board: this.#result, alive: this.#alive, bands };
  }
}
