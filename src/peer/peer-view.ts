import type { Address } from "../core/address.ts";
import type { Modes } from "../core/modes.ts";
import type { ClusterId, PeerId } from "../core/peer-id.ts";
import type { FilesView, ValuesView } from "../core/store-view.ts";
import type { Direction, FaultCounters, FaultTarget, LinkFault } from "../faults/fault.ts";
import type { Phase } from "../protocols/discovery/message.ts";
import type { PlaceState } from "../protocols/foreign/message.ts";
import type { GossipId, Refusals } from "../protocols/gossip/message.ts";
import type { Status } from "../protocols/membership/message.ts";
import type { NoticeState } from "../protocols/notification/message.ts";
import type { ElectionCause } from "../protocols/raft/message.ts";
import type { ElectionPicture, EntryId, MutexPicture, OrderPicture } from "./agreement-view.ts";
import type { BrokerPicture, LifePicture, VipPicture } from "./pool-view.ts";

export type {
  BrokerPicture,
  Direction,
  ElectionCause,
  ElectionPicture,
  EntryId,
  FaultTarget,
  LifePicture,
  LinkFault,
  MutexPicture,
  NoticeState,
  OrderPicture,
  Phase,
  Status,
  VipPicture,
};

/**
 * The one picture of a peer: the terminal renders it, `GET /v1/status` returns it, `p2p-node status --json` prints it.
 * A contract with programs: fields are added, never renamed. Ages and durations are in milliseconds.
 */
