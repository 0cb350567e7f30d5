import type { JobErrorCode } from "../wire/job-error.ts";

/** Why a request has no answer: the code of the pool's ERROR, or one of the client itself. */
export type PoolErrorCode =
  | JobErrorCode
  /** Nobody answers at the address. */
  | "unreachable"
  /** The connection was lost with the request under way. */
  | "connection-lost"
  /** The client was closed meanwhile. */
  | "closed"
  /** What answers there answers something else. */
  | "not-understood";

/** A request failed. The message is one line, in which a peer may have written whatever it likes. */
export class PoolError extends Error {
  override readonly name = "PoolError";
  readonly code: PoolErrorCode;
  /** Whether what was asked for may have happened, or may yet; else it definitely did not and will not. */
  readonly mayHaveHappened: boolean;

  constructor(code: PoolErrorCode, message: string, mayHaveHappened: boolean) {
    super(message);
    this.code = code;
    this.mayHaveHappened = mayHaveHappened;
  }
}
