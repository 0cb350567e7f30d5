import type { Address } from "../../src/core/address.ts";
import { USUAL_MODES } from "../../src/core/modes.ts";
import type { ClusterId, PeerId } from "../../src/core/peer-id.ts";
import type { FilesView, ValuesView } from "../../src/core/store-view.ts";
import type { ElectionPicture, OrderPicture } from "../../src/peer/agreement-view.ts";
import type { PeerEvent } from "../../src/peer/peer-event.ts";
import type {
  FaultRow,
  NoticeRow,
  NotificationPicture,
  PeerRow,
  PeerView,
  RaftPicture,
  StorePicture,
} from "../../src/peer/peer-view.ts";

type FileRow = FilesView["recent"][number];
type ValueRow = ValuesView["recent"][number];

/** The ID of the n-th peer of a picture. */
export function id(n: number): PeerId {
  return (0xabc0000000000000n + BigInt(n)).toString(16) as PeerId;
}

/** Where the n-th peer listens: 127.0.0.1:7001 is the first one's address. */
export function at(n: number): Address {
  return `127.0.0.1:${7000 + n}` as Address;
}

/** A healthy, linked follower, but for what is said. */
export function row(n: number, changed: Partial<PeerRow> = {}): PeerRow {
  return {
    id: id(n),
    name: "",
    address: at(n),
    status: "healthy",
    livesRemaining: 3,
    rttMs: 0.3,
    rtt: { medianMs: 0.3, p99Ms: 0.9 },
    rttHistory: [0.3, 0.4, 0.3, 0.3, 0.9, 0.3],
    heartbeatAgeMs: 40,
    worstGapMs: 90,
    incarnation: 1,
    lamport: 180 - n,
    linked: true,
    role: "follower",
    ...changed,
  };
}

/** A fault that was set here just now: a silent cut both ways towards the n-th peer, but for what is said. */
export function fault(n: number, changed: Partial<FaultRow> = {}): FaultRow {
  return {
    id: n,
    fault: { kind: "cut", reset: false },
    target: id(n),
    direction: "both",
    by: "7001",
    ageMs: 12_300,
    remainingMs: null,
    counters: { blocked: 41, dropped: 0, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 },
    ...changed,
  };
}

/** The n-th notice of type 1337 that the third peer announced, which the second brought; but for what is said. */
export function noticeRow(
  n: number,
  changed: Partial<Omit<NoticeRow, "bytes">> & { readonly data?: string | Uint8Array } = {},
): NoticeRow {
  const { data = `reading ${n}`, dataType = 1337, ...more } = changed;
  const bytes = Buffer.from(data);
  return {
    id: `0001${dataType.toString(16).padStart(4, "0")}${n.toString(16).padStart(8, "0")}`,
    origin: id(3),
    dataType,
    ttl: 3,
    hops: 2,
    lamport: 160 + n,
    bytes: bytes.length,
    preview: bytes.subarray(0, 64).toString("hex"),
    from: id(2),
    state: "accepted",
    sentTo: 2,
    knownAt: 3,
    knownOf: 4,
    duplicates: 0,
    ageMs: 60_000 - 1000 * n,
    ...more,
  };
}

/** Notices of every state and kind, newest last: of us and of others, text and not, hostile ones, one of another network. */
export const NOTICES: readonly NoticeRow[] = [
  noticeRow(1, {
    origin: "3f2ae1d200000000" as PeerId,
    from: null,
    id: "0000053900000007",
    data: "from far away",
    ttl: 0,
  }),
  noticeRow(2, { data: "\x1b[2J\x1b]0;owned\x07" }),
  noticeRow(3, { data: "\u{202e}txt.exe", dataType: 7 }),
  noticeRow(4, { data: new Uint8Array(65_527), state: "rejected", knownAt: 1, sentTo: 0 }),
  noticeRow(5, {
    data: "a text that goes on and on, and behind its sixty-fourth byte it goes on still",
    duplicates: 2,
  }),
  noticeRow(6, {
    data: "\u{6771}\u{4eac}\u{90fd}\u{5e81}\u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e} has two lines\n\tof text",
    knownAt: 4,
  }),
  noticeRow(1, { origin: id(1), from: null, hops: 0, data: "hello, world", ageMs: 1400, lamport: 181 }),
  noticeRow(7, { state: "pending", sentTo: 0, knownAt: 2, ageMs: 300, lamport: 182 }),
];

