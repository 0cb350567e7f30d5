import type { ErrorCode } from "../core/request.ts";

/** Why a request has no answer: the code of a peer's error, or one of the client itself. */
export type StoreErrorCode =
  | ErrorCode
  /** No address leads to a peer. */
  | "unreachable"
  /** The client was closed meanwhile. */
  | "closed"
  /** The peer answers what is no answer to the request. */
  | "not-understood";

/** A request failed. The message is one line, in which a peer may have written whatever it likes. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** Whether what was asked for definitely did not happen; else it may have, or may yet. */
  readonly definite: boolean;

  constructor(code: StoreErrorCode, message: string, definite: boolean) {
    super(message);
    this.code = code;
    this.definite = definite;
  }
}
