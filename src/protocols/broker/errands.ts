import type { PeerId } from "../../core/peer-id.ts";
import { band } from "../../wire/band.ts";
import { encode } from "../../wire/codec.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import type { Asking } from "./asking.ts";
import { type Call, OpenCalls } from "./call.ts";
import { MAX_CELL_BYTES } from "./cutting.ts";
import type { Ground } from "./ground.ts";
import { error } from "./labour.ts";

/** Whoever was turned away asks again after so long, ms. */
const RETRY_MS = 100;

/** Errands of one peer at a time, at most. */
const MAX_ERRANDS = 1024;

const NEVER = Number.POSITIVE_INFINITY;

/** What people at this peer ask of whoever is in office, where that is another: asked of the leader until it is answered. */
export class Errands {
  readonly #ground: Ground;
  readonly #asking: Asking;
  readonly #open = new OpenCalls();
  /** Those that are asked of nobody at the moment. */
  #waiting: Call[] = [];
  #retryAt = NEVER;

  constructor(ground: Ground, asking: Asking) {
    this.#ground = ground;
    this.#asking = asking;
  }

  get size(): number {
    return this.#open.size;
  }

  /** When something is asked again, or takes too long, monotonic ms. */
  get deadline(): number {
    return Math.min(this.#retryAt, this.#open.deadline);
  }

  /** Takes one on. */
  take(call: Call): void {
    if (this.#open.size >= MAX_ERRANDS) return call.answer(error("busy", `${this.#open.size} requests are under way`));
    this.#open.add(call);
    this.#waiting.push(call);
  }

  /** Asks what waits, as far as the leader can be reached; those that are for this peer itself are handed to `here`. */
  settle(leader: PeerId | null, here: (call: Call) => void): void {
    const { now, options, linked } = this.#ground;
    if (this.#retryAt <= now) this.#retryAt = NEVER;
    if (this.#retryAt !== NEVER || this.#waiting.length === 0) return;
    if (leader === null || (leader !== options.peer && !linked.has(leader))) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) {
      if (call.isDone) continue;
      if (leader === options.peer) here(call);
      else this.#send(leader, call);
    }
  }

  /** There may be another leader, or a way to it: what waits is asked at once. */
  retry(): void {
    if (this.#retryAt !== NEVER) this.#retryAt = this.#ground.now;
  }

  /** Time has passed. */
  pass(): void {
    const afterMs = this.#ground.options.requestTimeoutMs;
    for (const call of this.#open.expire(this.#ground.now))
      call.answer(
        call.hasBegun
          ? error("timed-out", `no outcome for ${afterMs} ms`)
          : error("no-leader", `nobody in office could be asked for ${afterMs} ms`),
      );
  }

  #send(leader: PeerId, call: Call): void {
    if (!fits(call.request))
      return call.answer(error("refused", "the board is too large to be sent on: ask the leader"));
    call.hasBegun = true;
    const isAsked = this.#asking.ask(leader, call.request, call.deadline, {
      answered: (answer) => this.#answered(call, answer),
      failed: (because) => {
        if (because === "late") return;
        // Nobody knows whether it was done: only what may be done twice is asked once more.
        if (mayBeRepeated(call.request)) this.#wait(call);
        else call.answer(error("office-lost", "the leader was lost meanwhile: it may have happened"));
      },
    });
    if (!isAsked) this.#wait(call);
  }

  #answered(call: Call, answer: JobAnswer): void {
    if (answer.kind === "error" && (answer.code === "elsewhere" || answer.code === "no-leader")) this.#wait(call);
    else if (answer.kind === "error" && answer.code === "office-lost" && mayBeRepeated(call.request)) this.#wait(call);
    else call.answer(answer);
  }

  #wait(call: Call): void {
    if (call.isDone) return;
    call.hasBegun = false;
    this.#waiting.push(call);
    this.#retryAt = this.#ground.now + RETRY_MS;
  }
}

/** Whether it comes to the same however often it is done. */
function mayBeRepeated(request: JobRequest): boolean {
  switch (request.kind) {
    case "count-alive":
    case "screenshot":
    case "kill":
    case "ping":
      return true;
    case "pause":
      return request.action === "pause" || request.action === "resume";
    default:
      return false;
  }
}

/** Whether it fits one message between peers. */
function fits(request: JobRequest): boolean {
  if (!("board" in request)) return true;
  const { board } = request;
  const most = (board.rows * board.size) / 8;
  return most <= MAX_CELL_BYTES || encode(band(board.size, board.rows), board).length <= MAX_CELL_BYTES;
}
