import { duration, factor, percent, rate } from "../../control/arguments.ts";
import { type Address, parseAddress } from "../../core/address.ts";
import { MAX_BOARD_SIZE, MIN_BOARD_SIZE } from "../../core/board.ts";
import { ELECTIONS } from "../../core/election.ts";
import { MAX_LEASE_MS, MUTEX_KINDS } from "../../core/lock.ts";
import { BROADCASTS } from "../../core/modes.ts";
import { nearest } from "../../core/nearest.ts";
import { READ_MODES } from "../../core/total-order.ts";
import { PATTERNS } from "../life/patterns.ts";
import { addressAt } from "../network/address-at.ts";
import type { Line } from "./line.ts";
import { readCondition } from "./read-condition.ts";
import { readList, readName, readNames, readNewPeers, readPort, readPorts, readWays } from "./read-names.ts";
import { isBindable, MAX_NAMES, type Scope } from "./scope.ts";
import type { ClientManner, Coming, LinkChange, Name, Setting, Statement } from "./script.ts";

/** Reads the rest of a statement, and so what it lets happen. */
type Reader = (line: Line, scope: Scope) => readonly Statement<unknown>[];

/** How long those that `cluster` starts have until they are one. */
const CLUSTER_MS = 20_000;

const MAX_SEED = 2 ** 32 - 1;
const MAX_THINGS = 1_000_000;
const MAX_SNAPSHOT_BYTES = 2 ** 30;

const SETTINGS = [
  ...(["snapshots", "reads", "election", "leader", "broadcast", "ensemble", "mutex", "lease"] as const),
  ...(["vip", "turns", "marks"] as const),
] as const;

const clockRate = factor("1.5x", 0.01, 100, []);
const slowdown = factor("20x", 1, MAX_THINGS, []);

/** How the rest of a statement is read, by its first word. */
const readers: Readonly<Record<string, Reader>> = {
  seed: (line) => [{ kind: "seed", seed: line.integer("a seed", 0, MAX_SEED) }],
  tune: readTune,
  start: readStart,
  cluster: readCluster,
  advance: (line) => [{ kind: "advance", ms: readTime(line) }],
  crash: (line, scope) => [{ kind: "crash", peers: readNames(line, scope), tear: line.accept("torn") }],
  recover: onPeers("recover"),
  pause: onPeers("pause"),
  resume: onPeers("resume"),
  leave: onPeers("leave"),
  let: readLet,
  cut: onLinks(() => ({ cut: true })),
  loss: onLinks((line) => ({ lossPercent: readPercent(line) })),
  resend: onLinks((line) => ({ resendPercent: readPercent(line) })),
  duplicate: onLinks((line) => ({ duplicatePercent: readPercent(line) })),
  reorder: onLinks((line) => ({ reorderPercent: readPercent(line) })),
  corrupt: onLinks((line) => ({ corruptPercent: readPercent(line) })),
  latency: onLinks((line) => ({ latencyMs: readTime(line), jitterMs: line.accept("jitter") ? readTime(line) : 0 })),
  bandwidth: onLinks((line) => ({ bytesPerSecond: line.value(rate, "a rate such as 10KB/s or 1MB/s", 0) })),
  capacity: onLinks(readCapacity),
  mend: (line, scope) => [{ kind: "mend", ways: readWays(line, scope) }],
  partition: readPartition,
  heal: () => [{ kind: "heal" }],
  disk: readDisk,
  clock: readClock,
  worker: readWorker,
  mark: () => [{ kind: "mark" }],
  expect: (line, scope) => [
    {
      kind: "expect",
      condition: readCondition(line, scope),
      withinMs: line.accept("within") ? readTime(line) : null,
      lastingMs: line.accept("for") ? readTime(line) : null,
    },
  ],
};

/** Reads one statement but `say` and what is said at a peer; several for one that is short for them. */
export function readStatement(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const word = line.next;
  const reader = Object.hasOwn(readers, word) ? readers[word] : undefined;
  if (reader === undefined) {
    const near = nearest(word, [...Object.keys(readers), "say"]);
    line.expected(`a statement${near === undefined ? " such as start, crash or expect" : ` such as ${near}`}`);
  }
  line.take();
  const made = reader?.(line, scope) ?? [];
  line.end();
  return made;
}

function onPeers(kind: "recover" | "pause" | "resume" | "leave"): Reader {
  return (line, scope) => [{ kind, peers: readNames(line, scope) }];
}

function onLinks(readChange: (line: Line) => LinkChange): Reader {
  return (line, scope) => [{ kind: "link", ways: readWays(line, scope), change: readChange(line) }];
}

function readStart(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const isFirst = scope.started.length === 0;
  const peers = readNewPeers(line, scope);
  // Only of the first it is plain what it does: it has nobody to join.
  if (isFirst && peers.length === 1 && line.next === "") return [{ kind: "start", peers, coming: { kind: "found" } }];
  return [{ kind: "start", peers, coming: readComing(line, scope, peers) }];
}

function readComing(line: Line, scope: Scope, peers: readonly Name[]): Coming {
  if (line.accept("found")) return { kind: "found" };
  if (line.accept("look")) return { kind: "look" };
  if (line.accept("liar")) return { kind: "liar" };
  if (line.accept("critic")) {
    line.demand("of");
    return { kind: "critic", of: readName(line, scope) };
  }
  if (line.accept("client")) {
    line.demand("of");
    return { kind: "client", of: readList(line, scope), manner: readManner(line) };
  }
  if (line.accept("life")) return readLife(line, scope);
  line.demand("join", "how it comes: found, look, liar, critic of a peer, client of peers, life, or join and a peer");
  const { column } = line;
  const via = readList(line, scope);
  const own = via.find((name) => peers.includes(name));
  if (own !== undefined) line.refuse(column, `expected peers to join, found ${own}, which is started here`);
  return { kind: "join", via };
}

