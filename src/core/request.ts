import type { BrokerOperation, JobId } from "./job.ts";
import type { LockClaim } from "./lock.ts";
import type { SessionId } from "./protocol.ts";

/** Longest name of a file, and longest key of a value, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 255;

/** Most data of one append, and the longest value, in bytes of UTF-8. */
export const MAX_DATA_BYTES = 65_536;

/** Largest file, in bytes of UTF-8: what one answer between peers carries. */
export const MAX_FILE_BYTES = 524_288;

/** Operations in one atomic list, at most. */
export const MAX_ATOMIC = 256;

/** Largest command in a total order, in bytes as it is encoded. */
export const MAX_COMMAND_BYTES = 262_144;

/** A write may ask for a time so far ahead of the store's clock, at most. */
export const MAX_AHEAD = 2 ** 32;

/** What a client asks of one file; also what an atomic list is made of. */
export type FileOperation =
  | { readonly kind: "create"; readonly name: string }
  | { readonly kind: "delete"; readonly name: string }
  | { readonly kind: "append"; readonly name: string; readonly data: string }
  | { readonly kind: "read"; readonly name: string };

/** What clients ask for that changes the state, and so goes through the total order. */
export type Operation =
  | Exclude<FileOperation, { readonly kind: "read" }>
  /** All or nothing. */
  | { readonly kind: "atomic"; readonly operations: readonly FileOperation[] }
  /** `time`: the Lamport time of the request; the write is later than that. */
  | { readonly kind: "write"; readonly key: string; readonly value: string; readonly time: number }
  | { readonly kind: "open-session" };

/** What peers ask of the locks in the total order; no client says these. */
export type LockOperation =
  /** Hold it, or wait for it, for `leaseMs` at a time. */
  | ({ readonly kind: "acquire-lock"; readonly name: string; readonly leaseMs: number } & LockClaim)
  /** Hold it for as long again, where `token` still does. */
  | { readonly kind: "renew-lock"; readonly name: string; readonly token: number }
  /** Hold it, or wait for it, no more. */
  | ({ readonly kind: "release-lock"; readonly name: string } & LockClaim)
  /** It was not renewed in time, where it was renewed so often and not since. */
  | { readonly kind: "expire-lock"; readonly name: string; readonly token: number; readonly renewals: number };

/** What goes through the total order. */
export type OrderedOperation = Operation | OwnOperation;

/** What protocols of a peer put there for themselves. */
export type OwnOperation = LockOperation | BrokerOperation;

/** What only looks at the state. */
export type Query =
  | { readonly kind: "read"; readonly name: string }
  /** The version named, else the newest not after `time`, else the latest. */
  | {
      readonly kind: "read-value";
      readonly key: string;
      readonly version: string | null;
      readonly time: number | null;
    }
  | { readonly kind: "list" }
  /** Whether a session is known: what resuming it asks. */
  | { readonly kind: "resume-session"; readonly session: number };

/** What a client may have said in one line of the client dialect (wire document, "Client dialect"). */
export type Request =
  | Operation
  | Query
  /** Applied once in the session of its connection, however often it is said. */
  | { readonly kind: "do"; readonly sequence: number; readonly request: Operation | Query }
  /** Answered when its connection holds the lock. */
  | { readonly kind: "lock"; readonly name: string }
  | { readonly kind: "unlock"; readonly name: string }
  | { readonly kind: "ping" }
  | { readonly kind: "exit" }
  /** Well-formed, but none of these. */
  | { readonly kind: "unknown" }
  /** No request at all, and what is wrong with it. */
  | { readonly kind: "malformed"; readonly reason: string };

/** What the clients on some connections said, in one go. */
export type Asked = readonly { readonly session: SessionId; readonly requests: readonly Request[] }[];

/** Why an operation failed. */
export type ErrorCode =
  /** Create of a file that is there. */
  | "exists"
  /** A file that is not there. */
  | "not-found"
  /** A name, key, data, value or list beyond its limit. */
  | "too-large"
  /** The store holds as much as it may. */
  | "full"
  /** A request time too far ahead of the store's clock. */
  | "too-far-ahead"
  | "malformed"
  /** The session is not known any more: what was asked in it may have happened. */
  | "session-expired"
  /** "Do" without a session. */
  | "no-session"
  /** What was answered to so old a request is not kept any more. */
  | "answer-forgotten"
  /** Nobody leads. */
  | "no-leader"
  /** Too much is under way. */
  | "busy"
  /** No outcome by the deadline. */
  | "timed-out"
  /** The leader changed while the operation was under way. */
  | "leader-lost"
  /** A lock that was held is held no more. */
  | "lock-lost"
  /** Said in a term that is not in office. */
  | "not-in-office";

/** What a client is answered. */
export type Answer =
  /** For people; of a read, the content as it is. */
  | { readonly kind: "display"; readonly text: string }
  | { readonly kind: "pong"; readonly text: string }
  | { readonly kind: "written-at"; readonly time: number }
  | {
      readonly kind: "value";
      readonly found: { readonly key: string; readonly value: string; readonly writtenAt: number } | null;
    }
  | { readonly kind: "session"; readonly session: number }
  /** The lock is held; `token` is greater than that of whoever held it before. */
  | { readonly kind: "locked"; readonly name: string; readonly token: number }
  /** A job has begun. */
  | { readonly kind: "job"; readonly job: JobId }
  | { readonly kind: "unknown" }
  /** `definite`: it definitely did not happen; else it may have. */
  | { readonly kind: "error"; readonly code: ErrorCode; readonly message: string; readonly definite: boolean };

/** An error as an answer. */
export function failed(code: ErrorCode, message: string, definite: boolean): Extract<Answer, { kind: "error" }> {
  return { kind: "error", code, message, definite };
}

/** Whether a request only looks. */
export function isQuery(request: OrderedOperation | Query): request is Query {
  switch (request.kind) {
    case "read":
    case "read-value":
    case "list":
    case "resume-session":
      return true;
    default:
      return false;
  }
}

/** Whether a request is an operation of the locks. */
export function isLockOperation(request: OrderedOperation | Query): request is LockOperation {
  switch (request.kind) {
    case "acquire-lock":
    case "renew-lock":
    case "release-lock":
    case "expire-lock":
      return true;
    default:
      return false;
  }
}

/** Whether a request is an operation of the broker. */
export function isBrokerOperation(request: OrderedOperation | Query): request is BrokerOperation {
  switch (request.kind) {
    case "take-office":
    case "leave-office":
    case "begin-job":
    case "mark-job":
      return true;
    default:
      return false;
  }
}
