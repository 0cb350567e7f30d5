import { type ClusterId, NO_CLUSTER, type PeerId } from "../../src/core/peer-id.ts";
import type { ProtocolName, Speeches } from "../../src/peer/registry.ts";
import { addressFrom } from "./vectors.ts";

const peer = "00000000000000a1" as PeerId;
const other = "ffffffffffffffff" as PeerId;
const cluster = "00000000000000c1" as ClusterId;
const address = addressFrom("10.0.0.7", 7001);
const ipv6 = addressFrom("2001:db8::7", 65_535);
const rumour = { peer, address, name: "Zoë", incarnation: 3, status: "at-risk" } as const;
const configuration = { voters: [peer, other], learners: [] };
const entries = [
  { index: 1, term: 1, payload: { kind: "configuration", configuration } },
  { index: 2, term: 1, payload: { kind: "no-op" } },
] as const;

const notice = {
  origin: peer,
  life: 3,
  dataType: 1337,
  sequence: 1,
  ttl: 4,
  hops: 1,
  lamport: 9,
  data: Buffer.from("note"),
};
const extract = { origin: peer, life: 3, dataType: 1337, ranges: [{ first: 1, last: 7 }] };

const zxid = { epoch: 2, counter: 9 };
const history = [
  { index: 8, epoch: 3, counter: 1, command: null },
  { index: 9, epoch: 3, counter: 2, command: Buffer.from("set x") },
];
const hash = "0123456789abcdef";
const view = { x: 0, y: 0, width: 16, height: 16, scale: 1 };
const glider = { size: 16, rows: 16, words: new Uint32Array(16) };
glider.words.set([0x4000_0000, 0x2000_0000, 0xe000_0000]);
const slice = { term: 3, job: 9, turn: 6, turns: 2, topology: "torus", y: 2, rows: 6 } as const;
const standing = { term: 3, job: 9, turn: 7, alive: 5, state: "running" } as const;

const tree = { number: 4, by: other };