/** The person here and two programs subscribe, one of which is slow. */
export const NOTIFICATIONS: NotificationPicture = {
  notices: NOTICES,
  subscribers: [
    { session: null, dataTypes: [1337], queued: 0, queuedBytes: 0, delivered: 9 },
    { session: 4, dataTypes: [1337, 7], queued: 0, queuedBytes: 0, delivered: 12 },
    { session: 6, dataTypes: [1337], queued: 3, queuedBytes: 1234, delivered: 2 },
  ],
  types: [
    { dataType: 7, here: 1, peers: [id(3)] },
    { dataType: 1337, here: 3, peers: [id(2), id(3), id(4)] },
    { dataType: 4711, here: 0, peers: [id(5)] },
  ],
  cached: { notices: 15, bytes: 66_123 },
  announced: 1,
  received: 14,
  delivered: 23,
  duplicates: 2,
};

/** As many notices, types and subscribers as a picture holds. */
export const FLOOD: NotificationPicture = {
  ...NOTIFICATIONS,
  notices: Array.from({ length: 64 }, (_, n) => noticeRow(2 ** 32 - 64 + n, { origin: id(1 + (n % 5)) })),
  subscribers: Array.from({ length: 64 }, (_, n) => ({
    session: n === 0 ? null : 2 ** 32 + 2 * n,
    dataTypes: Array.from({ length: n + 1 }, (_, type) => 65_535 - type),
    queued: 16_384 - n,
    queuedBytes: 16_000_000 - n,
    delivered: 10_000_000,
  })),
  types: Array.from({ length: 64 }, (_, n) => ({ dataType: 65_535 - n, here: 64 - n, peers: [id(2), id(3), id(4)] })),
};

/** The n-th file, written by log entry 40 + n; but for what is said. */
export function fileRow(n: number, changed: Partial<FileRow> = {}): FileRow {
  return {
    name: `file-${n}`,
    bytes: 11,
    createdAt: { index: 20 + n, lamport: 100 + n },
    writtenAt: { index: 40 + n, lamport: 140 + n },
    preview: "hello world",
    ...changed,
  };
}

/** The n-th value, written by log entry 60 + n; but for what is said. */
export function valueRow(n: number, changed: Partial<ValueRow> = {}): ValueRow {
  return {
    key: `key-${n}`,
    value: `value ${n}`,
    writtenAt: 180 + n,
    index: 60 + n,
    lamport: 160 + n,
    versions: 1,
    older: [],
    ...changed,
  };
}

/** Files with all kinds of names and contents, hostile ones among them, newest first. */
export const FILES: FilesView = {
  count: 9,
  bytes: 66_123,
  recent: [
    fileRow(8, { name: "notes", preview: "one\ntwo\tthree", bytes: 13 }),
    fileRow(7, {
      name: "my notes",
      bytes: 64_000,
      preview: "a text that goes on and on, and behind its beginning still",
    }),
    fileRow(6, { name: "\x1b[2J\x1b]0;owned\x07", preview: "\x1b[31mred\x1b[0m" }),
    fileRow(5, { name: "\u{202e}txt.exe", preview: "\u{2066}\u{202e}gnol\u{200b}" }),
    fileRow(4, {
      name: "\u{6771}\u{4eac}\u{90fd}\u{5e81}",
      preview: "\u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e}".repeat(9),
      bytes: 135,
    }),
    fileRow(3, { name: "empty", bytes: 0, preview: "" }),
    fileRow(2, { name: "n".repeat(255), preview: `z${"\u{301}".repeat(30)}`, bytes: 61 }),
  ],
};

/** Values with all kinds of keys, newest first. */
export const VALUES: ValuesView = {
  count: 4,
  versions: 9,
  bytes: 120,
  clock: 184,
  recent: [
    valueRow(4, { key: "colour", value: "blue", versions: 4, older: [182, 181, 17] }),
    valueRow(3, { key: "\x1b[2J\u{202e}evil", value: "\x07\x1b]0;owned\x07", versions: 3, older: [9, 8] }),
    valueRow(2, { key: "\u{6771}\u{4eac}", value: "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}" }),
    valueRow(1, { key: "k".repeat(255), value: "v".repeat(64) }),
  ],
};

/** What clients do at a peer, of which two are connected. */
export const STORE: StorePicture = {
  clients: 2,
  open: 3,
  waiting: 0,
  requests: 120,
  forwarded: 90,
  failed: 1,
  sessions: 2,
  used: 70_000,
  capacity: 64 * 1024 * 1024,
};

/** As many files and values as a picture holds. */
export const STORE_FLOOD = {
  files: { ...FILES, count: 100_000, recent: Array.from({ length: 64 }, (_, n) => fileRow(n, { bytes: n * 9_999 })) },
  values: {
    ...VALUES,
    count: 100_000,
    versions: 1_600_000,
    clock: 2 ** 52,
    recent: Array.from({ length: 64 }, (_, n) => valueRow(n, { versions: n, writtenAt: 2 ** 52 - n, index: 2 ** 40 })),
  },
};