/** `life glider size 64 turns 500 at vip`. */
function readLife(line: Line, scope: Scope): Coming {
  const pattern = line.oneOf(PATTERNS);
  line.demand("size");
  const size = line.integer("cells", MIN_BOARD_SIZE, MAX_BOARD_SIZE);
  line.demand("turns");
  const turns = line.integer("how many", 1, MAX_THINGS);
  line.demand("at");
  return { kind: "life", pattern, size, turns, at: line.accept("vip") ? "vip" : readList(line, scope) };
}

function readManner(line: Line): ClientManner {
  if (line.accept("reading")) return "reading";
  if (line.accept("locking")) return "locking";
  if (!line.accept("without")) return "in-session";
  line.demand("session");
  return "without-session";
}

/** What is to be so at every peer must be known before the first one is started. */
function readTune(line: Line, scope: Scope): readonly Statement<unknown>[] {
  if (scope.started.length > 0) line.refuse(1, "expected tune before the first peer is started");
  return [{ kind: "tune", setting: readSetting(line) }];
}

function readSetting(line: Line): Setting {
  switch (line.oneOf(SETTINGS)) {
    case "snapshots":
      return { snapshotBytes: line.integer("bytes", 1, MAX_SNAPSHOT_BYTES) };
    case "reads":
      return { reads: line.oneOf(READ_MODES) };
    case "election":
      return { election: line.oneOf(ELECTIONS) };
    case "leader":
      return { leader: readPort(line) };
    case "broadcast":
      return { broadcast: line.oneOf(BROADCASTS) };
    case "ensemble":
      return { ensemble: readPorts(line) };
    case "mutex":
      return { mutex: line.oneOf(MUTEX_KINDS) };
    case "vip":
      return { vip: readAddress(line) };
    case "turns":
      return { maxTurnsPerSecond: line.integer("turns a second", 1, MAX_THINGS) };
    case "marks":
      return { markIntervalMs: readTime(line) };
    case "lease": {
      const { column } = line;
      const leaseMs = readTime(line);
      if (leaseMs > MAX_LEASE_MS) line.refuse(column, "expected a lease of at most 1h");
      return { leaseMs };
    }
  }
}

/** Any will do where it is wrong, as the line is never played. */
function readAddress(line: Line): Address {
  const word = line.take();
  const address = parseAddress(word.text);
  if (address === undefined) line.expected("an address such as 127.0.0.77:7100", word);
  return address ?? addressAt(1);
}

function readCluster(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const peers = readNewPeers(line, scope);
  const [first = "", ...others] = peers;
  const via = [first];
  return [
    { kind: "start", peers: via, coming: { kind: "found" } },
    ...(others.length === 0 ? [] : [{ kind: "start", peers: others, coming: { kind: "join", via } } as const]),
    { kind: "expect", condition: { kind: "converged", among: peers }, withinMs: CLUSTER_MS, lastingMs: null },
  ];
}

function readLet(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const name = line.take();
  line.demand("=");
  const peer = readName(line, scope);
  if (!isBindable(name.text)) line.expected("a new name in small letters such as old", name);
  else if (!scope.bind(name.text)) line.expected(`no more than ${MAX_NAMES} names`, name);
  return [{ kind: "let", name: name.text, peer }];
}

function readCapacity(line: Line): LinkChange {
  const things = line.integer("how many", 1, MAX_THINGS);
  line.demand("per");
  return { capacity: { things, stepMs: readTime(line) } };
}

function readPartition(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const groups = [readNames(line, scope)];
  while (line.accept("|")) groups.push(readNames(line, scope));
  if (groups.length < 2) line.expected('"|" and another group');
  return [{ kind: "partition", groups }];
}

function readDisk(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const peers = readNames(line, scope);
  const kind = line.oneOf(["slow", "full", "flip", "well"]);
  if (kind !== "slow") return [{ kind: "disk", peers, change: { kind } }];
  const least = readTime(line);
  if (!line.accept("..")) return [{ kind: "disk", peers, change: { kind, ms: [least, least] } }];
  const { column } = line;
  const most = readTime(line);
  if (most < least) line.refuse(column, "expected the shorter time first");
  return [{ kind: "disk", peers, change: { kind, ms: [least, most] } }];
}

function readClock(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const peers = readNames(line, scope);
  const kind = line.oneOf(["rate", "jump"]);
  if (kind === "jump") return [{ kind: "clock", peers, change: { kind, aheadMs: readTime(line) } }];
  const rate = line.value(clockRate, "a factor from 0.01 to 100 such as 1.5x", 1);
  return [{ kind: "clock", peers, change: { kind, rate } }];
}

function readWorker(line: Line, scope: Scope): readonly Statement<unknown>[] {
  const peers = readNames(line, scope);
  const isSlow = line.oneOf(["slow", "well"]) === "slow";
  const slowness = isSlow ? line.value(slowdown, "a factor from 1 to 1000000 such as 20x", 1) : 1;
  return [{ kind: "worker", peers, slowness }];
}

function readTime(line: Line): number {
  return line.value(duration, "a time such as 500ms or 2s, at most 24h", 0);
}

function readPercent(line: Line): number {
  return line.value(percent, "a percentage such as 30%", 0);
}
