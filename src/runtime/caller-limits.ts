/** What a caller door puts up with. */
export interface CallerLimits {
  /** Connections at a time on which something was asked of the pool; further ones are refused. */
  readonly maxCallers: number;
  /** Connections at a time on which nothing was, besides lines; further ones are refused. */
  readonly maxGuests: number;
  /** A connection on which nothing was ever asked of the pool is closed when nothing has been said for that long. */
  readonly guestTimeoutMs: number;
  /** Bytes of requests without an answer, boards as they are in memory; with as many a connection is not read. */
  readonly maxAskedBytes: number;
  /** The same on all connections together, of which then none is read. In both cases one more may begin below it. */
  readonly maxAllAskedBytes: number;
  /** Bytes of all messages in pieces that have begun; one more is refused. */
  readonly maxAllBegunBytes: number;
  /** A message that has begun must end by then. */
  readonly messageTimeoutMs: number;
  /** Bytes that a connection's socket is given at a time; what else is to leave waits here. */
  readonly maxAheadBytes: number;
  /** Bytes that wait; with as many a connection is not read until half of them have left. */
  readonly maxPatientBytes: number;
  /** Bytes that wait; with more, whoever does not read them is cut off. */
  readonly maxWaitingBytes: number;
  /** The same on all connections together; with more, whoever has more than its share is. */
  readonly maxAllWaitingBytes: number;
  /** Whoever takes nothing of what waits for so long is not there any more. */
  readonly stallTimeoutMs: number;
  /** What was written before an end has this long to leave, and the other side to end as well. */
  readonly closeTimeoutMs: number;
}

/** What is usual. */
export const CALLER_LIMITS: CallerLimits = {
  maxCallers: 1024,
  maxGuests: 256,
  guestTimeoutMs: 5000,
  maxAskedBytes: 64 * 1024 * 1024,
  maxAllAskedBytes: 256 * 1024 * 1024,
  maxAllBegunBytes: 256 * 1024 * 1024,
  messageTimeoutMs: 60_000,
  maxAheadBytes: 256 * 1024,
  maxPatientBytes: 1024 * 1024,
  maxWaitingBytes: 128 * 1024 * 1024,
  maxAllWaitingBytes: 512 * 1024 * 1024,
  stallTimeoutMs: 30_000,
  closeTimeoutMs: 5000,
};