/** What a peer whose cluster elects by Raft shows of the election. */
function electionOf({ role, leader, leaderAgeMs, voters }: RaftPicture): ElectionPicture {
  return {
    kind: "raft",
    role: role === "pre-candidate" ? "candidate" : role === "learner" ? "follower" : role,
    leader,
    leaderAgeMs,
    rivals: [],
    priority: null,
    participants: voters.map((peer) => ({ peer, priority: null })),
    holdMs: null,
    named: null,
    messages: [],
  };
}

/** What a peer whose cluster keeps Raft's log shows of the order. */
function orderOf(raft: RaftPicture): OrderPicture {
  const { role, leader, currentTerm, commitIndex, lastLogIndex, voters, quorum } = raft;
  return {
    kind: "raft",
    role: role === "leader" ? "leader" : role === "learner" ? "observer" : "follower",
    phase: leader === null ? "election" : "broadcast",
    leader,
    epoch: currentTerm,
    currentEpoch: currentTerm,
    last: [currentTerm, lastLogIndex],
    committed: [currentTerm, commitIndex],
    firstIndex: raft.firstLogIndex,
    lastIndex: lastLogIndex,
    commitIndex,
    lastApplied: raft.lastApplied,
    snapshotIndex: raft.snapshotIndex,
    snapshotBytes: raft.snapshotBytes,
    members: voters.map((peer) => ({ peer, address: null, isUp: !quorum.missing.includes(peer) })),
    quorum: { needed: quorum.needed, up: quorum.up },
    progress: raft.progress.map(({ matchIndex, nextIndex, ...known }) => ({
      ...known,
      isMember: voters.includes(known.peer),
      ackedIndex: matchIndex,
      sentIndex: nextIndex - 1,
    })),
    tail: raft.tail.map(({ term, index, ...entry }) => ({
      ...entry,
      index,
      id: [term, index],
      isCommitted: index <= commitIndex,
    })),
  };
}

/** What may be said of a picture. */
export interface Said {
  /** Members, this peer included. */
  readonly peers?: number;
  readonly rows?: readonly PeerRow[];
  readonly self?: Partial<PeerView["self"]>;
  readonly raft?: Partial<RaftPicture>;
  readonly view?: Partial<PeerView>;
}

