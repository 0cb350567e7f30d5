import { DeadlineQueue } from "../../core/deadline-queue.ts";
import type { JobId } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { JobAnswer } from "../../wire/job-message.ts";
import type { Asking, Hope } from "./asking.ts";
import { rowsForShare } from "./cutting.ts";
import { type Ground, termOf } from "./ground.ts";
import { isAnswerTo, type Labour, type SliceRequest } from "./labour.ts";
import { Lateness } from "./lateness.ts";
import type { LeaveReason, Pool, Worker } from "./pool.ts";
import type { Round, Slice } from "./round.ts";

/** As long as too little is known, a slice is late after so many times the least time for that. */
const PATIENCE = 10;

/** A slice in the hands of a worker. */
interface Ask {
  readonly slice: Slice;
  readonly worker: Worker;
  readonly request: SliceRequest;
  readonly work: number;
  readonly askedAt: number;
  /** Where it is in this peer's own hands; 0 elsewhere. */
  ticket: number;
  isLate: boolean;
  /** The worker has it no more, as far as this peer counts. */
  isSettled: boolean;
}

/**
 * Hands slices to workers, and takes what they answer. Each goes to the worker with the least load, and elsewhere when that
 * one is lost or fails. One that is later than the 99th percentile of its like is asked of one other worker as well (Dean,
 * Barroso, "The Tail at Scale", CACM 2013): the first answer counts.
 */
export class Handing {
  readonly #ground: Ground;
  readonly #pool: Pool;
  readonly #asking: Asking;
  readonly #labour: Labour;
  readonly #asks = new Map<Worker, Set<Ask>>();
  /** When each slice is late. */
  readonly #late = new DeadlineQueue<Ask>();
  /** How long slices take, by job. */
  readonly #lateness = new Map<JobId, Lateness>();

  constructor(ground: Ground, pool: Pool, asking: Asking, labour: Labour) {
    this.#ground = ground;
    this.#pool = pool;
    this.#asking = asking;
    this.#labour = labour;
  }

