import type { Name, Names, Script, Statement } from "../script/script.ts";
import type { World } from "../world/world.ts";

/** A round is the interval at which a peer probes each of the others, ms. */
const ROUND_MS = 1000;

/** Within so many rounds a healed core must be united. */
const ROUNDS_TO_UNITE = 30;

/** For so many rounds from then on nobody of it may be called unhealthy. */
const QUIET_ROUNDS = 15;

/** What was sent before the network was well arrives within this time: a stream may have been waiting to send again. */
const LATE_ROUNDS = 15;

/**
 * Within so many further rounds all of it must have every notice that one of it holds and that has no limit. Whoever holds
 * one tells a random other peer every few rounds, so it hardly ever takes as long as this allows.
 */
const ROUNDS_TO_SPREAD = 240;

/** Where the client stands that must be served, and how long that may take, ms. */
const CLIENT = "8100";
const SERVED_MS = 30_000;

/** The last of what clients ask is applied everywhere within this time, ms. */
const AGREED_MS = 120_000;

/** A lock that clients have wanted, and within which time each peer must get it, ms: a lease of whoever is gone ends by then. */
const LOCK = "door";
const LOCKED_MS = 60_000;

/** Whoever leads holds the virtual address within this time, and jobs come to their end, ms. */
const HELD_MS = 10_000;
const COMPUTED_MS = 120_000;

/** A write that began on a full disk fails within this time, and ends its process. */
const DOOMED_WRITES_MS = 1000;

/**
 * What ends a scenario: the network is well, whoever is of the core runs, with a sound disk and a right clock, whoever
 * is not is gone; and then the core must get on without them.
 */
export function drawFinale(world: World, core: readonly number[]): Script {
  const names = core.map(String);
  const others = world.peers.filter(({ port }) => !core.includes(port)).map(({ port }) => String(port));
  // Said of all of them, it is done to those to whom it can be.
  const all: Names = others.length === 0 ? "all" : { allBut: others };
  const gone = others.filter((name) => world.peer(Number(name)).isUp);
  const hasOrder = world.options.modes.broadcast !== "none";
  return [
    { kind: "heal" },
    { kind: "disk", peers: all, change: { kind: "well" } },
    ...(gone.length === 0 ? [] : [{ kind: "crash", peers: gone, tear: false } as const]),
    { kind: "resume", peers: all },
    { kind: "clock", peers: all, change: { kind: "rate", rate: 1 } },
    { kind: "advance", ms: DOOMED_WRITES_MS },
    { kind: "recover", peers: all },
    {
      kind: "expect",
      condition: { kind: "united", among: names },
      withinMs: ROUNDS_TO_UNITE * ROUND_MS,
      lastingMs: null,
    },
    ...(hasOrder ? served(names) : []),
    { kind: "advance", ms: LATE_ROUNDS * ROUND_MS },
    { kind: "mark" },
    { kind: "advance", ms: QUIET_ROUNDS * ROUND_MS },
    ...names.map(noFalseDeath),
    {
      kind: "expect",
      condition: { kind: "spread", among: names },
      withinMs: ROUNDS_TO_SPREAD * ROUND_MS,
      lastingMs: null,
    },
    { kind: "expect", condition: { kind: "united", among: names }, withinMs: null, lastingMs: null },
    { kind: "expect", condition: { kind: "stores-agree", among: names }, withinMs: AGREED_MS, lastingMs: null },
    { kind: "expect", condition: { kind: "linearizable" }, withinMs: null, lastingMs: null },
  ];
}

/**
 * What follows where somebody wanted locks: each of the core gets one that was wanted before, and gives it back. Only leases
 * promise that where anybody is gone who takes part; for the others all must be there.
 */
export function drawLocking(world: World, core: readonly number[]): Script {
  const { mutex, broadcast } = world.options.modes;
  const ids = core.map((port) => world.peer(port).id);
  const known = core.flatMap((port) => world.peer(port).view().mutex.participants);
  const isPromised = mutex === "lease" ? broadcast !== "none" : known.every((id) => ids.includes(id));
  return isPromised ? core.map(String).flatMap(lockAndUnlock) : [];
}

/** What follows where programs had boards computed: somebody holds the address, and all that they have begun ends well. */
export function drawComputing(world: World, _core: readonly number[], programs: readonly Name[]): Script {
  if ((world.options.tuning.office?.address ?? null) === null) return [];
  const ended = programs.map(
    (of): Statement => ({
      kind: "expect",
      condition: { kind: "job", of, state: "finished" },
      withinMs: COMPUTED_MS,
      lastingMs: null,
    }),
  );
  return [
    { kind: "worker", peers: "all", slowness: 1 },
    { kind: "expect", condition: { kind: "vip", peer: "leader" }, withinMs: HELD_MS, lastingMs: null },
    ...ended,
  ];
}

function lockAndUnlock(peer: Name): Script {
  return [
    { kind: "entry", peer, text: `lock ${LOCK}` },
    {
      kind: "expect",
      condition: { kind: "lock", peer, state: "held", lock: LOCK },
      withinMs: LOCKED_MS,
      lastingMs: null,
    },
    { kind: "entry", peer, text: `unlock ${LOCK}` },
  ];
}

function served(names: readonly Name[]): Script {
  return [
    { kind: "start", peers: [CLIENT], coming: { kind: "client", of: names, manner: "in-session" } },
    { kind: "expect", condition: { kind: "served", client: CLIENT }, withinMs: SERVED_MS, lastingMs: null },
  ];
}

function noFalseDeath(about: Name): Statement {
  const condition = { kind: "event", event: "member-unhealthy", at: null, about, times: "none" } as const;
  return { kind: "expect", condition, withinMs: null, lastingMs: null };
}
