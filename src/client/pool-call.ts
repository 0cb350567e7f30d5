import type { JobAnswer, JobRequest } from "../wire/job-message.ts";
import { PoolError, type PoolErrorCode } from "./pool-error.ts";

/** What becomes of a request. */
interface Outcome {
  readonly resolve: (answer: JobAnswer) => void;
  readonly reject: (error: PoolError) => void;
}

/** A request on its way to the pool, from when it was asked until its outcome. */
export class PoolCall {
  readonly request: JobRequest;
  /** Whether to ask again harms nobody. */
  readonly isRepeatable: boolean;
  /** Monotonic ms. */
  readonly deadline: number;
  /** Whether it was sent and nobody has said that it did not happen. */
  isInDoubt = false;
  readonly #outcome: Outcome;

  constructor(request: JobRequest, isRepeatable: boolean, deadline: number, outcome: Outcome) {
    this.request = request;
    this.isRepeatable = isRepeatable;
    this.deadline = deadline;
    this.#outcome = outcome;
  }

  /** It is answered as it should be. */
  resolve(answer: JobAnswer): void {
    this.#outcome.resolve(answer);
  }

  /** It has failed for good. */
  fail(code: PoolErrorCode, message: string): void {
    this.#outcome.reject(new PoolError(code, message, this.isInDoubt));
  }
}
