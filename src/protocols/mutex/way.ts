import type { PeerId } from "../../core/peer-id.ts";
import type { ErrorCode, LockOperation } from "../../core/request.ts";
import type { LockView, MutexMessage } from "./message.ts";

/** What a message says, without what every one of them has. */
export type Said = MutexMessage extends infer M ? (M extends unknown ? Omit<M, "sequence" | "time"> : never) : never;

/** What a peer wants or holds, as it says when a link comes up. */
export type Want = Extract<MutexMessage, { readonly kind: "state" }>["wants"][number];

/** How a way sees a lock. */
export type Sight = Pick<LockView, "holder" | "token" | "queue" | "repliesOutstanding" | "tokenAt" | "leaseUntil">;

/** What a way to exclude each other stands on. */
export interface Ground {
  readonly peer: PeerId;
  /** Monotonic ms. */
  readonly now: number;
  /** Whether this peer belongs to a cluster for long enough for anything to be entered. */
  readonly hasSettled: boolean;
  /** The other peers whose consent an entry needs, by ID. */
  readonly others: readonly PeerId[];
  /** Whether a peer can be told and heard: the link stands, and what it wants and holds was heard on it. */
  isReady(peer: PeerId): boolean;
  /** The Lamport time of the latest message of a peer on its link; 0 where it is not ready. */
  heardTime(peer: PeerId): number;
  /** A Lamport time later than all before. */
  tick(): number;
  /** Tells a peer something, if a link to it stands. */
  send(to: PeerId, said: Said): void;
  /** Asks something of the total order. */
  submit(request: LockOperation): void;
  /** This peer holds the lock that it wanted; `token` is a Lamport time of now unless there is another. */
  enter(name: string, token?: number): void;
  /** This peer holds the lock no more; it may be asked for again before this returns. */
  lose(name: string, because: string): void;
  /** This peer cannot have the lock; it may be asked for again before this returns. */
  refuse(name: string, code: ErrorCode, because: string): void;
}

/** A way to exclude each other. It knows what this peer wants and holds; who wanted it here is not its business. */
export interface Way {
  /** When time alone changes something, monotonic ms. */
  readonly deadline: number;
  /** This peer wants a lock; since which Lamport time. */
  want(name: string): number;
  /** This peer wants or holds a lock no more. */
  leave(name: string): void;
  /** All that this peer wants and holds, for a link that has just come up. */
  wants(): readonly Want[];
  /** A peer has said something, in its order. */
  hear(from: PeerId, message: MutexMessage): void;
  /** What a peer has agreed to on its link counts no more. */
  unlinked(peer: PeerId): void;
  /** Others have come or gone. */
  othersChanged(): void;
  /** The cluster was given up: what was agreed on in it is void. Nothing is wanted or held here. */
  forget(): void;
  /** Enters what can be entered, and does what is due; called at the end of every step. */
  settle(): void;
  /** Those without whom it cannot go on with a lock that this peer waits for. */
  awaits(name: string): readonly PeerId[];
  /** Those who owe something, so that they are asked whether they are there when that takes long. */
  debtors(): readonly PeerId[];
  /** The names of locks that others want or hold, as far as it knows. */
  names(): Iterable<string>;
  /** A lock for the view. */
  see(name: string): Sight;
}

/** Of whatever kind a lock is, nothing is known of it. */
export const UNKNOWN: Sight = {
  holder: null,
  token: null,
  queue: [],
  repliesOutstanding: [],
  tokenAt: null,
  leaseUntil: null,
};
