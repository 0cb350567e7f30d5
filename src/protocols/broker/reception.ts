import { MAX_JOB_CELLS } from "../../core/job.ts";
import type { JobAnswer } from "../../wire/job-message.ts";
import { boardBytesOf, type Call, OpenCalls } from "./call.ts";
import type { Ground } from "./ground.ts";
import { error } from "./labour.ts";
import type { Tenure } from "./tenure.ts";

/** Requests without an answer, at most. */
const MAX_CALLS = 131_072;

/** Bytes of the boards in them, at most: what all jobs may have together. */
const MAX_BOARD_BYTES = MAX_JOB_CELLS / 8;

/** Where calls are done. */
export interface Place {
  /** The office, where this peer is in it. */
  readonly tenure: Tenure | null;
  /** Whether it is about to be. */
  readonly isLeader: boolean;
  /** Where the leader is; null where that is not known. */
  readonly leaderAddress: string | null;
}

/** Takes what is asked of whoever is in office, from wherever: does it here, or says where to ask. Nothing waits for ever. */
export class Reception {
  readonly #ground: Ground;
  readonly #open = new OpenCalls();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Requests without an answer. */
  get open(): number {
    return this.#open.size;
  }

  /** When the next one takes too long, monotonic ms. */
  get deadline(): number {
    return this.#open.deadline;
  }

  /** Takes a call. */
  take(call: Call, place: Place): void {
    const { tenure, isLeader } = place;
    const isFull = this.#open.size >= MAX_CALLS;
    if (isFull || this.#open.boardBytes + boardBytesOf(call.request) > MAX_BOARD_BYTES) {
      this.#ground.counts.refusedCalls += 1;
      return call.answer(error("busy", `${this.#open.size} requests are under way: try again`));
    }
    const { kind } = call.request;
    if (tenure !== null) tenure.take(call);
    // If this peer leads it will be in office soon: that somebody asks is the reason to be.
    else if (!isLeader || kind === "ping" || kind === "quit") call.answer(this.#elsewhere(call, place));
    if (!call.isDone) this.#open.add(call);
  }

  /** This peer is in office now: what has waited for that is done. */
  enter(tenure: Tenure): void {
    for (const call of this.#open.all()) if (!call.hasBegun) tenure.take(call);
  }

  /** This peer is out of office: what has begun may have happened, and what has not is for another, unless it leads still. */
  leave(place: Place): void {
    for (const call of this.#open.all()) {
      if (call.hasBegun) call.answer(error("office-lost", "the office was lost meanwhile: it may have happened"));
      else if (!place.isLeader) call.answer(this.#elsewhere(call, place));
    }
  }

  /** Another leads: what waits here for the office is for that one. */
  sendAway(place: Place): void {
    for (const call of this.#open.all()) if (!call.hasBegun) call.answer(this.#elsewhere(call, place));
  }

  /** Time has passed. */
  pass(isInOffice: boolean): void {
    for (const call of this.#open.expire(this.#ground.now)) {
      const afterMs = this.#ground.options.requestTimeoutMs;
      if (isInOffice || call.hasBegun) call.answer(error("timed-out", `no outcome for ${afterMs} ms`));
      else call.answer(error("no-leader", `nobody has been in office for ${afterMs} ms`));
    }
  }

  #elsewhere({ request }: Call, { leaderAddress }: Place): JobAnswer {
    if (request.kind === "ping") return request;
    if (request.kind === "quit") return { kind: "quit", term: this.#ground.table.office?.term ?? 0 };
    if (leaderAddress === null) return error("no-leader", "nobody is in office, or will be soon");
    return error("elsewhere", leaderAddress);
  }
}
