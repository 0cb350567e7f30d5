import type { JobAnswer, JobRequest } from "../wire/job-message.ts";
import { PoolError, type PoolErrorCode } from "./pool-error.ts";

/** What a request is answered; of a PING its bytes alone, as a closure that takes them out would cost more than the rest. */
export type Answered = Exclude<JobAnswer, { readonly kind: "ping" }> | Uint8Array;

/**
 * A request on its way to the pool, from when it was asked until its outcome. Many of them wait at a time, so it is to be
 * small.
 */
export class PoolCall {
  readonly request: JobRequest;
  /** Whether to ask again harms nobody. */
  readonly isRepeatable: boolean;
  /** Monotonic ms. */
  readonly deadline: number;
  /** Whether it was sent and nobody has said that it did not happen. */
  isInDoubt = false;
  readonly #resolve: (answer: Answered) => void;
  readonly #reject: (error: PoolError) => void;

  constructor(
    request: JobRequest,
    isRepeatable: boolean,
    deadline: number,
    resolve: (answer: Answered) => void,
    reject: (error: PoolError) => void,
  ) {
    this.request = request;
    this.isRepeatable = isRepeatable;
    this.deadline = deadline;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** It is answered as it should be. */
  resolve(answer: JobAnswer): void {
    this.#resolve(answer.kind === "ping" ? answer.data : answer);
  }

  /** It has failed for good. */
  fail(code: PoolErrorCode, message: string): void {
    this.#reject(new PoolError(code, message, this.isInDoubt));
  }
}
