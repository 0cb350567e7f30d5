import type { Name, Script, Statement } from "../script/script.ts";
import type { World } from "../world.ts";

/** A round is the interval at which a peer probes each of the others, ms. */
const ROUND_MS = 1000;

/** Within so many rounds a healed core must be united. */
const ROUNDS_TO_UNITE = 30;

/** For so many rounds from then on nobody of it may be called unhealthy. */
const QUIET_ROUNDS = 15;

/**
 * What ends a scenario: the network is well, whoever is of the core runs, with a sound disk and a right clock, whoever
 * is not is gone; and then the core must get on without them.
 */
export function drawFinale(world: World, core: readonly number[]): Script {
  const names = core.map(String);
  const others = world.peers.filter(({ port }) => !core.includes(port));
  const gone = others.filter(({ isUp }) => isUp).map(({ port }) => String(port));
  const down = core.filter((port) => !world.peer(port).isUp).map(String);
  const up = core.filter((port) => world.peer(port).isUp).map(String);
  return [
    { kind: "heal" },
    { kind: "disk", peers: names, change: { kind: "well" } },
    ...onSome(gone, (peers) => ({ kind: "crash", peers, tear: false })),
    ...onSome(down, (peers) => ({ kind: "recover", peers })),
    ...onSome(up, (peers) => ({ kind: "resume", peers })),
    ...onSome(up, (peers) => ({ kind: "clock", peers, change: { kind: "rate", rate: 1 } })),
    {
      kind: "expect",
      condition: { kind: "united", among: names },
      withinMs: ROUNDS_TO_UNITE * ROUND_MS,
      lastingMs: null,
    },
    { kind: "mark" },
    { kind: "advance", ms: QUIET_ROUNDS * ROUND_MS },
    ...names.map(noFalseDeath),
    { kind: "expect", condition: { kind: "united", among: names }, withinMs: null, lastingMs: null },
  ];
}

function onSome(peers: readonly Name[], make: (peers: readonly Name[]) => Statement): readonly Statement[] {
  return peers.length === 0 ? [] : [make(peers)];
}

function noFalseDeath(about: Name): Statement {
  const condition = { kind: "event", event: "member-unhealthy", at: null, about, times: "none" } as const;
  return { kind: "expect", condition, withinMs: null, lastingMs: null };
}
