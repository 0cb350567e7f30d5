import type { Address } from "../../core/address.ts";
import { MAX_ENSEMBLE } from "../../core/modes.ts";
import { MAX_CHUNK_BYTES, MAX_ENTRIES, MAX_RECORD_ENTRIES, MAX_SNAPSHOT_BYTES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { MAX_COMMAND_BYTES } from "../../core/request.ts";
import type { OrderCommand, OrderEvent } from "../../core/total-order.ts";
import { bool, bytes, list, optional, struct, type TypeOf, u32, u64, union, variant } from "../../wire/codec.ts";
import { address, peerId } from "../../wire/identity.ts";
import { oneFrameType } from "../definition.ts";

/** Points in a digest of a history, at most. */
export const MAX_DIGEST = 1024;

/** Where an entry stands: the epoch of its leader, and its number among what that one proposed, from 1. */
export const zxid = struct({ epoch: u64, counter: u64 });

/** A zxid as a value; zero in both stands for "before the first entry". */
export type Zxid = TypeOf<typeof zxid>;

/** A zxid and its dense position in the order, from 1. */
const point = { index: u64, zxid };

/** One entry of a history: `command` is null for the one with which a leader opens its epoch. */
export const entry = struct({
  index: u64,
  epoch: u64,
  counter: u64,
  command: optional(bytes(MAX_COMMAND_BYTES)),
});

/** An entry as a value. */
export type Entry = TypeOf<typeof entry>;

/** Who was met first at a slot of the ensemble. */
const pin = { address, peer: peerId };

/** The number of a message on its link and in its direction, from 1: links lose nothing and keep the order, or say so. */
const fifo = { sequence: u64 };

/** ZAB's messages; in parentheses the paper's names. */
export const zabMessage = union({
  /** To a prospective leader (CEPOCH): I would follow, and have promised to follow no epoch before this one. */
  "follower-info": variant(1, { ...fifo, acceptedEpoch: u64 }),
  /** A quorum would follow: this is to be the epoch (NEWEPOCH). */
  "new-epoch": variant(2, { ...fifo, epoch: u64 }),
  /**
   * I follow no older epoch any more (ACK-E), unless I am no member by what I know of the ensemble: then it is no
   * promise. `digest`: the last entry of each epoch of my history, from that of the last one known to be committed on.
   */
  "epoch-accepted": variant(3, {
    ...fifo,
    epoch: u64,
    isMember: bool,
    currentEpoch: u64,
    digest: list(zxid, MAX_DIGEST),
  }),
  /** From the leader to the one whose history is the best: send me what this one lacks. */
  "history-wanted": variant(4, { ...fifo, epoch: u64, digest: list(zxid, MAX_DIGEST) }),
  /** Our histories agree up to this point: what you have behind it is void, and what I have follows. */
  difference: variant(5, { ...fifo, epoch: u64, ...point }),
  /** A piece of a snapshot of `total` bytes, from `offset` on, which takes the place of a history up to this point. */
  snapshot: variant(6, { ...fifo, epoch: u64, ...point, total: u32, offset: u32, data: bytes(MAX_CHUNK_BYTES) }),
  /** Entries in their order: what is missing of a history, or proposals (PROPOSE); up to `commitIndex` all is committed (COMMIT). */
  entries: variant(7, { ...fifo, epoch: u64, commitIndex: u64, entries: list(entry, MAX_ENTRIES) }),
  /** So much of a history has come, to this byte of a snapshot or with this entry; nothing is on disk yet. */
  received: variant(8, { ...fifo, epoch: u64, index: u64, offset: u32 }),
  /** The history up to this point is that of the epoch (NEWLEADER); `members`: whom the leader met in the ensemble. */
  "new-leader": variant(9, { ...fifo, epoch: u64, ...point, members: list(struct(pin), MAX_ENSEMBLE) }),
  /** My disk holds the epoch's history up to here (ACK, ACK-LD). */
  accepted: variant(10, { ...fifo, epoch: u64, index: u64 }),
  /** The epoch is established (COMMIT-LD), and all up to here is committed. */
  "up-to-date": variant(11, { ...fifo, epoch: u64, commitIndex: u64 }),
  /** Are you there, and still of this epoch? 0 while there is none. */
  ping: variant(12, { ...fifo, epoch: u64, round: u64 }),
  pong: variant(13, { ...fifo, epoch: u64, round: u64 }),
  /** The sender leads no more: whoever would follow asks anew. */
  resigned: variant(14, { ...fifo, epoch: u64 }),
  /** Another was met before at your slot of the ensemble; `epoch`: that of my history; `members`: who fills which. */
  impostor: variant(15, { ...fifo, epoch: u64, members: list(struct(pin), MAX_ENSEMBLE) }),
});

/** A ZAB message as a value. */
export type ZabMessage = TypeOf<typeof zabMessage>;

/** ZAB frames. */
export const zabFraming = oneFrameType(0x28, zabMessage);

/** What ZAB keeps on disk. What one save holds comes back together or not at all. */
export const zabRecord = union({
  /** The promise to follow no epoch before this one (the paper's f.p). */
  "accepted-epoch": variant(1, { epoch: u64 }),
  /** The history is that of this epoch (the paper's f.a). */
  "current-epoch": variant(2, { epoch: u64 }),
  /** The history goes on with these. */
  append: variant(3, { entries: list(entry, MAX_RECORD_ENTRIES) }),
  /** The history ends with `index`: what stood behind is void. */
  truncate: variant(4, { index: u64 }),
  /** This takes the place of the history, and stands for all up to `index`. */
  snapshot: variant(5, { ...point, data: bytes(MAX_SNAPSHOT_BYTES) }),
  /** This peer was the first one met at a slot of the ensemble. */
  member: variant(6, pin),
  /** Everything before is forgotten: the cluster that it belonged to was given up. */
  forget: variant(7, {}),
});

/** A snapshot as a value. */
export type Snapshot = Extract<TypeOf<typeof zabRecord>, { readonly kind: "snapshot" }>;

/** Where a peer is in the protocol (the paper's phases 0 to 3). */
export type Phase = "election" | "discovery" | "synchronization" | "broadcast";

/** Why an epoch is over for a peer. */
export type EndCause =
  /** The election names another leader, or none. */
  | "leader-changed"
  | "link-broke"
  /** A message of the leader was lost or overtaken. */
  | "link-disordered"
  /** The leader was not heard for a timeout. */
  | "silent"
  /** The leader heard no quorum for a timeout. */
  | "quorum-lost"
  /** Somebody has promised himself to a later epoch. */
  | "higher-epoch"
  /** The leader said so. */
  | "resigned"
  /** What the leader sent makes no sense. */
  | "nonsense"
  | "forgotten";

/** What a leader knows of another peer that follows it. */
export interface Progress {
  readonly peer: PeerId;
  /** Whether it counts for a quorum; an observer does not. */
  readonly isMember: boolean;
  readonly state: Exclude<Phase, "election">;
  /** Up to here its disk holds the epoch's history. */
  readonly ackedIndex: number;
  /** Up to here it was sent. */
  readonly sentIndex: number;
  /** Part of the snapshot that it has, 0 to 1; null while it is sent none. */
  readonly snapshotPart: number | null;
  /** Median round trip of recent pings, ms; null before the first. */
  readonly responseMs: number | null;
  /** Monotonic ms. */
  readonly heardAt: number | null;
}

/** The vocabulary of ZAB. */
export interface ZabSpeech {
  message: ZabMessage;
  record: TypeOf<typeof zabRecord>;
  command: /** Whom the election names; null while there is nobody. */
    | { readonly kind: "leader"; readonly leader: PeerId | null }
    /** Where a peer lives: a slot of the ensemble is filled by the first one met at its address. */
    | { readonly kind: "member"; readonly peer: PeerId; readonly address: Address }
    /** Another connection took the place of the link to a peer: what was said on the one before may be lost. */
    | { readonly kind: "relinked"; readonly peer: PeerId }
    /** Forget everything: the cluster was given up. */
    | { readonly kind: "forget" }
    | OrderCommand;
  event: /** A quorum has the history of this epoch: its leader commits. */
    | { readonly kind: "epoch-established"; readonly epoch: number; readonly leader: PeerId }
    /** This peer no longer takes part in an epoch that was established for it. */
    | {
        readonly kind: "epoch-ended";
        readonly epoch: number;
        readonly leader: PeerId;
        readonly because: EndCause;
      }
    /** Entries that were never committed are void, from this one on. */
    | { readonly kind: "history-truncated"; readonly from: Zxid }
    /** All from `first` to `index` is committed; `epoch` is that of the last of them. */
    | { readonly kind: "entries-committed"; readonly first: number; readonly index: number; readonly epoch: number }
    | OrderEvent
    /** The history begins behind `index` now; `bytes` of snapshot stand for what came before. */
    | { readonly kind: "history-compacted"; readonly index: number; readonly bytes: number }
    | { readonly kind: "snapshot-started"; readonly to: PeerId; readonly index: number; readonly bytes: number }
    | { readonly kind: "snapshot-received"; readonly from: PeerId; readonly index: number; readonly bytes: number }
    /** Another peer lives at a slot that is not its own: it only observes. */
    | { readonly kind: "ensemble-impostor"; readonly peer: PeerId; readonly address: Address }
    /** A leader hears no quorum of the `members` slots, or there is one again. */
    | {
        readonly kind: "quorum-lost" | "quorum-regained";
        readonly missing: readonly PeerId[];
        readonly members: number;
      }
    /** Whether the history holds a command, which giving the cluster up would lose. */
    | { readonly kind: "bound-changed"; readonly bound: boolean }
    /** A message on this peer's link was lost or overtaken: nothing more is taken until the link went down and up. */
    | { readonly kind: "link-disordered"; readonly peer: PeerId };
  view: {
    readonly active: boolean;
    /** What it does with the leader that the election names; "none" without one, or without a link to it. */
    readonly role: "leader" | "follower" | "observer" | "none";
    readonly phase: Phase;
    readonly acceptedEpoch: number;
    readonly currentEpoch: number;
    /** The leader of the established epoch. */
    readonly leader: PeerId | null;
    /** Monotonic ms at which the epoch was established. */
    readonly leaderSince: number | null;
    readonly leaderHeardAt: number | null;
    readonly lastZxid: Zxid;
    readonly committedZxid: Zxid;
    /** The first entry that is kept; what came before is in the snapshot. */
    readonly firstIndex: number;
    readonly lastIndex: number;
    readonly commitIndex: number;
    /** What the latest snapshot stands for; 0 without one. */
    readonly snapshotIndex: number;
    readonly snapshotBytes: number;
    readonly bound: boolean;
    /** The slots, and who was met there first. */
    readonly ensemble: readonly { readonly address: Address; readonly peer: PeerId | null }[];
    /** Members heard within a timeout, this peer included; only a leader knows, else null. */
    readonly membersHeard: readonly PeerId[] | null;
    readonly progress: readonly Progress[];
    /** The newest entries, oldest first; at most 16. */
    readonly tail: readonly Entry[];
    readonly heartbeatIntervalMs: number;
    readonly timeoutMs: number;
  };
  options: {
    readonly peer: PeerId;
    /** Where this peer itself lives. */
    readonly address: Address;
    /** Whether ZAB is this peer's total order; else it is silent. */
    readonly active: boolean;
    /** The same on all peers; at most `MAX_ENSEMBLE` slots, no two the same. */
    readonly ensemble: readonly Address[];
    readonly heartbeatIntervalMs: number;
    /** Silence after which a leader is given up by its follower, and a quorum by its leader. */
    readonly timeoutMs: number;
    /** Bytes of committed entries behind the latest snapshot from which on another is wanted, if it is smaller. */
    readonly snapshotBytes: number;
  };
}
