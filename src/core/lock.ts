import type { PeerId } from "./peer-id.ts";

/** Ways to exclude each other: Lamport's, Ricart and Agrawala's, Raymond's, or a lease through the total order. */
export const MUTEX_KINDS = ["lamport", "ricart-agrawala", "raymond", "lease"] as const;

/** One of those ways. */
export type MutexKind = (typeof MUTEX_KINDS)[number];

/** Longest name of a lock, in UTF-16 units. */
export const MAX_LOCK_NAME = 64;

/** The same in bytes of UTF-8. */
export const MAX_LOCK_NAME_BYTES = 3 * MAX_LOCK_NAME;

/** Locks that are in use at a time, at most. */
export const MAX_LOCKS = 256;

/** Claims that wait for one lock of the total order, at most. */
export const MAX_LOCK_WAITING = 256;

/** The longest lease, ms. */
export const MAX_LEASE_MS = 3_600_000;

/** Control characters, what else ends a line, and halves of pairs. */
const NOT_IN_A_NAME = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** Whether a lock may be called so. */
export function isLockName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_LOCK_NAME && !NOT_IN_A_NAME.test(name);
}

/** Who asked the total order for a lock: a peer, and which of its requests it is; no two have the same number. */
export interface LockClaim {
  readonly owner: PeerId;
  /** The Lamport time at which the peer asked. */
  readonly ticket: number;
}

/** A claim that holds its lock. */
export interface LockHolder extends LockClaim {
  /** The index of the command that made it so: the fencing token. */
  readonly token: number;
  /** How often it was renewed. */
  readonly renewals: number;
  /** How long it lasts without being renewed, ms. */
  readonly leaseMs: number;
}

/** A lock of the total order that somebody holds. */
export interface LockRow {
  readonly name: string;
  readonly holder: LockHolder;
  /** In the order in which they asked. */
  readonly waiting: readonly (LockClaim & { readonly leaseMs: number })[];
}

/** How a lock of the total order stands now: null where nobody holds it. */
export interface LockChange {
  readonly name: string;
  readonly row: LockRow | null;
}
