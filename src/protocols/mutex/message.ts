import { LAMPORT_LIMIT } from "../../core/lamport-clock.ts";
import { type LockChange, MAX_LOCKS, type MutexKind } from "../../core/lock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Answer, ErrorCode, LockOperation } from "../../core/request.ts";
import { bool, list, mapped, struct, type TypeOf, u32, u64, union, variant } from "../../wire/codec.ts";
import { peerId } from "../../wire/identity.ts";
import { lockName } from "../../wire/request.ts";
import { oneFrameType } from "../definition.ts";

/** Tokens of Raymond's tree that one message speaks of, at most. */
export const MAX_TOKENS = 1024;

/** Peers in a tree, at most. */
export const MAX_TREE = 1024;

/** A Lamport time. */
const time = mapped(
  u64,
  (value: number) => value,
  (value) => (value < LAMPORT_LIMIT ? value : undefined),
  "a Lamport time beyond its limit",
);

/** In every message: its place on its link since that came up, from 1 on, and its sender's Lamport time. */
const head = { sequence: u32, time };

/** A state of Raymond's tree: later ones have higher numbers; the peer that began it breaks ties. */
const version = struct({ number: time, by: peerId });

/** What peers say to each other of locks. */
export const mutexMessage = union({
  /**
   * The first on every link: all that the sender wants or holds. `anew`: another connection took the link's place, and
   * what the receiver said may be lost, so it is to begin anew too.
   */
  state: variant(1, {
    ...head,
    anew: bool,
    wants: list(struct({ name: lockName, timestamp: time, holds: bool }), MAX_LOCKS),
  }),
  /** The sender wants the lock; that is so since `timestamp`. */
  request: variant(2, { ...head, name: lockName, timestamp: time }),
  /** To the request of that timestamp: Lamport's acknowledgement, Ricart and Agrawala's permission. */
  reply: variant(3, { ...head, name: lockName, timestamp: time }),
  /** The request of that timestamp is over. */
  release: variant(4, { ...head, name: lockName, timestamp: time }),
  /** Are you there? What was lost before shows in the sequence. */
  check: variant(5, head),
  checked: variant(6, head),
  /** Raymond: the token is wanted on the sender's side of the tree. */
  "token-wanted": variant(7, { ...head, version, name: lockName }),
  token: variant(8, { ...head, version, name: lockName }),
  /** Raymond: the sender has seen a link or a participant come, and the tree is to be made anew. */
  disturbed: variant(9, head),
  /** Raymond: pass no token on from now on, where these are your participants too, and say which ones you have. */
  freeze: variant(10, { ...head, version, participants: list(peerId, MAX_TREE) }),
  frozen: variant(11, {
    ...head,
    version,
    tokens: list(struct({ name: lockName, inside: bool }), MAX_TOKENS),
    more: bool,
  }),
  /** Raymond: go on with this tree. Tokens that are not named are at its root. */
  orient: variant(12, {
    ...head,
    version,
    tokens: list(struct({ name: lockName, at: peerId }), MAX_TOKENS),
    more: bool,
  }),
});

/** A message as it travels. */
export type MutexMessage = TypeOf<typeof mutexMessage>;

/** A state of Raymond's tree. */
export type TreeVersion = TypeOf<typeof version>;

/** The frames of the mutex. */
export const mutexFraming = oneFrameType<MutexMessage>(0x2a, mutexMessage);

/** Whoever asks for locks here: 0 is the person at this peer, from 1 up they are the clients of the service. */
export type Ticket = number;

/** The ticket of the person at this peer. */
export const PERSON: Ticket = 0;

/** How a lock stands, as one peer sees it. */
export interface LockView {
  readonly name: string;
  /** Of this peer itself. */
  readonly state: "idle" | "waiting" | "held";
  /** Who holds it, as far as this peer knows. */
  readonly holder: PeerId | null;
  /** The fencing token of the holder, where that is known. */
  readonly token: number | null;
  /** Who wants or holds it, in the order (timestamp, id) or in that of the total order; of Raymond's tree only this peer. */
  readonly queue: readonly { readonly peer: PeerId; readonly timestamp: number }[];
  /** Whose reply this peer waits for. */
  readonly repliesOutstanding: readonly PeerId[];
  /** Because of whom it cannot go on: they are not linked, or not healthy. */
  readonly blockedBy: readonly PeerId[];
  /** How many tickets wait here. */
  readonly waitingHere: number;
  /** Monotonic ms; null unless held here. */
  readonly heldSince: number | null;
  /** Raymond: in which direction the token is, this peer itself where it is here. */
  readonly tokenAt: PeerId | null;
  /** Lease: until when this peer holds it without another renewal, monotonic ms. */
  readonly leaseUntil: number | null;
}

