import type { PeerId } from "../../core/peer-id.ts";
import type { JobErrorCode } from "../../wire/job-error.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import { MAX_TURNS } from "./cutting.ts";
import { type Ground, termOf } from "./ground.ts";
import type { BrokerSpeech } from "./message.ts";

/** Slices for one other peer that are in hand here at a time, at most. */
const MAX_OF_PEER = 16;

/** How much the latest slice counts in the speed. */
const SPEED_WEIGHT = 0.25;

/** The request for a slice, and the answer. */
export type SliceRequest = Extract<JobRequest, { readonly kind: "process-slice" }>;
type Worked = Extract<BrokerSpeech["command"], { readonly kind: "worked" }>;

interface Task {
  /** For whom; null for this peer itself and its programs. */
  readonly peer: PeerId | null;
  readonly request: SliceRequest;
  readonly done: (answer: JobAnswer) => void;
}

/** Slices that are computed on this machine, for this peer and for others. */
export class Labour {
  readonly #ground: Ground;
  readonly #tasks = new Map<number, Task>();
  /** Whether it works for others. */
  isOpen: boolean;
  #lastTicket = 0;
  #worked = 0;
  #speed = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.isOpen = ground.options.isWorker;
  }

  /** Slices in hand. */
  get working(): number {
    return this.#tasks.size;
  }

  /** Slices that were computed. */
  get worked(): number {
    return this.#worked;
  }

  /** Cells a microsecond, as measured; 0 before the first. */
  get speed(): number {
    return this.#speed;
  }

  /** Computes a slice, unless that is refused; the ticket by which it can be dropped, 0 where it is refused. */
  take(request: SliceRequest, peer: PeerId | null, done: (answer: JobAnswer) => void): number {
    const refusal = this.#refusal(request, peer);
    if (refusal !== null) {
      done(refusal);
      return 0;
    }
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    this.#tasks.set(ticket, { peer, request, done });
    const { topology, turns, y, band } = request;
    this.#ground.effects.event({ kind: "work-wanted", work: { ticket, topology, turns, y, band } });
    return ticket;
  }

  /** It is done. */
  finish({ ticket, band, alive, tookUs }: Worked): void {
    const task = this.#takeOut(ticket);
    if (task === undefined) return;
    const { term, job, turn, turns, topology, y, rows } = task.request;
    this.#worked += 1;
    const speed = workOf(task.request) / Math.max(1, tookUs);
    this.#speed = this.#speed === 0 ? speed : this.#speed + (speed - this.#speed) * SPEED_WEIGHT;
    task.done({ kind: "process-slice", term, job, turn, turns, topology, y, rows, alive, tookUs, band });
  }

  /** It could not be done. */
  fail(ticket: number, because: string): void {
    this.#takeOut(ticket)?.done(error("refused", because));
  }

  /** Nobody waits for it any more. */
  drop(ticket: number): void {
    if (this.#takeOut(ticket) !== undefined) this.#ground.effects.event({ kind: "work-dropped", ticket });
  }

  /** Nobody waits any more for what another has asked. */
  dropAllOf(peer: PeerId): void {
    for (const [ticket, task] of this.#tasks) if (task.peer === peer) this.drop(ticket);
  }

  /** Nobody waits for anything any more. */
  dropAll(): void {
    for (const ticket of this.#tasks.keys()) this.drop(ticket);
  }

  #takeOut(ticket: number): Task | undefined {
    const task = this.#tasks.get(ticket);
    this.#tasks.delete(ticket);
    return task;
  }

  /** Why a slice is not computed here; null where it is. */
  #refusal({ term, turns, y, rows, band }: SliceRequest, peer: PeerId | null): JobAnswer | null {
    const inOffice = termOf(this.#ground.table);
    if (peer !== null && term < inOffice) return error("refused", `term ${inOffice} is in office, not ${term}`);
    const isWhole = rows > 0 && y + rows <= band.size && band.rows === rows + 2 * turns;
    if (!isWhole || turns === 0 || turns > MAX_TURNS || turns > band.size)
      return error("malformed", `rows ${y} to ${y + rows} of ${band.size}, ${turns} turns ahead`);
    if (peer === null) return null;
    if (!this.isOpen) return error("refused", "this peer does not work for others");
    let ofPeer = 0;
    for (const task of this.#tasks.values()) if (task.peer === peer) ofPeer += 1;
    return ofPeer < MAX_OF_PEER ? null : error("busy", `${ofPeer} slices are in hand`);
  }
}

/** Cells times turns that are computed for a slice: rows around it are, but fewer with every turn. */
function workOf({ turns, rows, band }: Pick<SliceRequest, "turns" | "rows" | "band">): number {
  return band.size * (rows + turns) * turns;
}

/** Whether an answer is what was asked for. */
export function isAnswerTo(
  request: SliceRequest,
  answer: Extract<JobAnswer, { readonly kind: "process-slice" }>,
): boolean {
  const { term, job, turn, turns, topology, y, rows, band } = request;
  return (
    answer.term === term &&
    answer.job === job &&
    answer.turn === turn &&
    answer.turns === turns &&
    answer.topology === topology &&
    answer.y === y &&
    answer.rows === rows &&
    answer.band.rows === rows &&
    answer.band.size === band.size
  );
}

/** An error as an answer. */
export function error(code: JobErrorCode, text: string): Extract<JobAnswer, { readonly kind: "error" }> {
  return { kind: "error", code, text };
}