  /** When the next slice is late, or a worker may have another, monotonic ms. */
  get deadline(): number {
    return Math.min(this.#late.earliest, this.#pool.deadline);
  }

  /** Hands out as much of a round as there are workers for. */
  fill(round: Round): void {
    const refused = new Set<Worker>();
    while (!round.isOver) {
      const moved = this.#nextMoved(round);
      if (moved === undefined && round.left === 0) return;
      const worker = this.#pool.choose((each) => refused.has(each) || moved?.asked.has(each) === true);
      if (worker === undefined) {
        if (moved !== undefined) round.waiting.push(moved);
        return;
      }
      const slice = moved ?? round.cut(this.#rowsFor(worker, round));
      if (this.#ask(slice, worker)) continue;
      refused.add(worker);
      round.waiting.push(slice);
    }
  }

  /** Nobody waits for a round any more. */
  drop(round: Round): void {
    round.isOver = true;
    for (const asks of this.#asks.values())
      for (const ask of asks) {
        if (ask.slice.round !== round) continue;
        this.#late.delete(ask);
        if (ask.ticket !== 0) this.#dropOwn(ask);
      }
  }

  /** Whether anybody has a slice of a round in hand. */
  holds(round: Round): boolean {
    for (const asks of this.#asks.values()) for (const { slice } of asks) if (slice.round === round) return true;
    return false;
  }

  /** A job ends here. */
  forget(job: JobId): void {
    this.#lateness.delete(job);
  }

  /** A worker is one no more: what it has in hand goes elsewhere. */
  leave(peer: PeerId, because: LeaveReason): void {
    const worker = this.#pool.leave(peer, because);
    if (worker === undefined) return;
    for (const ask of this.#asks.get(worker) ?? []) {
      this.#settle(ask);
      this.#move(ask, "lost");
    }
    this.#asks.delete(worker);
  }

  /** Another is in office: nothing is asked of anybody any more. */
  clear(): void {
    for (const asks of this.#asks.values()) for (const ask of asks) this.#unneeded(ask);
    for (const asks of this.#asks.values()) for (const ask of asks) this.#settle(ask);
    this.#asks.clear();
    this.#lateness.clear();
    this.#pool.clear();
  }

  /** Asks somebody else for what is late. */
  pass(): void {
    const { now } = this.#ground;
    this.#pool.pass();
    for (let ask = this.#late.takeDue(now); ask !== undefined; ask = this.#late.takeDue(now)) {
      if (ask.isSettled || ask.slice.isCounted || ask.slice.round.isOver) continue;
      if (ask.isLate) this.#giveUpOwn(ask);
      else this.#isLate(ask);
    }
  }

  /** It is late: nobody else is late in its stead more than once. */
  #isLate(ask: Ask): void {
    const { slice, worker } = ask;
    ask.isLate = true;
    worker.late += 1;
    // On a link a request times out; in this peer's own hands that is for us to see.
    if (ask.ticket !== 0) this.#late.set(ask, ask.askedAt + this.#ground.options.requestTimeoutMs);
    if (slice.isHedged) return;
    slice.isHedged = true;
    worker.failures += 1;
    slice.movedFrom = { peer: worker.peer, because: "late" };
    slice.round.waiting.push(slice);
  }

  #giveUpOwn(ask: Ask): void {
    this.#dropOwn(ask);
    this.#move(ask, "late");
  }

  /** The next slice that needs another worker; those that were counted meanwhile need none. */
  #nextMoved(round: Round): Slice | undefined {
    for (let slice = round.waiting.shift(); slice !== undefined; slice = round.waiting.shift())
      if (!slice.isCounted) return slice;
    return undefined;
  }

  #rowsFor(worker: Worker, { board, turns, left }: Round): number {
    return rowsForShare(board.size, turns, this.#pool.shareOf(worker), left);
  }

  /** Whether a worker could be asked. */
  #ask(slice: Slice, worker: Worker): boolean {
    const { now, options } = this.#ground;
    const request = slice.request();
    const ask: Ask = {
      ...{ slice, worker, request, work: slice.work, askedAt: now },
      ...{ ticket: 0, isLate: false, isSettled: false },
    };
    if (worker.peer === options.peer) {
      ask.ticket = this.#labour.take(request, null, (answer) => this.#answered(ask, answer));
    } else {
      const hope: Hope = {
        answered: (answer) => this.#answered(ask, answer),
        failed: (because) => this.#failed(ask, because),
      };
      if (!this.#asking.ask(worker.peer, request, now + options.requestTimeoutMs, hope)) return false;
    }
    worker.outstanding += ask.work;
    worker.inHand += 1;
    slice.asked.add(worker);
    this.#asksOf(worker).add(ask);
    this.#late.set(ask, now + this.#patience(slice.round));
    this.#tellMoved(slice, worker);
    return true;
  }

  #tellMoved(slice: Slice, worker: Worker): void {
    const { movedFrom, y, rows, round } = slice;
    if (movedFrom === null) return;
    const { counts, effects } = this.#ground;
    slice.movedFrom = null;
    if (movedFrom.because === "late") counts.hedged += 1;
    else counts.moved += 1;
    const { peer: from, because } = movedFrom;
    effects.event({ kind: "slice-moved", job: round.job, y, rows, from, to: worker.peer, because });
  }

  /** How long a slice of a round may take, ms. */
  #patience({ job, turns }: Round): number {
    const { minHedgeMs } = this.#ground.options;
    const p99 = this.#lateness.get(job)?.p99 ?? null;
    // As late as the latest of its like is not late yet.
    return p99 === null ? PATIENCE * minHedgeMs : Math.max(minHedgeMs, p99 * turns + 1);
  }

  #answered(ask: Ask, answer: JobAnswer): void {
    const { counts, effects, table } = this.#ground;
    const { slice, worker } = ask;
    const isGivenUp = ask.isSettled;
    this.#settle(ask);
    if (answer.kind !== "process-slice") {
      if (!isGivenUp) this.#fail(ask);
      return;
    }
    const { term } = answer;
    if (term !== termOf(table)) {
      counts.rejectedAnswers += 1;
      effects.event({ kind: "answer-rejected", from: worker.peer, term, because: "old-term" });
      this.#move(ask, "failed");
    } else if (!isAnswerTo(ask.request, answer)) this.#fail(ask);
    else if (slice.round.isOver || isGivenUp) counts.lateAnswers += 1;
    else if (slice.round.count(slice, answer.band, answer.alive, worker.peer)) this.#count(ask, answer.tookUs);
    else {
      counts.duplicateAnswers += 1;
      effects.event({ kind: "answer-rejected", from: worker.peer, term, because: "duplicate" });
    }
  }

  #count({ slice, worker, work, askedAt }: Ask, tookUs: number): void {
    const { now, counts } = this.#ground;
    counts.slices += 1;
    worker.count(work, tookUs, now - askedAt);
    // One that was late, or came from a second worker, tells nothing of what is usual.
    if (!slice.isHedged) this.#latenessOf(slice.round.job).add((now - askedAt) / slice.round.turns);
    if (slice.asked.size === 0) return;
    // Whoever has it in hand as well, here, need not go on.
    for (const other of slice.asked)
      for (const ask of this.#asksOf(other)) if (ask.slice === slice) this.#unneeded(ask);
  }

  #unneeded(ask: Ask): void {
    this.#late.delete(ask);
    if (ask.ticket !== 0) this.#dropOwn(ask);
  }

  #dropOwn(ask: Ask): void {
    this.#settle(ask);
    this.#labour.drop(ask.ticket);
  }

  /** It was refused, or came to nothing. */
  #fail(ask: Ask): void {
    this.#pool.rest(ask.worker);
    this.#move(ask, "failed");
  }

  #failed(ask: Ask, because: "lost" | "late"): void {
    if (ask.isSettled) return;
    this.#settle(ask);
    this.#move(ask, because);
  }

  /** The worker owes it no more. */
  #settle(ask: Ask): void {
    if (ask.isSettled) return;
    const { worker, slice, work, isLate } = ask;
    ask.isSettled = true;
    this.#late.delete(ask);
    this.#asks.get(worker)?.delete(ask);
    slice.asked.delete(worker);
    worker.outstanding -= work;
    worker.inHand -= 1;
    if (isLate) worker.late -= 1;
  }

  /** Asks for a slice elsewhere, unless it is asked elsewhere already. */
  #move({ slice, worker }: Ask, because: "lost" | "late" | "failed"): void {
    worker.failures += 1;
    if (slice.isCounted || slice.round.isOver || slice.asked.size > 0) return;
    slice.movedFrom = { peer: worker.peer, because };
    if (!slice.round.waiting.includes(slice)) slice.round.waiting.push(slice);
  }

  #asksOf(worker: Worker): Set<Ask> {
    let asks = this.#asks.get(worker);
    if (asks === undefined) {
      asks = new Set();
      this.#asks.set(worker, asks);
    }
    return asks;
  }

  #latenessOf(job: JobId): Lateness {
    let lateness = this.#lateness.get(job);
    if (lateness === undefined) {
      lateness = new Lateness();
      this.#lateness.set(job, lateness);
    }
    return lateness;
  }
}