/** What is counted since the start. */
export interface MutexCounts {
  readonly requests: number;
  readonly entries: number;
  readonly sent: number;
  readonly received: number;
  /** Messages that were refused, as one before them on their link was lost or overtaken. */
  readonly disordered: number;
}

/** The vocabulary of mutual exclusion. */
export interface MutexSpeech {
  message: MutexMessage;
  record: never;
  command: /** Answered by "granted" when the lock is held, or by "refused". */
    | { readonly kind: "acquire"; readonly ticket: Ticket; readonly name: string }
    /** Holds it, or waits for it, no more. */
    | { readonly kind: "release"; readonly ticket: Ticket; readonly name: string }
    /** What membership holds of another. */
    | {
        readonly kind: "member";
        readonly peer: PeerId;
        readonly status: "healthy" | "doubted" | "unhealthy" | "left";
      }
    /** Another connection took the place of the link to a peer: what was said on the one before may be lost. */
    | { readonly kind: "relinked"; readonly peer: PeerId }
    /** A cluster was founded or joined: whoever is in it is to be heard of before anything is entered. */
    | { readonly kind: "begin" }
    /** The cluster was given up: nothing that was held or wanted in it is any more. */
    | { readonly kind: "forget" }
    /** This peer stops, or leaves: likewise, as long as the others can be told. */
    | { readonly kind: "leave" }
    /** Lease: who leads; null while nobody does. */
    | { readonly kind: "leader"; readonly leader: PeerId | null }
    /** Lease: what the order says of locks; `all`: those that are not named are nobody's. */
    | { readonly kind: "locks"; readonly all: boolean; readonly changes: readonly LockChange[] }
    /** Lease: what became of an operation that was submitted. */
    | { readonly kind: "answered"; readonly request: LockOperation; readonly answer: Answer };
  event: /** For whoever has the ticket. */
    | { readonly kind: "granted"; readonly ticket: Ticket; readonly name: string; readonly token: number }
    | {
        readonly kind: "refused";
        readonly ticket: Ticket;
        readonly name: string;
        readonly code: ErrorCode;
        readonly because: string;
      }
    /** It was granted, and is held no more. */
    | { readonly kind: "revoked"; readonly ticket: Ticket; readonly name: string; readonly because: string }
    /** Lease: for the total order. */
    | { readonly kind: "submit"; readonly request: LockOperation }
    /** A message on a link was lost or overtaken: nothing is heard from that peer until its link came anew. */
    | { readonly kind: "link-disordered"; readonly peer: PeerId }
    /** This peer wants a lock, since that Lamport time. */
    | { readonly kind: "lock-requested"; readonly name: string; readonly timestamp: number }
    | {
        readonly kind: "lock-acquired";
        readonly name: string;
        /** This one. */
        readonly peer: PeerId;
        readonly token: number;
        readonly waitedMs: number;
      }
    | { readonly kind: "lock-released"; readonly name: string; readonly peer: PeerId }
    /** This peer held it, and has lost it. */
    | { readonly kind: "lock-lost"; readonly name: string; readonly peer: PeerId; readonly because: string }
    /** This peer wants a lock and cannot get it for want of these; told anew when they change. */
    | { readonly kind: "lock-blocked"; readonly name: string; readonly by: readonly PeerId[] }
    /** Nobody stands in the way any more, but for those that hold it or asked before. */
    | { readonly kind: "lock-freed"; readonly name: string };
  view: {
    readonly kind: MutexKind;
    /** By name. */
    readonly locks: readonly LockView[];
    /** Whose consent an entry needs: this peer and all others that it knows, unless they have left. */
    readonly participants: readonly PeerId[];
    readonly counts: MutexCounts;
  };
  options: {
    readonly peer: PeerId;
    readonly kind: MutexKind;
    /** The peer's Lamport time. */
    readonly lamport: () => number;
    /** The peer's Lamport clock is not behind this time from now on, also in its next life. */
    readonly advance: (time: number) => void;
    /** How long a lease lasts that is not renewed, ms. */
    readonly leaseMs: number;
    /** Nothing is entered before a "begin", nor so soon after it, ms: there may be others who hold it. */
    readonly settleMs: number;
    /** Who owes a reply for so long is asked whether it is there, ms. */
    readonly patienceMs: number;
  };
}
