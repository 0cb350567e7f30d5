/** What a client door puts up with. */
export interface ClientLimits {
  /** Connections at a time; further ones are refused. */
  readonly maxConnections: number;
  /** Lines that are understood in one turn of the event loop, on all connections; the others wait for the next. */
  readonly maxTurnLines: number;
  /** Bytes of such lines; one line more may begin below it. */
  readonly maxTurnBytes: number;
  /** Lines in a row that are no requests; the last of them is answered, and the connection ends. */
  readonly maxNonsense: number;
  /** Answers that a connection may be owed; with as many it is not read until half of them have left. */
  readonly maxOwed: number;
  /** Bytes of requests without an answer; with as many a connection is not read until half of them are answered. */
  readonly maxAskedBytes: number;
  /** The same on all connections together, of which then none is read. */
  readonly maxAllAskedBytes: number;
  /** Bytes set aside for lines that have begun, on all connections; with more, whoever has begun the longest is destroyed. */
  readonly maxAllBegunBytes: number;
  /** A line that has begun must end by then. */
  readonly lineTimeoutMs: number;
  /** Bytes that a connection's socket is given at a time; other answers wait here, as values. */
  readonly maxAheadBytes: number;
  /** Characters that may wait here; with as many a connection is not read until half of them have left. */
  readonly maxWaiting: number;
  /** The same on all connections together; with as many, none is read that has more than its share. */
  readonly maxAllWaiting: number;
  /** Whoever takes nothing of its answers for so long is not there any more. */
  readonly stallTimeoutMs: number;
  /** The same for one that has more than its share of what waits for all, where that is too much, and grows. */
  readonly pressedTimeoutMs: number;
  /** What was written before an end has this long to leave, and the other side to end as well. */
  readonly closeTimeoutMs: number;
}

/** What is usual. */
export const CLIENT_LIMITS: ClientLimits = {
  maxConnections: 1024,
  maxTurnLines: 1000,
  maxTurnBytes: 256 * 1024,
  maxNonsense: 4096,
  maxOwed: 4096,
  maxAskedBytes: 4 * 1024 * 1024,
  maxAllAskedBytes: 64 * 1024 * 1024,
  maxAllBegunBytes: 64 * 1024 * 1024,
  lineTimeoutMs: 30_000,
  maxAheadBytes: 256 * 1024,
  maxWaiting: 8 * 1024 * 1024,
  maxAllWaiting: 256 * 1024 * 1024,
  stallTimeoutMs: 30_000,
  pressedTimeoutMs: 5000,
  closeTimeoutMs: 5000,
};
