import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { sample, seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";
import { disturb, serve } from "./disturbances.ts";

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);
const FAULTS = 60;

describe("whatever is lost, late, cut, stopped or crashed, and whomever elections name, ZAB's properties hold", () => {
  test.each(SEEDS)("and when it is over there is one leader, and it commits (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const size = random.between(3, 6);
    const cluster = new Cluster(size, {
      seed,
      members: Math.min(size, random.between(2, 5)),
      latencyMs: [1, random.between(1, 60)],
      diskMs: [0, random.between(1, 30)],
      lossPercent: random.below(2) === 0 ? random.below(10) : 0,
    });
    for (let i = 0; i < FAULTS; i++) {
      disturb(cluster, random);
      serve(cluster, random, { ms: random.below(i % 10 === 0 ? 2_000 : 400), bytes: 200 });
    }
    cluster.calm();
    const [leader] = sample(random, cluster.members, 1) as [PeerId];
    cluster.settleOn(leader);
    const { commitIndex, acceptedEpoch } = cluster.view(leader);
    for (const peer of cluster.peers) expect(cluster.view(peer)).toMatchObject({ leader, commitIndex });
    for (const peer of cluster.members) expect(cluster.view(peer)).toMatchObject({ acceptedEpoch });
  });
});
