import type { JobId, JobState } from "../core/job.ts";

/** How a job stands. */
export interface Standing {
  readonly job: JobId;
  readonly turn: number;
  /** Live cells at that turn. */
  readonly alive: number;
  readonly state: JobState;
  /** Of whoever said so; the next in office has a later one. */
  readonly term: number;
}

/** That of an answer, without what else is in it. */
export function standingOf({ job, turn, alive, state, term }: Standing): Standing {
  return { job, turn, alive, state, term };
}