/** A quiet cluster as its first member sees it, which leads; but for what is said. */
export function picture(said: Said = {}): PeerView {
  const peers =
    said.rows ??
    Array.from({ length: (said.peers ?? 5) - 1 }, (_, i) => row(i + 2, i === 0 ? { role: "standby" } : {}));
  const voters = [id(1), ...peers.map((peer) => peer.id)].slice(0, 7);
  const raft: RaftPicture = {
    role: "leader",
    currentTerm: 4,
    votedFor: id(1),
    leader: id(1),
    leaderAgeMs: 12_300,
    standby: peers[0]?.id ?? null,
    commitIndex: 9,
    lastApplied: 9,
    lastLogIndex: 9,
    voters,
    learners: [],
    quorum: { needed: Math.floor(voters.length / 2) + 1, up: voters.length, missing: [] },
    progress: peers.map((peer) => ({
      peer: peer.id,
      matchIndex: 9,
      nextIndex: 10,
      state: "replicate",
      snapshotPart: null,
      responseMs: 0.4,
      heardAgeMs: 30,
    })),
    election: {
      term: 4,
      because: { kind: "link-broke", leader: id(5) },
      asker: id(1),
      yes: voters.slice(0, 3),
      no: [],
      silent: voters.slice(3),
      ageMs: 12_300,
      tookMs: 61,
      outcome: "won",
    },
    tail: [
      { index: 8, term: 3, lamport: null, text: "configuration: 5 voters" },
      { index: 9, term: 4, lamport: null, text: "no-op" },
    ],
    firstLogIndex: 1,
    snapshotIndex: 0,
    snapshotBytes: 0,
    heartbeatIntervalMs: 50,
    electionTimeoutMs: 300,
    ...said.raft,
  };
  return {
    at: 1_700_000_000_000,
    upMs: 184_000,
    self: {
      id: id(1),
      name: "",
      address: at(1),
      clusterId: "3f2a91bc00000001" as ClusterId,
      incarnation: 1,
      phase: "member",
      trying: [],
      ...said.self,
    },
    lamport: 182,
    peers,
    gossip: {
      ids: peers.map((peer, counter) => ({ counter, address: peer.address })),
      rounds: 120,
      pushes: 30,
      pulls: 44,
      responses: 44,
      refused: 0,
      refusedBecause: { unusable: 0, room: 0, source: 0, subnet: 0, round: 0 },
      unexpected: 0,
      overRate: 0,
      ignoredRounds: 0,
      lastRoundIgnored: false,
      sampleSize: peers.length,
      exchanges: peers.slice(0, 4).map((peer, i) => ({
        ageMs: 5000 - 900 * i,
        peer: peer.id,
        direction: i % 2 ? "in" : "out",
        kind: i % 2 ? "pull" : "push",
        ids: 4,
      })),
      rumours: peers.slice(0, 2).map((peer) => ({
        ageMs: 12_000,
        from: peer.id,
        about: peers.at(-1)?.id ?? id(1),
        status: "at-risk",
        incarnation: 2,
      })),
    },
    foreign: { active: false, bootstrapper: null, neighbours: [], sent: 0, received: 0 },
    notifications: {
      notices: [],
      subscribers: [],
      types: [],
      cached: { notices: 0, bytes: 0 },
      announced: 0,
      received: 0,
      delivered: 0,
      duplicates: 0,
    },
    modes: USUAL_MODES,
    election: electionOf(raft),
    order: orderOf(raft),
    mutex: { kind: "lamport", locks: [], participants: [], counts: {} },
    vip: {
      address: null,
      driver: "bind",
      holder: null,
      holderAddress: null,
      term: 0,
      phase: "idle",
      held: false,
      waitMs: null,
      leaseLeftMs: null,
      leaseMs: 225,
      sinceMs: null,
      renewals: 0,
      expiries: 0,
    },
    broker: {
      holder: null,
      standby: raft.standby,
      isWorker: true,
      workers: [],
      jobs: [],
      callers: 0,
      calls: 0,
      working: 0,
      worked: 0,
      counts: {
        slices: 0,
        hedged: 0,
        moved: 0,
        lateAnswers: 0,
        duplicateAnswers: 0,
        unknownAnswers: 0,
        rejectedAnswers: 0,
        refusedCalls: 0,
      },
      boards: { count: 0, bytes: 0 },
    },
    life: null,
    raft,
    files: { count: 0, bytes: 0, recent: [] },
    values: { count: 0, versions: 0, bytes: 0, clock: 0, recent: [] },
    store: {
      clients: 0,
      open: 0,
      waiting: 0,
      requests: 0,
      forwarded: 0,
      failed: 0,
      sessions: 0,
      used: 0,
      capacity: 64 * 1024 * 1024,
    },
    faults: [],
    condition: { kind: "running", skew: 1, pace: 1 },
    notices: [],
    counters: { "frames discarded": 0, "packets dropped": 2 },
    ...said.view,
  };
}

/** An event as a peer tells it. */
export function told(lamport: number, event: PeerEvent["event"], routine = false): PeerEvent {
  return { now: 1000 * lamport, lamport, routine, event };
}

/** How the cluster of `picture` came to be. */
export const STORY: readonly PeerEvent[] = [
  told(1, { kind: "started", peer: id(1), incarnation: 1 }),
  told(2, { kind: "seeking", addresses: Array.from({ length: 16 }, (_, i) => at(i + 1)), because: "scan" }),
  told(3, { kind: "cluster-founded", cluster: "3f2a91bc00000001" as ClusterId }),
  told(9, { kind: "member-joined", peer: id(2), address: at(2), name: "" }),
  told(12, { kind: "member-joined", peer: id(3), address: at(3), name: "" }),
  told(30, { kind: "leader-elected", term: 3, leader: id(5), election: null, previous: null }),
  told(40, { kind: "probe-answered", peer: id(2), rttMs: 0.31 }, true),
  told(164, { kind: "link-lost", peer: id(5), address: at(5), reason: "connection reset", goodbye: null }),
  told(164, { kind: "leader-lost", term: 3, leader: id(5), because: "link-broke" }),
  told(165, {
    kind: "leader-elected",
    term: 4,
    leader: id(1),
    previous: id(5),
    election: {
      term: 4,
      because: { kind: "link-broke", leader: id(5) },
      asker: id(1),
      yes: [id(1), id(2), id(3)],
      no: [],
      silent: [id(4), id(5)],
      startedAt: 1000,
      endedAt: 1061,
      outcome: "won",
    },
  }),
  told(180, {
    kind: "member-at-risk",
    peer: id(3),
    address: at(3),
    livesRemaining: 2,
    because: { kind: "probes-missed", via: [id(2), id(4)] },
  }),
];