/** Messages of every kind that each protocol puts on links. */
export const messages: { readonly [K in ProtocolName]: readonly Speeches[K]["message"][] } = {
  link: [
    {
      kind: "hello",
      leastVersion: 1,
      mostVersion: 1,
      role: "peer",
      cluster: NO_CLUSTER,
      peer,
      incarnation: 1,
      address: ipv6,
      name: "first",
      election: "raft",
      broadcast: "raft",
      reads: "read-index",
      security: "none",
      tagged: [{ tag: 1, value: Buffer.of(1) }],
    },
    { kind: "ping", requestId: 1 },
    { kind: "pong", requestId: 65_535 },
    { kind: "error", code: 2, text: "another cluster" },
  ],
  discovery: [{ kind: "belong", cluster, yielding: false }],
  health: [
    { kind: "probe-request", token: 7, target: address },
    { kind: "probe-answer", token: 7, answered: true },
  ],
  membership: [
    { kind: "rumours", rumours: [rumour, { ...rumour, address: ipv6, status: "left" }] },
    { kind: "table", rumours: [] },
  ],
  gossip: [
    { kind: "pull", address },
    { kind: "response", ids: [address, address] },
    { kind: "push", address: ipv6, ids: [ipv6] },
  ],
  notification: [
    { kind: "interests", dataTypes: [0, 1337, 65_535] },
    { kind: "push", offset: 700, notices: [notice, { ...notice, sequence: 2 }] },
    { kind: "received", offset: 704 },
    { kind: "prune", dataType: 1337 },
    { kind: "digest", dataTypes: [1337], offers: [extract] },
    { kind: "pull", graft: true, wanted: [extract] },
    { kind: "pulled", more: false, notices: [notice] },
  ],
  // None: its messages go to programs.
  foreign: [],
  raft: [
    { kind: "pre-vote", term: 1, lastLogIndex: 2, lastLogTerm: 1 },
    { kind: "pre-vote-answer", term: 1, granted: true, leaderHeardMs: 5 },
    { kind: "request-vote", term: 1, lastLogIndex: 2, lastLogTerm: 1, transfer: false },
    { kind: "vote-answer", term: 1, granted: false, leaderHeardMs: null },
    {
      kind: "append-entries",
      term: 1,
      round: 9,
      previousIndex: 0,
      previousTerm: 0,
      leaderCommit: 0,
      standby: other,
      entries,
    },
    { kind: "appended", term: 1, round: 9, matchIndex: 2 },
    { kind: "mismatch", term: 1, round: 9, conflictIndex: 1, conflictTerm: 0 },
    { kind: "timeout-now", term: 2 },
    {
      kind: "install-snapshot",
      term: 3,
      round: 10,
      lastIndex: 8,
      lastTerm: 2,
      configuration: { voters: [peer, other], learners: [] },
      total: 5,
      offset: 2,
      data: Buffer.from("abc"),
    },
    { kind: "snapshot-received", term: 3, round: 10, lastIndex: 8, offset: 2 },
  ],
  bully: [
    { kind: "election", priority: 7 },
    { kind: "answer", priority: 9, objects: true },
    { kind: "coordinator", priority: 9, over: peer, holdMs: 4000 },
    { kind: "heartbeat", priority: 9, over: null, holdMs: 0 },
    { kind: "resign" },
  ],
  // None: its leader is named beforehand.
  fixed: [],
  zab: [
    { kind: "follower-info", sequence: 1, acceptedEpoch: 2 },
    { kind: "new-epoch", sequence: 1, epoch: 3 },
    { kind: "epoch-accepted", sequence: 2, epoch: 3, isMember: true, currentEpoch: 2, digest: [zxid] },
    { kind: "history-wanted", sequence: 2, epoch: 3, digest: [zxid] },
    { kind: "difference", sequence: 3, epoch: 3, index: 7, zxid },
    { kind: "snapshot", sequence: 3, epoch: 3, index: 7, zxid, total: 5, offset: 2, data: Buffer.from("abc") },
    { kind: "entries", sequence: 4, epoch: 3, commitIndex: 7, entries: history },
    { kind: "received", sequence: 4, epoch: 3, index: 8, offset: 0 },
    { kind: "new-leader", sequence: 5, epoch: 3, index: 8, zxid, members: [{ address, peer }] },
    { kind: "accepted", sequence: 5, epoch: 3, index: 8 },
    { kind: "up-to-date", sequence: 6, epoch: 3, commitIndex: 8 },
    { kind: "ping", sequence: 7, epoch: 3, round: 1 },
    { kind: "pong", sequence: 7, epoch: 3, round: 1 },
    { kind: "resigned", sequence: 8, epoch: 3 },
    { kind: "impostor", sequence: 9, epoch: 3, members: [{ address, peer }] },
  ],
  mutex: [
    { kind: "state", sequence: 1, time: 5, anew: false, wants: [{ name: "door", timestamp: 4, holds: true }] },
    { kind: "request", sequence: 2, time: 6, name: "door", timestamp: 6 },
    { kind: "reply", sequence: 3, time: 7, name: "door", timestamp: 6 },
    { kind: "release", sequence: 4, time: 8, name: "door", timestamp: 6 },
    { kind: "check", sequence: 5, time: 9 },
    { kind: "checked", sequence: 6, time: 10 },
    { kind: "token-wanted", sequence: 7, time: 11, version: tree, name: "door" },
    { kind: "token", sequence: 8, time: 12, version: tree, name: "door" },
    { kind: "disturbed", sequence: 9, time: 13 },
    { kind: "freeze", sequence: 10, time: 14, version: tree, participants: [peer, other] },
    { kind: "frozen", sequence: 11, time: 15, version: tree, tokens: [{ name: "door", inside: false }], more: false },
    { kind: "orient", sequence: 12, time: 16, version: tree, tokens: [{ name: "door", at: other }], more: false },
  ],
  // None: all of it is in the order.
  office: [],
  broker: [
    { kind: "board-piece", term: 3, job: 9, turn: 7, hash, size: 16, total: 33, offset: 0, data: Buffer.alloc(33) },
    { kind: "board-kept", term: 3, hash, offset: 33 },
    { kind: "board-wanted", term: 3, hash, offset: 0 },
    { kind: "board-unknown", term: 3, hash },
    { kind: "look", job: 0, window: view, since: 7, shown: null },
    { kind: "look", job: 9, window: view, since: 7, shown: { edits: 1, state: "paused" } },
    {
      kind: "picture",
      term: 3,
      job: 9,
      size: 16,
      turn: 7,
      alive: 5,
      state: "running",
      edits: 0,
      turnsPerSecond: 60,
      window: view,
      dots: Buffer.alloc(32),
      bands: [{ y: 0, rows: 16, worker: peer }],
    },
    {
      kind: "pool-news",
      term: 3,
      workers: [{ peer, speed: 900, outstanding: 256, slices: 12, failures: 1, responseUs: 300, late: false }],
    },
    { kind: "request", requestId: 1, request: { kind: "subscribe", speed: 0 } },
    { kind: "request", requestId: 2, request: { kind: "unsubscribe" } },
    {
      kind: "request",
      requestId: 3,
      request: { kind: "process-gol", turns: null, pace: 20, topology: "torus", board: glider },
    },
    {
      kind: "request",
      requestId: 4,
      request: { ...slice, kind: "process-slice", band: { ...glider, rows: 10, words: glider.words.slice(0, 10) } },
    },
    { kind: "request", requestId: 5, request: { kind: "count-alive", job: 0, since: 7 } },
    { kind: "request", requestId: 6, request: { kind: "flip", job: 9, board: glider } },
    { kind: "request", requestId: 7, request: { kind: "pause", job: 9, action: "step", turns: 2 } },
    { kind: "request", requestId: 8, request: { kind: "screenshot", job: 9, rows: { y: 2, rows: 4 } } },
    { kind: "request", requestId: 9, request: { kind: "quit" } },
    { kind: "request", requestId: 65_535, request: { kind: "kill", job: 9 } },
    { kind: "answer", requestId: 1, answer: { kind: "subscribe", term: 3 } },
    { kind: "answer", requestId: 3, answer: { kind: "process-gol", term: 3, job: 9 } },
    {
      kind: "answer",
      requestId: 4,
      answer: {
        ...{ ...slice, kind: "process-slice", alive: 5, tookUs: 40 },
        band: { ...glider, rows: 6, words: glider.words.slice(0, 6) },
      },
    },
    { kind: "answer", requestId: 5, answer: { kind: "count-alive", ...standing } },
    {
      kind: "answer",
      requestId: 8,
      answer: { kind: "screenshot", ...standing, y: 0, rows: 16, band: glider },
    },
    { kind: "answer", requestId: 9, answer: { kind: "error", code: "no-job", text: "there is no job 9" } },
  ],
  service: [
    {
      kind: "forward",
      changes: [
        { number: 1, once: null, operation: { kind: "create", name: "notes" } },
        { number: 2, once: { session: 7, sequence: 3 }, operation: { kind: "write", key: "k", value: "v", time: 9 } },
      ],
      queries: [{ number: 3, query: { kind: "read", name: "notes" } }],
    },
    { kind: "answered", answers: [{ number: 1, answer: { kind: "display", text: "created notes" } }] },
    { kind: "taken", units: 65_536 },
  ],
};

