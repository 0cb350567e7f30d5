import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);
const FAULTS = 60;

/** One random fault, or a word of an election that may be wrong. */
function disturb(cluster: Cluster, random: Random): void {
  const { ensemble, peers } = cluster;
  const [peer, other] = sample(random, peers, 2) as [PeerId, PeerId];
  const rest = peers.filter((each) => each !== peer);
  switch (random.below(16)) {
    case 0:
    case 1:
      if (ensemble.runs(peer)) ensemble.crash(peer);
      else cluster.restart(peer);
      return;
    case 2:
      return ensemble.pause(peer);
    case 3:
      for (const each of peers) ensemble.resume(each);
      return;
    case 4:
      return ensemble.cut(peer, other);
    case 5:
      return ensemble.partition([peer], rest);
    case 6:
      return cluster.restartLink(peer, other);
    case 7:
    case 8:
      return ensemble.heal();
    case 9:
      // One election differs from the others.
      return cluster.name(peer, random.below(4) === 0 ? null : other);
    case 10:
      return cluster.name(peer, peer);
    case 11: {
      // Two leaders at a time.
      for (const each of peers) cluster.name(each, random.below(2) === 0 ? peer : other);
      return;
    }
    case 12:
      if (ensemble.runs(peer)) ensemble.compact(peer);
      return;
    default:
      return cluster.nameAll(peer);
  }
}

function run(cluster: Cluster, random: Random, ms: number): void {
  const end = cluster.ensemble.now + ms;
  while (cluster.ensemble.now < end) {
    for (const leader of cluster.leaders)
      if (random.below(2) === 0) cluster.replicas.propose(leader, random.between(1, 4), random.below(200));
    cluster.run(random.between(1, 40));
  }
}

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
      run(cluster, random, random.below(i % 10 === 0 ? 2_000 : 400));
    }
    cluster.calm();
    const [leader] = sample(random, cluster.members, 1) as [PeerId];
    cluster.settleOn(leader);
    const { acknowledged } = cluster.replicas;
    cluster.replicas.propose(leader, 3, 10);
    cluster.run(500);
    expect(cluster.replicas.acknowledged).toBe(acknowledged + 1);
    const { commitIndex, acceptedEpoch } = cluster.view(leader);
    for (const peer of cluster.peers) expect(cluster.view(peer)).toMatchObject({ leader, commitIndex });
    for (const peer of cluster.members) expect(cluster.view(peer)).toMatchObject({ acceptedEpoch });
  });
});
