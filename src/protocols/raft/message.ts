import type { ElectionCommand, ElectionMessage } from "../../core/election.ts";
import { MAX_CHUNK_BYTES, MAX_ENTRIES, MAX_RECORD_ENTRIES, MAX_SNAPSHOT_BYTES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { MAX_COMMAND_BYTES } from "../../core/request.ts";
import type { OrderCommand, OrderEvent, ReadMode } from "../../core/total-order.ts";
import { bool, bytes, list, optional, struct, type TypeOf, u32, u64, union, variant } from "../../wire/codec.ts";
import { peerId } from "../../wire/identity.ts";
import { oneFrameType } from "../definition.ts";

/** Voters, at most: more would slow every commit for the sake of failures that do not come together. */
export const MAX_VOTERS = 7;

/** Learners, at most: what a frame holds with room to spare. */
export const MAX_LEARNERS = 512;

/** Who votes and who only follows. Both lists are sorted. */
export const configuration = struct({
  voters: list(peerId, MAX_VOTERS + 1),
  learners: list(peerId, MAX_LEARNERS),
});

/** A configuration as a value. */
export type Configuration = TypeOf<typeof configuration>;

/** What a log entry holds. */
const payload = union({
  /** Proposed by a new leader, so that what came before it can commit (section 8). */
  "no-op": variant(1, {}),
  /** In force as soon as it is in the log (section 6). */
  configuration: variant(2, { configuration }),
  /** What the log is for; the state machine knows what it means. */
  command: variant(3, { command: bytes(MAX_COMMAND_BYTES) }),
});

/** One entry of the log. */
export const entry = struct({ index: u64, term: u64, payload });

/** An entry as a value. */
export type Entry = TypeOf<typeof entry>;

/** What stands in the place of the log up to `lastIndex` (section 7); `configuration` is the latest one up to there. */
const snapshotHead = { lastIndex: u64, lastTerm: u64, configuration };

/** A vote is asked for in the name of this log. */
const lastEntry = { lastLogIndex: u64, lastLogTerm: u64 };

/** Raft's messages. Every one carries the sender's term, in pre-vote requests the term that would be. */
export const raftMessage = union({
  "pre-vote": variant(1, { term: u64, ...lastEntry }),
  /**
   * `term`: granted, the one that was asked for; refused, the voter's own. `leaderHeardMs`: since the voter last heard
   * the old leader, rounded down; null if never in this life.
   */
  "pre-vote-answer": variant(2, { term: u64, granted: bool, leaderHeardMs: optional(u32) }),
  /** `transfer`: the old leader itself asked for this election, so its lease does not stand in the way. */
  "request-vote": variant(3, { term: u64, ...lastEntry, transfer: bool }),
  "vote-answer": variant(4, { term: u64, granted: bool, leaderHeardMs: optional(u32) }),
  /** `round` comes back in the answer: response time, check-quorum and read-index count by it. */
  "append-entries": variant(5, {
    term: u64,
    round: u64,
    previousIndex: u64,
    previousTerm: u64,
    leaderCommit: u64,
    /** The voter with the quickest response: it is the first to ask for votes when the link to the leader breaks. */
    standby: optional(peerId),
    entries: list(entry, MAX_ENTRIES),
  }),
  /** `matchIndex` is what is on the follower's disk. */
  appended: variant(6, { term: u64, round: u64, matchIndex: u64 }),
  /** The entry before does not match: the follower's hint for backtracking (section 5.3). */
  mismatch: variant(7, { term: u64, round: u64, conflictIndex: u64, conflictTerm: u64 }),
  /** Leadership transfer: stand for election now. */
  "timeout-now": variant(8, { term: u64 }),
  /** A piece of a snapshot of `total` bytes, from `offset` on, for a follower whose next entries are gone (section 7). */
  "install-snapshot": variant(9, {
    term: u64,
    round: u64,
    ...snapshotHead,
    total: u32,
    offset: u32,
    data: bytes(MAX_CHUNK_BYTES),
  }),
  /** The follower has that snapshot up to `offset`, and wants what follows. */
  "snapshot-received": variant(10, { term: u64, round: u64, lastIndex: u64, offset: u32 }),
});

/** A Raft message as a value. */
export type RaftMessage = TypeOf<typeof raftMessage>;

/** Raft frames. */
export const raftFraming = oneFrameType(0x23, raftMessage);

/** What Raft keeps on disk. */
export const raftRecord = union({
  /** Term and vote (Figure 2, "persistent state"). */
  "hard-state": variant(1, { currentTerm: u64, votedFor: optional(peerId) }),
  /** From `entries[0].index` on, the log is these entries: whatever stood there is cut. */
  append: variant(2, { entries: list(entry, MAX_RECORD_ENTRIES) }),
  /** Everything before is forgotten: the cluster that it belonged to was given up. */
  forget: variant(3, {}),
  /** The log up to `lastIndex` is in this snapshot; entries behind stay where both have the last one. */
  snapshot: variant(4, { ...snapshotHead, data: bytes(MAX_SNAPSHOT_BYTES) }),
});

/** A snapshot as a value. */
export type Snapshot = Extract<TypeOf<typeof raftRecord>, { readonly kind: "snapshot" }>;

/** Why an election is held. */
export type ElectionCause =
  /** The first peer of a cluster elects itself. */
  | { readonly kind: "founding" }
  /** The link to the leader broke. */
  | { readonly kind: "link-broke"; readonly leader: PeerId }
  /** Nothing was heard of the leader for this long. */
  | { readonly kind: "leader-silent"; readonly leader: PeerId | null; readonly silentMs: number }
  /** The leader handed over. */
  | { readonly kind: "transfer"; readonly leader: PeerId };

/** The last election as this peer saw it. */
export interface ElectionCard {
  readonly term: number;
  /** Null where this peer only heard of the outcome. */
  readonly because: ElectionCause | null;
  readonly asker: PeerId;
  readonly yes: readonly PeerId[];
  readonly no: readonly PeerId[];
  readonly silent: readonly PeerId[];
  /** Monotonic ms. */
  readonly startedAt: number;
  /** Null while it runs or when it failed. */
  readonly endedAt: number | null;
  readonly outcome: "running" | "won" | "lost" | "unknown";
}

/** What a leader knows of another member. */
export interface Progress {
  readonly peer: PeerId;
  readonly matchIndex: number;
  /** The next entry to send: those between are on their way. */
  readonly nextIndex: number;
  /** Asked where the logs agree, sent entries as they come, or sent a snapshot. */
  readonly state: "probe" | "replicate" | "snapshot";
  /** Part of the snapshot that it has, 0 to 1; null while it is sent none. */
  readonly snapshotPart: number | null;
  /** Median round trip of recent appends, ms; null before the first. */
  readonly responseMs: number | null;
  /** Monotonic ms. */
  readonly heardAt: number | null;
}

/** The vocabulary of Raft. */
export interface RaftSpeech {
  message: RaftMessage;
  record: TypeOf<typeof raftRecord>;
  command: /** Found a cluster: this peer is its only voter. */
    | { readonly kind: "found" }
    /** Forget everything: the cluster was given up. */
    | { readonly kind: "forget" }
    /** A leader makes learners, voters and removals of what membership holds; it hands over to the standby if nobody is named. */
    | ElectionCommand
    | OrderCommand;
  event:
    | { readonly kind: "election-started"; readonly term: number; readonly because: ElectionCause }
    | {
        readonly kind: "election-failed";
        readonly term: number;
        readonly because: "no-majority" | "higher-term" | "leader-found";
      }
    | { readonly kind: "vote-granted"; readonly term: number; readonly to: PeerId }
    | {
        readonly kind: "leader-elected";
        readonly term: number;
        readonly leader: PeerId;
        /** How it came, where this peer itself was elected. */
        readonly election: ElectionCard | null;
        readonly previous: PeerId | null;
        /**
         * Where this peer itself was elected: the least time since any of its voters, itself included, had last heard an
         * earlier leader. Null where that is not known, as one of them has heard none in this life.
         */
        readonly quietMs: number | null;
      }
    | {
        readonly kind: "leader-lost";
        readonly term: number;
        readonly leader: PeerId;
        readonly because: "link-broke" | "silent" | "higher-term" | "quorum-lost" | "transferred" | "removed";
      }
    /** No majority of the voters can be heard, or can be heard again. */
    | { readonly kind: "quorum-lost" | "quorum-regained"; readonly missing: readonly PeerId[]; readonly voters: number }
    | {
        readonly kind: "configuration-changed";
        readonly index: number;
        readonly configuration: Configuration;
        readonly change: string;
        readonly peer: PeerId | null;
      }
    /** All from `first` to `index` is committed; `term` is that of the last of them. */
    | { readonly kind: "entry-committed"; readonly first: number; readonly index: number; readonly term: number }
    | OrderEvent
    /** The log begins behind `index` now; `bytes` of snapshot stand for what came before. */
    | { readonly kind: "log-compacted"; readonly index: number; readonly bytes: number }
    | { readonly kind: "snapshot-started"; readonly to: PeerId; readonly index: number; readonly bytes: number }
    | { readonly kind: "snapshot-received"; readonly from: PeerId; readonly index: number; readonly bytes: number }
    | { readonly kind: "log-truncated"; readonly from: number }
    | { readonly kind: "transfer-started"; readonly to: PeerId }
    | {
        readonly kind: "transfer-failed";
        readonly to: PeerId | null;
        readonly because: "nobody-fit" | "timed-out" | "not-leader";
      }
    /** A leave may go on: leadership is handed over, or there was none. */
    | { readonly kind: "left-office" }
    /** Whether the log holds anything that giving the cluster up would lose. */
    | { readonly kind: "bound-changed"; readonly bound: boolean };
  view: {
    readonly role: "follower" | "pre-candidate" | "candidate" | "leader" | "learner";
    readonly currentTerm: number;
    readonly votedFor: PeerId | null;
    readonly leader: PeerId | null;
    /** Monotonic ms at which this leader became known. */
    readonly leaderSince: number | null;
    readonly leaderHeardAt: number | null;
    readonly standby: PeerId | null;
    readonly commitIndex: number;
    readonly commitTerm: number;
    readonly lastLogIndex: number;
    readonly lastLogTerm: number;
    /** The first entry that is kept; what came before is in the snapshot. */
    readonly firstLogIndex: number;
    /** What the latest snapshot stands for; 0 without one. */
    readonly snapshotIndex: number;
    readonly snapshotBytes: number;
    readonly voters: readonly PeerId[];
    readonly learners: readonly PeerId[];
    /** Voters heard of within an election timeout, this peer included; only a leader knows, else null. */
    readonly votersHeard: readonly PeerId[] | null;
    readonly progress: readonly Progress[];
    readonly election: ElectionCard | null;
    /** The questions and answers of the latest election, oldest first; at most 32. */
    readonly messages: readonly ElectionMessage[];
    /** Whether the log holds anything that giving the cluster up would lose. */
    readonly bound: boolean;
    /** The newest entries, oldest first; at most 16. */
    readonly tail: readonly Entry[];
    readonly heartbeatIntervalMs: number;
    readonly electionTimeoutMs: number;
  };
  options: {
    readonly peer: PeerId;
    /** Whether the peers of the cluster elect this way at all; else it is silent, and what is saved is kept. */
    readonly active: boolean;
    readonly heartbeatIntervalMs: number;
    /** Least silence before an election; the timeouts are drawn from this up to twice this. */
    readonly electionTimeoutMs: number;
    /** How long a voter is unhealthy before it is removed. */
    readonly removalMs: number;
    /** How a read is made linearizable: by a round of heartbeats, or by a lease (dissertation 6.4). */
    readonly reads: ReadMode;
    /** Bytes of committed entries behind the latest snapshot from which on another is wanted, if it is smaller. */
    readonly snapshotBytes: number;
  };
}
