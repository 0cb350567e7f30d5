import { rowsOf } from "../../core/board.ts";
import type { BrokerOperation, JobId } from "../../core/job.ts";
import { isEnded, type JobRow } from "../../core/job.ts";
import type { Answer } from "../../core/request.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import { Beginnings } from "./beginning.ts";
import type { Call } from "./call.ts";
import { rowsInMessage } from "./cutting.ts";
import { type Ground, rowOf } from "./ground.ts";
import type { Handing } from "./handing.ts";
import { Job, type Sight } from "./job.ts";
import type { Keeping } from "./keeping.ts";
import { error, type Labour } from "./labour.ts";
import type { JobView } from "./message.ts";
import type { Pool } from "./pool.ts";

/** Whoever asks for what comes after a turn is answered after so long in any case, ms. */
const COUNT_PATIENCE_MS = 1000;

const NEVER = Number.POSITIVE_INFINITY;

type Asked<K extends JobRequest["kind"]> = Extract<JobRequest, { readonly kind: K }>;

/** What a tenure works with. */
interface Parts {
  readonly keeping: Keeping;
  readonly handing: Handing;
  readonly pool: Pool;
  readonly labour: Labour;
}

/** One term in office: the jobs of the order, and what is asked of them. */
export class Tenure {
  readonly term: number;
  /** Until when this peer may answer programs, monotonic ms. */
  until: number;
  readonly #ground: Ground;
  readonly #parts: Parts;
  readonly #beginnings: Beginnings;
  readonly #jobs = new Map<JobId, Job>();
  /** When those are answered who wait for a turn that does not come. */
  #answerAt = NEVER;

  constructor(ground: Ground, term: number, until: number, parts: Parts) {
    this.#ground = ground;
    this.term = term;
    this.until = until;
    this.#parts = parts;
    this.#beginnings = new Beginnings(ground, parts.keeping, term);
    for (const row of ground.table.jobs) this.#add(row, true);
  }

