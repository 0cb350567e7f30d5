import { type Band, countAlive } from "../../core/board.ts";
import { type BrokerOperation, isEnded, MAX_JOB_CELLS, MAX_JOBS } from "../../core/job.ts";
import type { Answer } from "../../core/request.ts";
import type { JobRequest } from "../../wire/job-message.ts";
import type { Call } from "./call.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Ground } from "./ground.ts";
import type { Keeping } from "./keeping.ts";
import { error } from "./labour.ts";

type BeginJob = Extract<BrokerOperation, { readonly kind: "begin-job" }>;
type ProcessGol = Extract<JobRequest, { readonly kind: "process-gol" }>;

/**
 * To name a board of this side or more keeps the peer from all else for so long that its lease might end meanwhile. So it is
 * renewed first: the board waits, ms.
 */
const LARGE_SIZE = 4096;
const BREATH_MS = 40;

/** A call whose board is not named yet. */
interface Resting {
  readonly call: Call;
  readonly asked: ProcessGol;
  /** Monotonic ms. */
  readonly until: number;
}

/** A job that is to begin: its board goes to a majority first, then it is submitted. */
interface Beginning {
  readonly call: Call;
  readonly request: BeginJob;
  readonly checkpoint: Checkpoint;
  isSubmitted: boolean;
}

/** Jobs that are to begin. */
export class Beginnings {
  readonly #ground: Ground;
  readonly #keeping: Keeping;
  readonly #term: number;
  #open: readonly Beginning[] = [];
  /** In the order in which they came. */
  #resting: readonly Resting[] = [];

  constructor(ground: Ground, keeping: Keeping, term: number) {
    this.#ground = ground;
    this.#keeping = keeping;
    this.#term = term;
  }

  /** When a board that waits is to be named, monotonic ms. */
  get deadline(): number {
    return this.#resting[0]?.until ?? Number.POSITIVE_INFINITY;
  }

  /** Begins a job, or says why not. */
  begin(call: Call, asked: ProcessGol): void {
    if (asked.board.size < LARGE_SIZE) return this.#begin(call, asked);
    // One after the other: each would take as long.
    const since = Math.max(this.#ground.now, this.#resting.at(-1)?.until ?? 0);
    this.#resting = [...this.#resting, { call, asked, until: since + BREATH_MS }];
  }

  #begin(call: Call, { topology, turns, pace, board }: ProcessGol): void {
    const refusal = this.#refusal(board);
    if (refusal !== null) return call.answer(refusal);
    call.hasBegun = true;
    const { size } = board;
    const alive = countAlive(board);
    const checkpoint = this.#keeping.begin({ term: this.#term, job: 0, turn: 0 }, board, alive);
    const mark = { turn: 0, alive, hash: checkpoint.board.hash };
    const request: BeginJob = { kind: "begin-job", term: this.#term, size, topology, turns, pace, mark };
    this.#open = [...this.#open, { call, request, checkpoint, isSubmitted: false }];
  }

  /** Submits those whose board is safe; forgets those that nobody waits for any more. */
  settle(): void {
    for (let [first] = this.#resting; first !== undefined && first.until <= this.#ground.now; [first] = this.#resting) {
      this.#resting = this.#resting.slice(1);
      if (!first.call.isDone) this.#begin(first.call, first.asked);
    }
    for (const beginning of this.#open) {
      if (beginning.isSubmitted) continue;
      if (beginning.call.isDone) this.#end(beginning);
      else if (beginning.checkpoint.isSafe) {
        beginning.isSubmitted = true;
        this.#ground.effects.event({ kind: "submit-broker", request: beginning.request });
      }
    }
  }

  /** The order has answered one of them. */
  answered(request: BeginJob, answer: Answer): void {
    const beginning = this.#open.find((each) => each.isSubmitted && isSame(each.request, request));
    if (beginning === undefined) return;
    this.#end(beginning);
    const { call } = beginning;
    if (answer.kind === "job") {
      const { size, turns, mark } = request;
      this.#ground.effects.event({ kind: "job-begun", job: answer.job, size, turns, alive: mark.alive });
      call.answer({ kind: "process-gol", term: this.#term, job: answer.job });
    } else if (answer.kind === "error") {
      call.answer(answer.definite ? error("refused", answer.message) : error("timed-out", answer.message));
    }
  }

  /** Another is in office. */
  close(): void {
    for (const { checkpoint } of this.#open) this.#keeping.end(checkpoint);
    this.#open = [];
    this.#resting = [];
  }

  #end(beginning: Beginning): void {
    this.#keeping.end(beginning.checkpoint);
    this.#open = this.#open.filter((each) => each !== beginning);
  }

  /** What the order would not take need not be brought anywhere. */
  #refusal({ size, rows }: Band): ReturnType<typeof error> | null {
    if (rows !== size) return error("malformed", `a board of ${rows} rows and ${size} columns`);
    const open = this.#ground.table.jobs.filter((job) => !isEnded(job));
    const begun = this.#open.map(({ request }) => request);
    const count = open.length + begun.length;
    if (count >= MAX_JOBS) return error("busy", `${count} jobs are under way, ${MAX_JOBS} may be: end one of them`);
    const cells = [...open, ...begun].reduce((sum, job) => sum + job.size ** 2, size ** 2);
    if (cells > MAX_JOB_CELLS)
      return error("busy", `the boards of all jobs would have ${cells} cells: end one of them`);
    return null;
  }
}

/** Whether two ask for the same: of such, it does not matter which is answered first. */
function isSame(one: BeginJob, other: BeginJob): boolean {
  return (
    one.term === other.term &&
    one.size === other.size &&
    one.topology === other.topology &&
    one.turns === other.turns &&
    one.pace === other.pace &&
    one.mark.hash === other.mark.hash
  );
}
