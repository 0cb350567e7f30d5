import { setTimeout as wait } from "node:timers/promises";
import type { Address } from "../core/address.ts";
import type { ErrorCode } from "../core/request.ts";
import { LockConnection, type Outcome } from "./lock-connection.ts";
import { StoreError } from "./store-error.ts";

/** When all peers have been tried, the first is tried again so much later, ms. */
const RETRY_MS = 500;

/** Refusals that may be over at the next try, or at another peer. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["no-leader", "busy", "timed-out", "leader-lost"]);

/** How a lock is asked for, where it is not to be as usual. */
export interface LockOptions {
  /** It is not waited for longer than this, ms; without end where nothing is said. */
  readonly timeoutMs?: number;
  /** Aborted when it is wanted no more. */
  readonly signal?: AbortSignal;
}

/** A lock that is held until it is released, or lost. */
export interface HeldLock {
  readonly name: string;
  /** The fencing token: it is greater than that of every earlier holder. */
  readonly token: number;
  /** Aborted when it is lost, with a StoreError for a reason: its peer is gone, or says so. */
  readonly lost: AbortSignal;
  /** Lets go of it; never rejects. */
  release(): Promise<void>;
}

/**
 * Waits for a lock. Each has a connection of its own, to the first peer that takes it; where that breaks before the lock is
 * held, the next peer is asked.
 *
 * @param addresses of peers of one cluster, one at least
 * @throws StoreError where it cannot be had; "unreachable" where no address has ever led to a peer
 */
export async function takeLock(
  addresses: readonly Address[],
  name: string,
  { timeoutMs, signal }: LockOptions = {},
): Promise<HeldLock> {
  const stops = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
  const stopped = AbortSignal.any(stops.filter((each) => each !== undefined));
  let isKnown = false;
  for (;;) {
    let trouble = "there is no address of a peer";
    for (const address of addresses) {
      if (stopped.aborted) throw given(stopped, signal, name);
      const connection = new LockConnection(address, name);
      const outcome = await outcomeOf(connection, stopped);
      if (outcome.kind === "locked") return held(connection, name, outcome.token);
      isKnown ||= outcome.kind === "refused" || outcome.wasPeer;
      trouble = `${address}: ${troubleIn(outcome)}`;
    }
    if (stopped.aborted) throw given(stopped, signal, name);
    if (!isKnown) throw new StoreError("unreachable", trouble, true);
    await wait(RETRY_MS, undefined, { signal: stopped }).catch(() => {});
  }
}

function held(connection: LockConnection, name: string, token: number): HeldLock {
  return { name, token, lost: connection.lost, release: () => connection.release() };
}

/** How a try ends, which it does when nobody wants it any more. */
async function outcomeOf(connection: LockConnection, stopped: AbortSignal): Promise<Outcome> {
  const stop = (): void => void connection.release();
  stopped.addEventListener("abort", stop);
  const outcome = await connection.outcome;
  stopped.removeEventListener("abort", stop);
  return outcome;
}

/** What went wrong, where another try may go better. */
function troubleIn(outcome: Exclude<Outcome, { kind: "locked" }>): string {
  if (outcome.kind === "broken") return outcome.reason;
  const { code, message, definite } = outcome.error;
  if (!PASSING.has(code)) throw new StoreError(code, message, definite);
  return message;
}

function given(stopped: AbortSignal, signal: AbortSignal | undefined, name: string): StoreError {
  const isWanted = signal?.aborted !== true && stopped.aborted;
  if (isWanted) return new StoreError("timed-out", `the lock ${name} is held by another all the time`, true);
  return new StoreError("closed", `the lock ${name} is wanted no more`, true);
}
