import type { JobState } from "../../core/job.ts";

/** How a job stands, as far as the program that began it was told. */
export interface Followed {
  readonly job: number;
  readonly turn: number;
  readonly alive: number;
  readonly state: JobState;
  /** Whether it has seen the board of the last turn, and found it right. */
  readonly isProven: boolean;
}