export interface PeerView {
  /** Wall-clock time of the picture, ms since 1970; for display only. */
  readonly at: number;
  /** Since the peer started. */
  readonly upMs: number;
  readonly self: {
    readonly id: PeerId;
    readonly name: string;
    readonly address: Address;
    /** Null while it seeks one. */
    readonly clusterId: ClusterId | null;
    readonly incarnation: number;
    readonly phase: Phase;
    /** Addresses that are being tried. */
    readonly trying: readonly Address[];
  };
  readonly lamport: number;
  /** The other members, by address. */
  readonly peers: readonly PeerRow[];
  readonly gossip: GossipPicture;
  readonly notifications: NotificationPicture;
  readonly foreign: ForeignPicture;
  /** How the peers of the cluster agree. */
  readonly modes: Modes;
  readonly election: ElectionPicture;
  readonly order: OrderPicture;
  readonly mutex: MutexPicture;
  /** The virtual address, and who holds it. */
  readonly vip: VipPicture;
  /** The pool: its workers and jobs. */
  readonly broker: BrokerPicture;
  /** The part of a board that is looked at here; null while none is. */
  readonly life: LifePicture | null;
  readonly raft: RaftPicture;
  /** The replicated files. */
  readonly files: FilesView;
  /** The replicated store of versioned values. */
  readonly values: ValuesView;
  /** Clients' requests, and the state that they are about. */
  readonly store: StorePicture;
  /** Faults in force that this peer holds, in the order in which they were set. */
  readonly faults: readonly FaultRow[];
  /** Whether it runs, and how its clock does. */
  readonly condition: {
    readonly kind: "running" | "paused" | "crashed";
    /** Rate of its own clock; 1 is right. */
    readonly skew: number;
    /** How many times as long every timer takes, cluster-wide; 1 is right. */
    readonly pace: number;
  };
  /** What was odd when the peer started, a line each: state that was set aside, for one. */
  readonly notices: readonly string[];
  /** Everything that is counted, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What a peer does in the cluster. */
export type Role = "leader" | "standby" | "follower" | "learner" | "observer" | "none";

/** One other member. */
export interface PeerRow {
  readonly id: PeerId;
  readonly name: string;
  readonly address: Address;
  readonly status: Status;
  /** 0 to 3. */
  readonly livesRemaining: number;
  /** The latest round trip of a health check; null before the first. */
  readonly rttMs: number | null;
  /** Over the latest round trips; null before the first. */
  readonly rtt: { readonly medianMs: number; readonly p99Ms: number } | null;
  /** The latest round trips, oldest first; null for a missed one. At most 16. */
  readonly rttHistory: readonly (number | null)[];
  /** Since anything was heard of it; null if nothing ever was in this life. */
  readonly heartbeatAgeMs: number | null;
  /** The longest silence of the last 10 s, the present one included; null like the age. */
  readonly worstGapMs: number | null;
  readonly incarnation: number;
  /** Its Lamport time as last heard; null if never. */
  readonly lamport: number | null;
  readonly linked: boolean;
  readonly role: Role;
}

/** Push/pull gossip. */
export interface GossipPicture {
  readonly ids: readonly GossipId[];
  readonly rounds: number;
  readonly pushes: number;
  readonly pulls: number;
  readonly responses: number;
  readonly refused: number;
  /** IDs refused, by why: nobody's, no room in all, of one source, in one subnet, pushed in a round with too many. */
  readonly refusedBecause: Refusals;
  /** Responses that nobody asked for. */
  readonly unexpected: number;
  /** Messages dropped because their sender said too much. */
  readonly overRate: number;
  /** Rounds in which too many pushes came, so that they were not used. */
  readonly ignoredRounds: number;
  readonly lastRoundIgnored: boolean;
  /** Distinct IDs in the sample of all that were ever verified. */
  readonly sampleSize: number;
  /** Newest last. */
  readonly exchanges: readonly {
    readonly ageMs: number;
    readonly peer: PeerId;
    readonly direction: "out" | "in";
    readonly kind: "pull" | "response" | "push";
    readonly ids: number;
  }[];
  /** Statuses heard from others, newest last. */
  readonly rumours: readonly {
    readonly ageMs: number;
    readonly from: PeerId;
    readonly about: PeerId;
    readonly status: Status;
    readonly incarnation: number;
  }[];
}

/** The network of another make to which this peer belongs. */
export interface ForeignPicture {
  /** Whether it belongs to one at all. */
  readonly active: boolean;
  readonly bootstrapper: Address | null;
  /** Whom it deals with there, and how far that is. */
  readonly neighbours: readonly { readonly address: Address; readonly state: PlaceState }[];
  /** Notices sent there, and come from there. */
  readonly sent: number;
  readonly received: number;
}

/** Election and log. */
export interface RaftPicture {
  readonly role: "follower" | "pre-candidate" | "candidate" | "leader" | "learner";
  readonly currentTerm: number;
  readonly votedFor: PeerId | null;
  readonly leader: PeerId | null;
  /** Since this leader became known; null without one. */
  readonly leaderAgeMs: number | null;
  readonly standby: PeerId | null;
  readonly commitIndex: number;
  readonly lastApplied: number;
  readonly lastLogIndex: number;
  readonly voters: readonly PeerId[];
  readonly learners: readonly PeerId[];
  /** How many voters make a quorum, how many are up as far as this peer can tell, and who is missing. */
  readonly quorum: { readonly needed: number; readonly up: number; readonly missing: readonly PeerId[] };
  /** What a leader knows of the others; empty elsewhere. */
  readonly progress: readonly {
    readonly peer: PeerId;
    readonly matchIndex: number;
    /** The next entry to send: those between are on their way. */
    readonly nextIndex: number;
    /** Asked where the logs agree, sent entries as they come, or sent a snapshot. */
    readonly state: "probe" | "replicate" | "snapshot";
    /** Part of the snapshot that it has, 0 to 1; null while it is sent none. */
    readonly snapshotPart: number | null;
    readonly responseMs: number | null;
    readonly heardAgeMs: number | null;
  }[];
  readonly election: {
    readonly term: number;
    readonly because: ElectionCause | null;
    readonly asker: PeerId;
    readonly yes: readonly PeerId[];
    readonly no: readonly PeerId[];
    readonly silent: readonly PeerId[];
    readonly ageMs: number;
    /** Null while it runs or when it failed. */
    readonly tookMs: number | null;
    readonly outcome: "running" | "won" | "lost" | "unknown";
  } | null;
  /** The newest log entries, oldest first. */
  readonly tail: readonly {
    readonly index: number;
    readonly term: number;
    /** The Lamport time at which it was proposed; null where it is the log's own business. */
    readonly lamport: number | null;
    readonly text: string;
  }[];
  /** The first entry that is kept, and what the latest snapshot stands for; 0 without one. */
  readonly firstLogIndex: number;
  readonly snapshotIndex: number;
  readonly snapshotBytes: number;
  readonly heartbeatIntervalMs: number;
  readonly electionTimeoutMs: number;
}

/** Clients' requests, and the state that they are about. */
export interface StorePicture {
  /** Connections of clients here. */
  readonly clients: number;
  /** Requests that have no answer yet: of clients here, and sent on by other peers. */
  readonly open: number;
  /** Of those, the ones that wait for somebody to lead. */
  readonly waiting: number;
  readonly requests: number;
  readonly forwarded: number;
  readonly failed: number;
  /** Client sessions that the cluster knows. */
  readonly sessions: number;
  /** Bytes that files and values take, and how many they may. */
  readonly used: number;
  readonly capacity: number;
}

/** One link fault in force. */
export interface FaultRow {
  readonly id: number;
  readonly fault: LinkFault;
  readonly target: FaultTarget;
  readonly direction: Direction;
  /** Who set it. */
  readonly by: string;
  readonly ageMs: number;
  /** Until it ends by itself; null for never. */
  readonly remainingMs: number | null;
  readonly counters: FaultCounters;
}

/** Notices, who subscribes them, and what is held of them. */
export interface NotificationPicture {
  /** The latest, newest last; at most 64. */
  readonly notices: readonly NoticeRow[];
  /** Who is notified here; at most 64. */
  readonly subscribers: readonly {
    /** Null for the person at this peer. */
    readonly session: number | null;
    readonly dataTypes: readonly number[];
    /** Notifications without an answer yet. */
    readonly queued: number;
    readonly queuedBytes: number;
    readonly delivered: number;
  }[];
  /** Who subscribes what, as far as it is known: how many here, and which peers. At most 64. */
  readonly types: readonly { readonly dataType: number; readonly here: number; readonly peers: readonly PeerId[] }[];
  /** What is held for others to pull. */
  readonly cached: { readonly notices: number; readonly bytes: number };
  readonly announced: number;
  readonly received: number;
  readonly delivered: number;
  readonly duplicates: number;
}

/** One notice. */
export interface NoticeRow {
  /** 16 hex digits; with the origin it is unique. */
  readonly id: string;
  readonly origin: PeerId;
  readonly dataType: number;
  /** Links that it may still cross; 0 for no limit. */
  readonly ttl: number;
  /** Links that it has crossed. */
  readonly hops: number;
  readonly lamport: number;
  readonly bytes: number;
  /** Its first 64 bytes, in hex. */
  readonly preview: string;
  /** Who brought it; null where it was announced here or came from another network. */
  readonly from: PeerId | null;
  readonly state: NoticeState;
  /** Peers that it was sent to. */
  readonly sentTo: number;
  /** Peers known to have it, of those that subscribe its type; this one included. */
  readonly knownAt: number;
  readonly knownOf: number;
  readonly duplicates: number;
  /** Since it was first seen here. */
  readonly ageMs: number;
}
