import { expect } from "vitest";
import type { Direction, LinkFault } from "../../src/faults/fault.ts";
import type { World } from "../../src/sim/world/world.ts";
import { cluster, FIVE, isConverged, leaderOf, without } from "./cluster.ts";
import { setFault } from "./fault-lines.ts";

/** Of real time, for minutes of virtual time on a busy machine; ms. */
export const LONG = 120_000;

/** From a heal; ms. */
const CONVERGED_WITHIN_MS = 3000;

/** Five that have been well for two seconds. */
export function five(seed = 1): World {
  const world = cluster(FIVE, { seed });
  world.run(2000);
  return world;
}

/** The peer in the middle of those that follow. */
export function aFollower(world: World): number {
  return without(FIVE, leaderOf(world, FIVE))[1] ?? 0;
}

export function everywhere(world: World, fault: LinkFault, direction: Direction = "out"): void {
  for (const port of FIVE) setFault(world, port, fault, { direction });
}

export function termOf(world: World): number {
  return world.view(FIVE[0] ?? 0).raft.currentTerm;
}

export function expectConverged(world: World, ports = FIVE): void {
  expect(world.runUntil(() => isConverged(world, ports), 60_000)).toBeLessThan(CONVERGED_WITHIN_MS);
  world.run(3000);
  expect(isConverged(world, ports)).toBe(true);
}

/** Events of a kind since an instant. */
export function since(world: World, from: number, kind: string): readonly { port: number }[] {
  return world.events.filter(({ at, event }) => at >= from && event.kind === kind);
}

/** Section 5.2, election safety: at most one leader in a term, told by anybody at any time. */
export function expectOneLeaderATerm(world: World): void {
  const leaders = new Map<number, string>();
  for (const { event } of world.events) {
    if (event.kind !== "leader-elected" || !("term" in event)) continue;
    expect(leaders.get(event.term) ?? event.leader).toBe(event.leader);
    leaders.set(event.term, event.leader);
  }
}

/** The share of the time in which a majority follows one leader; looks ten times a second. */
export function shareLed(world: World, durationMs: number): number {
  let led = 0;
  for (let passed = 0; passed < durationMs; passed += 100) {
    world.run(100);
    if (FIVE.some((port) => isLedBy(world, port))) led += 100;
  }
  return led / durationMs;
}

function isLedBy(world: World, leader: number): boolean {
  const { id } = world.peer(leader);
  const followers = FIVE.filter((port) => world.view(port).raft.leader === id);
  return world.view(leader).raft.role === "leader" && followers.length >= 3;
}

/** All that a cluster has to show for itself, times and counters apart. */
export function outcome(world: World): object {
  return FIVE.map((port) => {
    const { raft, peers, gossip } = world.view(port);
    return {
      raft: [raft.role, raft.currentTerm, raft.leader, raft.voters, raft.commitIndex, raft.tail],
      peers: peers.map(({ id, status, incarnation, linked }) => [id, status, incarnation, linked]),
      ids: gossip.ids.map(({ address }) => address).sort(),
    };
  });
}
