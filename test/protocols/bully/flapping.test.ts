import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";
import { CALM_MS, HOLD_MS, MAX_HOLD_MS } from "./on-bench.ts";

const SIZE = 5;

/** Losses from which on the hold is the longest: 2 for the first hold, then one for each doubling. */
const MOST_FLAPS = 2 + Math.log2(MAX_HOLD_MS / HOLD_MS);

/** Take-overs of one flapping peer from working leaders, at most (see HoldDown). */
function boundOf(durationMs: number): number {
  return MOST_FLAPS + 1 + durationMs / CALM_MS + durationMs / MAX_HOLD_MS;
}

interface Flapper {
  readonly cluster: Cluster;
  readonly highest: PeerId;
  readonly rest: readonly PeerId[];
}

function started(seed: number): Flapper {
  const cluster = new Cluster(SIZE, { seed, latencyMs: [1, 5] });
  const highest = cluster.peers[SIZE - 1];
  if (highest === undefined) throw new Error("nobody");
  expect(cluster.awaits(highest, 2_000)).toBe(true);
  return { cluster, highest, rest: cluster.peers.filter((peer) => peer !== highest) };
}

/** How the highest goes and comes back. */
const WAYS: Record<string, { down(flapper: Flapper): void; up(flapper: Flapper): void }> = {
  "crashes and restarts": {
    down: ({ cluster, highest }) => cluster.ensemble.crash(highest),
    up: ({ cluster, highest }) => cluster.restart(highest),
  },
  "is stopped and goes on": {
    down: ({ cluster, highest }) => cluster.ensemble.pause(highest),
    up: ({ cluster, highest }) => cluster.ensemble.resume(highest),
  },
  "is cut off and heard again": {
    down: ({ cluster, highest, rest }) => cluster.ensemble.partition([highest], rest),
    up: ({ cluster }) => cluster.ensemble.heal(),
  },
  "is unhealthy for the others and healthy again": {
    down: ({ cluster, highest }) => cluster.status(highest, "unhealthy"),
    up: ({ cluster, highest }) => cluster.status(highest, "healthy"),
  },
};

describe.each(Object.entries(WAYS))("the highest %s, over and over", (_name, { down, up }) => {
  test.each([1, 2, 3])(
    "leaders change a bounded number of times, for a bounded number of messages (seed %i)",
    (seed) => {
      const random = seededRandom(seed);
      const flapper = started(seed);
      const { cluster, highest, rest } = flapper;
      const from = cluster.ensemble.now;
      cluster.sent.clear();
      let flaps = 0;
      while (cluster.ensemble.now < from + 240_000) {
        flaps += 1;
        down(flapper);
        cluster.ensemble.run(random.between(600, 1_500));
        up(flapper);
        cluster.ensemble.run(random.between(600, 3_000));
      }
      const durationMs = cluster.ensemble.now - from;
      const bound = boundOf(durationMs);
      expect(flaps).toBeGreaterThan(2 * bound);
      const [witness] = rest;
      const takeOvers = cluster
        .since(from, "leader-elected", witness)
        .filter(({ event }) => event.kind === "leader-elected" && event.leader === highest);
      expect(takeOvers.length).toBeLessThanOrEqual(bound);
      // Each time the highest is lost and comes back: two changes.
      expect(cluster.since(from, "leader-elected", witness).length).toBeLessThanOrEqual(2 * bound + 1);
      // Two elections for each time, each noticed by all at once; else the one that comes back asks or tells, and hears.
      const changes = 2 * (takeOvers.length + 1);
      expect(cluster.electionMessages).toBeLessThanOrEqual(changes * (SIZE * SIZE + SIZE) + flaps * 4 * SIZE);
      expect(cluster.awaits(highest, MAX_HOLD_MS + 2_000)).toBe(true);
    },
  );
});

describe("hold-down", () => {
  test("once calm has lasted, what was lost is forgotten: the highest takes over at once again", () => {
    const { cluster, highest } = started(1);
    const { ensemble } = cluster;
    const crashMs = (): number => {
      ensemble.crash(highest);
      ensemble.run(1_000);
      cluster.restart(highest);
      const from = ensemble.now;
      expect(cluster.awaits(highest, MAX_HOLD_MS + 2_000)).toBe(true);
      return ensemble.now - from;
    };
    expect(crashMs()).toBeLessThan(600);
    expect(crashMs()).toBeGreaterThanOrEqual(HOLD_MS);
    expect(crashMs()).toBeGreaterThanOrEqual(2 * HOLD_MS);
    ensemble.run(4 * CALM_MS);
    expect(crashMs()).toBeLessThan(600);
  });

  test("one that is held down leads at once where the leader it let work is gone", () => {
    const { cluster, highest, rest } = started(1);
    const { ensemble } = cluster;
    const second = rest.at(-1);
    if (second === undefined) throw new Error("nobody");
    for (let i = 0; i < 3; i++) {
      ensemble.crash(highest);
      ensemble.run(1_000);
      cluster.restart(highest);
      ensemble.run(300);
    }
    expect(cluster.isLedBy(second)).toBe(true);
    expect(cluster.view(highest).holdUntil).toBeGreaterThan(ensemble.now);
    ensemble.crash(second);
    expect(cluster.awaits(highest, 100)).toBe(true);
  });
});
