import {
  type BrokerOperation,
  type BrokerTable,
  isEnded,
  type JobRow,
  MAX_ENDED_JOBS,
  MAX_JOB_CELLS,
  MAX_JOBS,
  type OfficeHolder,
  type OfficeRow,
} from "../core/job.ts";
import { type Answer, failed } from "../core/request.ts";
import { bool, list, optional, struct, u32, u64 } from "../wire/codec.ts";
import { peerId } from "../wire/identity.ts";
import type { Reader } from "../wire/reader.ts";
import { jobRow } from "../wire/request.ts";
import type { Writer } from "../wire/writer.ts";
import type { Refusal } from "./refusals.ts";

type Named<K extends BrokerOperation["kind"]> = Extract<BrokerOperation, { kind: K }>;

const holder = { holder: peerId, term: u64, leaseMs: u32, released: bool };

const saved = struct({
  office: optional(struct({ ...holder, predecessor: optional(struct(holder)) })),
  jobs: list(jobRow, MAX_JOBS + MAX_ENDED_JOBS),
});

/**
 * Who holds the office, and the jobs: what the next leader goes on from. Rows are values: they are replaced, never changed.
 *
 * Safety: terms of the office only grow, and what is said in a term that is not in office changes nothing; so whoever was
 * superseded, whether it knows or not, marks nothing more. A mark never goes back.
 */
export class BrokerRows {
  #table: BrokerTable = { office: null, jobs: [] };

  /** All of it. */
  get table(): BrokerTable {
    return this.#table;
  }

  /** Whether there is nothing to save. */
  get isBlank(): boolean {
    return this.#table.office === null && this.#table.jobs.length === 0;
  }

  /** Does what an operation asks for, or nothing where the answer is an error. */
  run(operation: BrokerOperation, index: number): Answer {
    switch (operation.kind) {
      case "take-office":
        return this.#take(operation);
      case "leave-office":
        return this.#leave(operation);
      case "begin-job":
        return this.#refuse(operation.term) ?? this.#begin(operation, index);
      case "mark-job":
        return this.#refuse(operation.term) ?? this.#mark(operation);
    }
  }

  /** Writes all of it. */
  save(writer: Writer): void {
    saved.write(writer, this.#table);
  }

  /** Takes what was saved. Trouble is left in `reader.failure`. */
  load(reader: Reader): void {
    this.#table = saved.read(reader);
    const { jobs } = this.#table;
    if (jobs.some((job, at) => at > 0 && job.id <= (jobs[at - 1] as JobRow).id)) reader.fail("jobs out of order");
  }

  #take({ holder, term, leaseMs }: Named<"take-office">): Answer {
    const { office } = this.#table;
    if (office !== null && term < office.term) return superseded(term, office);
    if (office?.term === term) {
      return office.holder === holder ? display("in office") : superseded(term, office);
    }
    this.#setOffice({
      holder,
      term,
      leaseMs,
      released: false,
      predecessor: office === null ? null : lastHolder(office),
    });
    return display("in office");
  }

  #leave({ holder, term }: Named<"leave-office">): Answer {
    const { office } = this.#table;
    const isIt = (each: OfficeHolder): boolean => each.holder === holder && each.term === term;
    if (office !== null && isIt(office)) this.#setOffice({ ...office, released: true });
    else if (office !== null && office.predecessor !== null && isIt(office.predecessor)) {
      this.#setOffice({ ...office, predecessor: { ...office.predecessor, released: true } });
    }
    return display("out of office");
  }

  /** Why nothing may be done in a term; undefined where it may. */
  #refuse(term: number): Refusal | undefined {
    const { office } = this.#table;
    if (office?.term === term && !office.released) return undefined;
    return superseded(term, office);
  }

  #begin({ size, topology, turns, pace, mark }: Named<"begin-job">, index: number): Answer {
    const open = this.#table.jobs.filter((job) => !isEnded(job));
    if (open.length >= MAX_JOBS) return failed("full", `${MAX_JOBS} jobs are under way: no more may be`, true);
    const taken = open.reduce((sum, job) => sum + job.size ** 2, 0);
    if (taken + size ** 2 > MAX_JOB_CELLS) return failed("full", "the boards of all jobs would be too large", true);
    const state = turns !== null && mark.turn >= turns ? "finished" : "running";
    this.#setJobs([...this.#table.jobs, { id: index, size, topology, turns, pace, state, mark }]);
    return { kind: "job", job: index };
  }

  #mark({ job: id, state, mark }: Named<"mark-job">): Answer {
    const row = this.#table.jobs.find((job) => job.id === id);
    if (row === undefined) return failed("not-found", `there is no job ${id}`, true);
    if (isEnded(row)) return failed("not-found", `job ${id} is ${row.state}`, true);
    if (mark.turn < row.mark.turn) return failed("exists", `job ${id} is at turn ${row.mark.turn} already`, true);
    this.#setJobs(this.#table.jobs.map((job) => (job === row ? { ...row, state, mark } : job)));
    return { kind: "job", job: id };
  }

  #setOffice(office: OfficeRow): void {
    this.#table = { ...this.#table, office };
  }

  /** Of those that have ended, the latest are remembered. */
  #setJobs(jobs: readonly JobRow[]): void {
    const forgotten = new Set(jobs.filter(isEnded).slice(0, -MAX_ENDED_JOBS));
    this.#table = { ...this.#table, jobs: jobs.filter((job) => !forgotten.has(job)) };
  }
}

/** An office that is over. Whoever held it may have gone while it still waited for a longer lease than its own. */
function lastHolder({ predecessor: before, ...office }: OfficeRow): OfficeHolder {
  const earlierMs = before === null || before.released ? 0 : before.leaseMs;
  return { ...office, leaseMs: Math.max(office.leaseMs, earlierMs) };
}

function superseded(term: number, office: OfficeRow | null): Refusal {
  const who = office === null ? "nobody is in office" : `term ${office.term} is in office`;
  return failed("not-in-office", `said in term ${term}, but ${who}`, true);
}

function display(text: string): Answer {
  return { kind: "display", text };
}
