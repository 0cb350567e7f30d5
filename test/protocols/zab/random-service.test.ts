import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { sample, seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";
import { disturb, serve } from "./disturbances.ts";

const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);
const FAULTS = 50;

/** Nothing goes wrong any more: the leader serves, and every state machine comes to where it is. */
function expectService(cluster: Cluster, leader: PeerId): void {
  const { replicas, peers } = cluster;
  cluster.calm();
  cluster.settleOn(leader);
  const { acknowledged, answered } = replicas;
  replicas.propose(leader, 3, 10);
  cluster.run(1_000);
  replicas.read(leader);
  cluster.run(1_000);
  expect([replicas.acknowledged, replicas.answered]).toEqual([acknowledged + 1, answered + 1]);
  const state = replicas.stateOf(leader);
  for (const peer of peers) expect([peer, replicas.stateOf(peer), replicas.openAt(peer)]).toEqual([peer, state, 0]);
}

describe("whatever goes wrong, all state machines take the same commands, and reads see all that was acknowledged", () => {
  test.each(SEEDS)("seed %i", (seed) => {
    const random = seededRandom(seed);
    // Few have so large a state that it takes several messages.
    const isLarge = random.below(6) === 0;
    const size = random.between(3, 5);
    const cluster = new Cluster(size, {
      seed,
      members: random.below(3) === 0 ? size : 3,
      latencyMs: [1, random.between(1, 40)],
      diskMs: [0, random.between(1, 30)],
      lossPercent: random.below(3) === 0 ? random.below(10) : 0,
      padding: isLarge ? 300_000 : 0,
    });
    cluster.settleOn(cluster.members[0] as PeerId);
    for (let i = 0; i < FAULTS; i++) {
      disturb(cluster, random);
      const ms = random.below(i % 10 === 0 ? 5_000 : 300);
      serve(cluster, random, { ms, bytes: isLarge ? 8_000 : 300 });
    }
    const [leader] = sample(random, cluster.members, 1) as [PeerId];
    expectService(cluster, leader);
  });
});
