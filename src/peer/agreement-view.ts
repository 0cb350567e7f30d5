import type { Address } from "../core/address.ts";
import type { ElectionKind } from "../core/election.ts";
import type { MutexKind } from "../core/lock.ts";
import type { BroadcastKind } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { LockView } from "../protocols/mutex/message.ts";

/** The election, of whichever kind it is. Ages are in milliseconds. */
export interface ElectionPicture {
  readonly kind: ElectionKind;
  /** "none": it takes no part, or may never lead and knows no leader. */
  readonly role: "leader" | "follower" | "candidate" | "none";
  readonly leader: PeerId | null;
  /** Since this leader became known; null without one. */
  readonly leaderAgeMs: number | null;
  /** Who else claims to lead; Bully allows two, in two parts of a network. */
  readonly rivals: readonly PeerId[];
  /** Of this peer; null where priorities mean nothing. */
  readonly priority: number | null;
  /** Others that may lead, and what they rank by; null where that is not known. */
  readonly participants: readonly { readonly peer: PeerId; readonly priority: number | null }[];
  /** How long this peer still lets a lower one lead, because it came and went too often; null while it need not. */
  readonly holdMs: number | null;
  /** The address that is named beforehand; null where none is. */
  readonly named: Address | null;
  /** Messages of the latest election as this peer saw them, oldest first; at most 32. */
  readonly messages: readonly {
    readonly ageMs: number;
    readonly from: PeerId;
    readonly to: PeerId;
    readonly kind: string;
    readonly text: string;
  }[];
}

/** Where an entry stands: (term, index) in Raft's log, (epoch, counter) in ZAB's history. */
export type EntryId = readonly [number, number];

/** What puts changes into one order, whichever it is. */
export interface OrderPicture {
  readonly kind: BroadcastKind;
  readonly role: "leader" | "follower" | "observer" | "none";
  /** In words: what it is doing; "broadcast" is the usual course. */
  readonly phase: "election" | "discovery" | "synchronization" | "broadcast";
  /** The leader that puts entries into the order; with ZAB the one whose epoch is established. */
  readonly leader: PeerId | null;
  /** The term, or the epoch that was accepted last. */
  readonly epoch: number;
  /** The epoch that the history is of; the term with Raft. */
  readonly currentEpoch: number;
  readonly last: EntryId;
  readonly committed: EntryId;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly lastApplied: number;
  readonly snapshotIndex: number;
  readonly snapshotBytes: number;
  /** Whose majority decides, by address; without an ensemble the voters. `isUp`: as far as this peer can tell. */
  readonly members: readonly {
    readonly address: Address | null;
    readonly peer: PeerId | null;
    readonly isUp: boolean;
  }[];
  /** How many of them make a quorum, and how many are up as far as this peer can tell. */
  readonly quorum: { readonly needed: number; readonly up: number };
  /** What a leader knows of the others; empty elsewhere. */
  readonly progress: readonly {
    readonly peer: PeerId;
    readonly isMember: boolean;
    readonly state: string;
    readonly ackedIndex: number;
    readonly sentIndex: number;
    readonly snapshotPart: number | null;
    readonly responseMs: number | null;
    readonly heardAgeMs: number | null;
  }[];
  /** The newest entries, oldest first. */
  readonly tail: readonly {
    readonly index: number;
    readonly id: EntryId;
    readonly isCommitted: boolean;
    /** The Lamport time at which it was proposed; null where it is the order's own business. */
    readonly lamport: number | null;
    readonly text: string;
  }[];
}

/** Locks, and who waits for whom. */
export interface MutexPicture {
  readonly kind: MutexKind;
  readonly locks: readonly (Omit<LockView, "heldSince" | "leaseUntil"> & {
    /** Null unless held here. */
    readonly heldMs: number | null;
    /** Until a lease ends unless it is renewed. */
    readonly leaseMs: number | null;
  })[];
  /** Whose consent an entry needs; nobody's where the total order decides. */
  readonly participants: readonly PeerId[];
  readonly counts: Readonly<Record<string, number>>;
}
