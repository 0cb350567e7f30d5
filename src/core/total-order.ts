import type { BrokerTable } from "./job.ts";
import type { LockRow } from "./lock.ts";
import type { Answer, OrderedOperation, Query } from "./request.ts";
import type { StoreView } from "./store-view.ts";

/** A place in a client's session, at which a request is applied once. */
export interface Once {
  readonly session: number;
  readonly sequence: number;
}

/** One command of the order: an operation, whose it is, and what its proposer decides so that all peers do the same. */
export interface Command {
  /** The proposer's Lamport time. */
  readonly lamport: number;
  /** Versions of a value that are kept, the latest included; at least 1. */
  readonly keepVersions: number;
  /** A random number, 0 to 2^32 - 1: what is to differ from cluster to cluster, and not to be guessed, is made of it. */
  readonly salt: number;
  /** The client's session, and the request's place in it: applied once. Null for an operation outside of any session. */
  readonly once: Once | null;
  readonly operation: OrderedOperation;
}

/** How a leader knows that it still leads when it answers a read: by asking a quorum, or by a lease of it. */
export const READ_MODES = ["read-index", "lease"] as const;

/** One of those ways. */
export type ReadMode = (typeof READ_MODES)[number];

/** What a total order drives: the same commands in the same order give the same state and answers on every peer. */
export interface StateMachine {
  /** Applies the command that stands at `index` of the order; indexes only grow, with gaps. */
  apply(command: Command, index: number): Answer;
  /** Answers without changing anything. */
  query(query: Query): Answer;
  /** How a lock stands. */
  lock(name: string): LockRow | null;
  /** All locks that somebody holds. */
  locks(): readonly LockRow[];
  /** The office and the jobs of the broker. */
  broker(): BrokerTable;
  /** The whole state as bytes. */
  snapshot(): Uint8Array;
  /** Puts a snapshot in the place of the state; the state stays as it was where the bytes are none: then false. */
  restore(snapshot: Uint8Array): boolean;
  /** Becomes blank. */
  clear(): void;
  /** What is shown of it. Bounded. */
  view(): StoreView;
}

/** An entry of the order that is decided: it stands there on every peer, for ever. */
export interface Delivered {
  readonly index: number;
  /** The term or epoch in which it was proposed. */
  readonly term: number;
  /** Null where the entry is the order's own business. */
  readonly command: Uint8Array | null;
}

/** What is asked of a total order, whichever it is. */
export type OrderCommand =
  /** Put these commands into the order, one behind the other; answered by "proposed" or "not-proposed". */
  | { readonly kind: "propose"; readonly ticket: number; readonly commands: readonly Uint8Array[] }
  /**
   * Say from which index on a read is linearizable; answered by "readable" or "not-readable". Tickets below zero are drawn by
   * whoever only wants to know whether this peer leads still.
   */
  | { readonly kind: "read"; readonly ticket: number }
  /** Tell the others at once what is decided, for somebody among them waits for it; only a leader can. */
  | { readonly kind: "tell" }
  /** All up to `index` is in this snapshot: what came before need not be kept. */
  | { readonly kind: "compact"; readonly index: number; readonly snapshot: Uint8Array };

/** What a total order tells, whichever it is. */
export type OrderEvent =
  /** The commands stand at `first` and behind, each as decided when an entry of `term` is delivered there. */
  | { readonly kind: "proposed"; readonly ticket: number; readonly first: number; readonly term: number }
  | { readonly kind: "not-proposed"; readonly ticket: number; readonly because: "not-leader" | "busy" }
  /** Whoever has applied all up to `index` may answer. */
  | { readonly kind: "readable"; readonly ticket: number; readonly index: number }
  | { readonly kind: "not-readable"; readonly ticket: number; readonly because: "not-leader" | "busy" }
  /** In order, without gaps but for what a snapshot holds. */
  | { readonly kind: "delivered"; readonly entries: readonly Delivered[] }
  /** The state at `index` is this snapshot: it takes the place of all that was delivered so far. */
  | { readonly kind: "snapshot-installed"; readonly index: number; readonly snapshot: Uint8Array }
  /** The log has grown long: a snapshot would shorten it. */
  | { readonly kind: "snapshot-wanted" }
  /** All that was ever delivered is void: this peer has given its cluster up. */
  | { readonly kind: "order-forgotten" };