  /** When something is to be done, the end of the lease included, monotonic ms. */
  get deadline(): number {
    let earliest = Math.min(this.until, this.#answerAt, this.#beginnings.deadline);
    for (const job of this.#jobs.values()) earliest = Math.min(earliest, job.deadline);
    return earliest;
  }

  /** What is seen of a job, 0 for the latest; null while there is nothing to see. */
  sight(id: JobId): Sight | null {
    return this.#jobOf(id)?.sight() ?? null;
  }

  view(): readonly JobView[] {
    return [...this.#jobs.values()].map((job) => job.view());
  }

  /** Does what a call asks for. It is answered now or later. */
  take(call: Call): void {
    const { request } = call;
    switch (request.kind) {
      case "ping":
        return call.answer(request);
      case "quit":
        return call.answer({ kind: "quit", term: this.term });
      case "process-gol":
        return this.#beginnings.begin(call, request);
      case "process-slice":
        return this.#compute(call, request);
      case "subscribe":
      case "unsubscribe":
        return call.answer(error("refused", "only peers work for the pool"));
      default:
        return this.#takeFor(call, request);
    }
  }

  /** The order holds something else. */
  update(): void {
    const { jobs } = this.#ground.table;
    for (const row of jobs) {
      const job = this.#jobs.get(row.id);
      if (job === undefined) this.#add(row, false);
      else if (job.row !== row) job.update(row);
    }
    if (this.#jobs.size === jobs.length) return;
    const ids = new Set(jobs.map(({ id }) => id));
    for (const [id, job] of this.#jobs) {
      if (ids.has(id)) continue;
      job.close();
      this.#jobs.delete(id);
    }
  }

  /** The order has answered something. */
  answered(request: BrokerOperation, answer: Answer): void {
    if (request.kind === "begin-job") this.#beginnings.answered(request, answer);
    else if (request.kind === "mark-job" && request.term === this.term && answer.kind === "error")
      this.#jobs.get(request.job)?.refused(request);
  }

  /** Does what is to be done by now. */
  settle(): void {
    this.#beginnings.settle();
    if (this.#answerAt <= this.#ground.now) {
      this.#answerAt = NEVER;
      for (const job of this.#jobs.values()) job.change();
    }
    for (const job of this.#jobs.values()) job.settle();
  }

  /** It is over: nothing goes on here. */
  close(): void {
    this.#beginnings.close();
    for (const job of this.#jobs.values()) job.close();
    this.#parts.keeping.endAll();
  }

  /** Computes a slice of whoever asks, for as long as somebody waits for it: its rows are held for no longer. */
  #compute(call: Call, request: Asked<"process-slice">): void {
    const { labour } = this.#parts;
    call.hasBegun = true;
    const ticket = labour.take(request, null, (answer) => call.answer(answer));
    call.onDone(() => labour.drop(ticket));
  }

  #add(row: JobRow, isInherited: boolean): void {
    this.#jobs.set(row.id, new Job(this.#ground, this.term, row, isInherited, this.#parts));
  }

  #jobOf(id: JobId): Job | undefined {
    const row = rowOf(this.#ground.table, id);
    return row === undefined ? undefined : this.#jobs.get(row.id);
  }

  #takeFor(call: Call, request: Asked<"count-alive" | "flip" | "pause" | "screenshot" | "kill">): void {
    const job = this.#jobOf(request.job);
    if (job === undefined) {
      const text = request.job === 0 ? "there is no job" : `there is no job ${request.job}`;
      return call.answer(error("no-job", text));
    }
    switch (request.kind) {
      case "count-alive":
        return this.#countAlive(call, request, job);
      case "screenshot":
        return this.#screenshot(call, request, job);
      case "kill":
        if (isEnded(job.row)) return call.answer({ kind: "kill", ...job.standing() });
        call.hasBegun = true;
        return job.turnTo("killed", call);
      default: {
        const refusal = refusalOf(job);
        if (refusal !== null) return call.answer(refusal);
        return request.kind === "flip" ? this.#flip(call, request, job) : this.#pause(call, request, job);
      }
    }
  }

  #countAlive(call: Call, { since }: Asked<"count-alive">, job: Job): void {
    const { now } = this.#ground;
    const answerAt = now + COUNT_PATIENCE_MS;
    const isBeyond = (): boolean => since === null || job.turn > since || job.row.state !== "running";
    const answer = (): JobAnswer => ({ kind: "count-alive", ...job.standing() });
    if (isBeyond()) return call.answer(answer());
    this.#answerAt = Math.min(this.#answerAt, answerAt);
    job.answerWhen(call, () => isBeyond() || this.#isDue(answerAt), answer);
  }

  /** Whether a time has come; if not, this peer is woken by then. */
  #isDue(at: number): boolean {
    if (this.#ground.now >= at) return true;
    this.#answerAt = Math.min(this.#answerAt, at);
    return false;
  }

  #screenshot(call: Call, request: Asked<"screenshot">, job: Job): void {
    const { size } = job.row;
    const { y, rows } = request.rows ?? { y: 0, rows: size };
    if (rows === 0 || y + rows > size)
      return call.answer(error("refused", `rows ${y} to ${y + rows} of a board of ${size}`));
    if (call.asker !== "program" && rows > rowsInMessage(size))
      return call.answer(error("refused", `${rows} rows are too many for one answer, ${rowsInMessage(size)} may be`));
    const answer = (): JobAnswer => {
      const board = job.board();
      if (board === null) return error("timed-out", "the board is not here");
      return { kind: "screenshot", ...job.standing(), y, rows, band: rowsOf(board, y, rows) };
    };
    if (job.board() !== null) return call.answer(answer());
    job.answerWhen(call, () => job.board() !== null, answer);
  }

  #flip(call: Call, { board }: Asked<"flip">, job: Job): void {
    const { size, state } = job.row;
    if (board.size !== size || board.rows !== size)
      return call.answer(error("refused", `cells of a board of ${board.size}, but job ${job.row.id} has ${size}`));
    if (state !== "paused" || job.intent !== "paused" || job.isStepping)
      return call.answer(error("refused", `job ${job.row.id} is ${state}: pause it first`));
    call.hasBegun = true;
    if (!job.flip(board, call)) call.answer(error("busy", "the board is not here yet: try again"));
  }

  #pause(call: Call, { action, turns }: Asked<"pause">, job: Job): void {
    const { state, id } = job.row;
    if (action === "step") {
      if (state !== "paused" || job.intent !== "paused")
        return call.answer(error("refused", `job ${id} is ${state}: pause it first`));
      if (job.isStepping) return call.answer(error("busy", `job ${id} goes some turns already`));
      call.hasBegun = true;
      return job.step(turns, call);
    }
    const intent = wantedState(action, job);
    if (job.intent === intent && state === intent && !job.isStepping)
      return call.answer({ kind: "pause", ...job.standing() });
    call.hasBegun = true;
    return job.turnTo(intent, call);
  }
}

function wantedState(action: "pause" | "resume" | "toggle", job: Job): "running" | "paused" {
  if (action === "toggle") return job.intent === "running" ? "paused" : "running";
  return action === "pause" ? "paused" : "running";
}

/** Why nothing can be done with a job that has ended, or is about to; null where it has not. */
function refusalOf({ row: { id, state }, intent }: Job): ReturnType<typeof error> | null {
  if (!isEnded({ state }) && !isEnded({ state: intent })) return null;
  return error("refused", `job ${id} is ${isEnded({ state }) ? state : intent}`);
}
