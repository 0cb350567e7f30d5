import { MAX_BOARD_SIZE, MIN_BOARD_SIZE, TOPOLOGIES } from "../core/board.ts";
import { JOB_STATES, type JobRow } from "../core/job.ts";
import { isLockName, MAX_LOCK_NAME_BYTES } from "../core/lock.ts";
import {
  type Answer,
  type ErrorCode,
  type FileOperation,
  MAX_ATOMIC,
  MAX_COMMAND_BYTES,
  MAX_DATA_BYTES,
  MAX_FILE_BYTES,
  MAX_KEY_BYTES,
  type OrderedOperation,
  type Query,
} from "../core/request.ts";
import type { Command, Once } from "../core/total-order.ts";
import {
  bool,
  type Codec,
  choice,
  list,
  mapped,
  optional,
  struct,
  text,
  u16,
  u32,
  u64,
  union,
  variant,
} from "./codec.ts";
import { peerId } from "./identity.ts";

/** Longest message of an error, in bytes. */
const MAX_MESSAGE_BYTES = 1024;

/** Digits of a fingerprint. */
const HASH_DIGITS = 16;

/** Longest text for people in one answer: a file, or what an atomic list has to tell. */
const MAX_DISPLAY_BYTES = MAX_FILE_BYTES + MAX_COMMAND_BYTES;

/** Append-only, as their order is the wire's. */
const ERROR_CODES = [
  "exists",
  "not-found",
  "too-large",
  "full",
  "too-far-ahead",
  "malformed",
  "session-expired",
  "no-session",
  "answer-forgotten",
  "no-leader",
  "busy",
  "timed-out",
  "leader-lost",
  "lock-lost",
  "not-in-office",
] as const satisfies readonly ErrorCode[];

const name = text(MAX_KEY_BYTES);
const data = text(MAX_DATA_BYTES);

const changes = {
  create: variant(1, { name }),
  delete: variant(2, { name }),
  append: variant(3, { name, data }),
};

const fileOperation: Codec<FileOperation> = union({ ...changes, read: variant(4, { name }) });

/** What a lock is called. */
export const lockName: Codec<string> = mapped(
  text(MAX_LOCK_NAME_BYTES),
  (name: string) => name,
  (name) => (isLockName(name) ? name : undefined),
  "no name of a lock",
);

const topology = choice(TOPOLOGIES);
const hash = text(HASH_DIGITS);

/** A board at a turn. */
const boardMark = struct({ turn: u64, alive: u32, hash });

/** Side of a board. */
const boardSize: Codec<number> = mapped(
  u16,
  (size: number) => size,
  (size) => (size >= MIN_BOARD_SIZE && size <= MAX_BOARD_SIZE ? size : undefined),
  "no side of a board",
);

/** A job, as it stands in a snapshot. */
export const jobRow: Codec<JobRow> = struct({
  id: u64,
  size: boardSize,
  topology,
  turns: optional(u64),
  pace: u32,
  state: choice(JOB_STATES),
  mark: boardMark,
});

/** An operation, as it stands in a command. */
export const operation: Codec<OrderedOperation> = union({
  ...changes,
  atomic: variant(5, { operations: list(fileOperation, MAX_ATOMIC) }),
  write: variant(6, { key: name, value: data, time: u64 }),
  "open-session": variant(7, {}),
  "acquire-lock": variant(8, { name: lockName, owner: peerId, ticket: u64, leaseMs: u32 }),
  "renew-lock": variant(9, { name: lockName, token: u64 }),
  "release-lock": variant(10, { name: lockName, owner: peerId, ticket: u64 }),
  "expire-lock": variant(11, { name: lockName, token: u64, renewals: u64 }),
  "take-office": variant(12, { holder: peerId, term: u64, leaseMs: u32 }),
  "leave-office": variant(13, { holder: peerId, term: u64 }),
  "begin-job": variant(14, { term: u64, size: boardSize, topology, turns: optional(u64), pace: u32, mark: boardMark }),
  "mark-job": variant(15, { term: u64, job: u64, state: choice(JOB_STATES), mark: boardMark }),
});

/** A query, as one peer asks another. */
export const query: Codec<Query> = union({
  read: variant(1, { name }),
  "read-value": variant(2, { key: name, version: optional(name), time: optional(u64) }),
  list: variant(3, {}),
  "resume-session": variant(4, { session: u64 }),
});

/** A place in a client's session; none for a request outside of any. */
export const once: Codec<Once | null> = optional(struct({ session: u64, sequence: u64 }));

/** A command, as it stands in the log. */
export const command: Codec<Command> = struct({
  lamport: u64,
  keepVersions: u16,
  salt: u32,
  once,
  operation,
});

/** An answer, as one peer passes it on to another. */
export const answer: Codec<Answer> = union({
  display: variant(1, { text: text(MAX_DISPLAY_BYTES) }),
  pong: variant(2, { text: text(MAX_KEY_BYTES) }),
  "written-at": variant(3, { time: u64 }),
  value: variant(4, { found: optional(struct({ key: name, value: data, writtenAt: u64 })) }),
  session: variant(5, { session: u64 }),
  unknown: variant(6, {}),
  error: variant(7, {
    code: choice(ERROR_CODES),
    message: text(MAX_MESSAGE_BYTES),
    definite: bool,
  }),
  locked: variant(8, { name: lockName, token: u64 }),
  job: variant(9, { job: u64 }),
});

/** Whether something from outside is the code of an error. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}
