/**
 * Shows the terminal over pictures instead of a peer, to be looked at:
 * `node look.js PICTURE [EVENTS-A-SECOND]` once it is bundled. Prints its own CPU time and memory at the end.
 */
import type { Address } from "../../src/core/address.ts";
import { BULLY, BULLY_ZAB, LOCKS, ZAB } from "./agreements.ts";
import { FakeDesk } from "./fake-desk.ts";
import {
  at,
  FILES,
  FLOOD,
  fault,
  id,
  NOTIFICATIONS,
  picture,
  row,
  type Said,
  STORE,
  STORY,
  told,
  VALUES,
} from "./pictures.ts";
import { POOL, STUCK_POOL, VIP_HELD, VIP_WAITED } from "./pools.ts";

process.env.NODE_ENV ??= "production";

const AGREEMENTS = { modes: BULLY_ZAB, election: BULLY, order: ZAB, mutex: LOCKS };

const PICTURES: Record<string, Said> = {
  five: {
    rows: [
      row(2, { role: "standby" }),
      row(3, {
        status: "at-risk",
        livesRemaining: 2,
        heartbeatAgeMs: 1400,
        worstGapMs: 1400,
        rttHistory: [0.3, 0.9, null, 1.2, 4, null],
      }),
      row(4, {
        linked: false,
        status: "unhealthy",
        livesRemaining: 0,
        heartbeatAgeMs: 62_000,
        worstGapMs: 10_000,
        rttHistory: [null, null, null, null],
      }),
      row(5, { status: "left", livesRemaining: 0, linked: false, role: "none" }),
    ],
    raft: { quorum: { needed: 3, up: 3, missing: [id(4), id(5)] } },
  },
  quiet: {},
  one: { peers: 1 },
  thirty: { peers: 30 },
  seeking: {
    peers: 1,
    self: { phase: "seeking", clusterId: null, trying: Array.from({ length: 16 }, (_, i) => at(i + 1)) },
    raft: {
      role: "follower",
      leader: null,
      leaderAgeMs: null,
      voters: [],
      currentTerm: 0,
      election: null,
      votedFor: null,
      quorum: { needed: 0, up: 0, missing: [] },
    },
  },
  stuck: {
    peers: 3,
    raft: { role: "follower", leader: null, leaderAgeMs: null, quorum: { needed: 2, up: 1, missing: [id(2), id(3)] } },
  },
  follower: {
    raft: { role: "follower", leader: id(3), standby: id(2), progress: [], votedFor: id(3) },
    rows: [row(2, { role: "standby" }), row(3, { role: "leader" }), row(4), row(5, { linked: false })],
  },
  broken: {
    rows: [row(2, { role: "standby" }), row(3, { status: "at-risk", livesRemaining: 2 }), row(4), row(5)],
    view: {
      faults: [
        fault(3, { direction: "out" }),
        fault(4, {
          fault: { kind: "drop", percent: 30 },
          remainingMs: 18_000,
          by: "7002",
          counters: { blocked: 0, dropped: 12, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 },
        }),
      ],
    },
  },
  notices: { view: { notifications: NOTIFICATIONS } },
  flood: { view: { notifications: FLOOD } },
  store: { view: { files: FILES, values: VALUES, store: STORE } },
  zab: { view: AGREEMENTS },
  pool: { view: { vip: VIP_HELD, broker: POOL } },
  stuck_pool: { view: { vip: VIP_WAITED, broker: STUCK_POOL } },
  parted: {
    view: { ...AGREEMENTS, election: { ...BULLY, rivals: [id(3)] } },
    rows: [row(2), row(3, { linked: false, status: "unhealthy" }), row(4, { linked: false }), row(5)],
  },
  cut: { view: { faults: [fault(3, { direction: "out" })] } },
  paused: { view: { condition: { kind: "paused", skew: 1, pace: 1 } } },
  crashed: {
    view: { condition: { kind: "crashed", skew: 1.5, pace: 10 }, faults: [fault(2, { target: "everybody" })] },
  },
  names: {
    self: { name: "tokyo-observatory-main" },
    rows: [
      row(2, { name: "東京都庁第一本庁舎" }),
      row(3, { name: "evil\x1b[2J\x1b]0;owned\x07\u{202e}txt" }),
      row(4, { name: "z\u{301}\u{301}\u{301}\u{301}\u{301}algo" }),
      row(5, { name: "हिंदी-नोड", address: "[2001:db8:ffff:ffff:ffff:ffff:ffff:1]:65535" as Address }),
      row(6, { name: "a-name-that-goes-on-and-on-and-on-until-the-limit-of-64-bytes-x" }),
    ],
  },
};

const [name = "five", rate = "0"] = process.argv.slice(2);
const said = PICTURES[name] ?? {};
const broke = told(181, { kind: "fault-set", ...fault(3, { direction: "out" }) });
const desk = new FakeDesk(picture(said), (said.view?.faults ?? []).length > 0 ? [...STORY, broke] : STORY);
const started = Date.now();
let lamport = 200;

function beat(): void {
  lamport++;
  const peers = desk.current.peers.map((peer) => ({
    ...peer,
    rttMs: peer.rttMs === null ? null : 0.2 + Math.random(),
    rttHistory: [...peer.rttHistory.slice(-15), Math.random() < 0.05 ? null : 0.2 + Math.random()],
    heartbeatAgeMs: Math.random() * 100,
    worstGapMs: 40 + Math.random() * 100,
    lamport: lamport - Math.floor(Math.random() * 4),
  }));
  const raft = { ...desk.current.raft, leaderAgeMs: Date.now() - started };
  const faults = desk.current.faults.map((row) => ({
    ...row,
    counters: { ...row.counters, blocked: row.counters.blocked + (row.fault.kind === "cut" ? 3 : 0) },
  }));
  desk.current = { ...desk.current, faults, peers, raft, lamport, upMs: Date.now() - started };
}

if (rate !== "still") setInterval(beat, 250).unref();
if (Number(rate) > 0)
  setInterval(() => {
    const n = 2 + Math.floor(Math.random() * 4);
    desk.tell(
      told(lamport, {
        kind: "member-at-risk",
        peer: id(n),
        address: at(n),
        livesRemaining: lamport % 3,
        because: { kind: "probes-missed", via: [id(1 + (n % 4))] },
      }),
    );
  }, 1000 / Number(rate)).unref();

const abort = new AbortController();
for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.once(signal, () => abort.abort());

const { runTerminal } = await import("../../src/ui/run.tsx");
const usage = process.env.LOOK_USAGE === undefined ? undefined : setInterval(report, 30_000);
usage?.unref();
const ending = await runTerminal(desk, {
  ascii: process.argv.includes("--ascii"),
  color: process.env.NO_COLOR === undefined,
  signal: abort.signal,
});
report();
console.log(ending, desk.lines);
process.exit(0);

function report(): void {
  const { user, system } = process.cpuUsage();
  const seconds = (Date.now() - started) / 1000;
  globalThis.gc?.();
  const memory = process.memoryUsage();
  const line = `${seconds.toFixed(0)} s, CPU ${((user + system) / 1e4 / seconds).toFixed(1)} %, rss ${(memory.rss / 2 ** 20).toFixed(1)} MiB, heap ${(memory.heapUsed / 2 ** 20).toFixed(1)} MiB`;
  console.error(line);
}