/** Records of every kind that each protocol keeps on disk. */
export const records: { readonly [K in ProtocolName]: readonly Speeches[K]["record"][] } = {
  link: [],
  discovery: [
    { kind: "founded", cluster, yields: true },
    { kind: "joined", cluster },
    { kind: "remembered", addresses: [address, ipv6] },
    { kind: "yielded", to: cluster },
  ],
  health: [],
  membership: [
    { kind: "self", incarnation: 2 },
    { kind: "member", rumour },
    { kind: "forgotten", peer },
  ],
  gossip: [],
  notification: [],
  foreign: [],
  raft: [
    { kind: "hard-state", currentTerm: 4, votedFor: null },
    { kind: "append", entries },
    { kind: "forget" },
    {
      kind: "snapshot",
      lastIndex: 8,
      lastTerm: 2,
      configuration: { voters: [peer, other], learners: [] },
      data: Buffer.from("abc"),
    },
  ],
  bully: [],
  fixed: [],
  zab: [
    { kind: "accepted-epoch", epoch: 3 },
    { kind: "current-epoch", epoch: 3 },
    { kind: "append", entries: history },
    { kind: "truncate", index: 7 },
    { kind: "snapshot", index: 7, zxid, data: Buffer.from("abc") },
    { kind: "member", address, peer },
    { kind: "forget" },
  ],
  mutex: [],
  office: [],
  broker: [
    { kind: "board", term: 3, job: 9, turn: 7, hash, size: 16, data: Buffer.alloc(33) },
    { kind: "board-dropped", hash },
  ],
  service: [],
};
