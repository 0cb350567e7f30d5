import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";
import { LEADER_TIMEOUT_MS, MAX_HOLD_MS } from "./on-bench.ts";

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);
const FAULTS = 60;

/** The longest that a lower leader may be let work, and then an election. */
const BOUND_MS = MAX_HOLD_MS + 20 * LEADER_TIMEOUT_MS;

function disturb(cluster: Cluster, random: Random): void {
  const { ensemble, peers } = cluster;
  const [peer, other] = sample(random, peers, 2) as [PeerId, PeerId];
  switch (random.below(9)) {
    case 0:
    case 1:
      if (ensemble.runs(peer)) ensemble.crash(peer);
      else cluster.restart(peer);
      break;
    case 2:
      ensemble.pause(peer);
      break;
    case 3:
      for (const each of peers) ensemble.resume(each);
      break;
    case 4:
      ensemble.cut(peer, other);
      break;
    case 5: {
      const group = sample(random, peers, random.between(1, peers.length - 1));
      ensemble.partition(
        group,
        peers.filter((each) => !group.includes(each)),
      );
      break;
    }
    case 6:
    case 7:
      ensemble.heal();
      break;
    default:
      cluster.status(peer, random.below(2) === 0 ? "unhealthy" : "healthy");
  }
}

describe("whatever is lost, late, cut, stopped or crashed", () => {
  test.each(SEEDS)("the highest leads everywhere soon after it is over, and then all is quiet (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const priorities = Array.from({ length: 8 }, () => random.below(3));
    const mayNot = random.below(8);
    const size = random.between(3, 7);
    const cluster = new Cluster(size, {
      seed,
      latencyMs: [1, random.between(1, 60)],
      lossPercent: random.below(20),
      optionsAt: (place) => ({ priority: priorities[place] ?? 0, mayLead: place !== mayNot }),
    });
    for (let i = 0; i < FAULTS; i++) {
      disturb(cluster, random);
      cluster.ensemble.run(random.below(i % 10 === 0 ? 5_000 : 600));
    }
    cluster.calm();
    const rankOf = (peer: PeerId) => priorities[cluster.peers.indexOf(peer)] ?? 0;
    const highest = cluster.candidates.reduce((best, peer) => (rankOf(peer) >= rankOf(best) ? peer : best));
    expect(cluster.awaits(highest, BOUND_MS)).toBe(true);
    cluster.ensemble.run(1_000);
    cluster.sent.clear();
    cluster.ensemble.run(5_000);
    expect(cluster.isLedBy(highest)).toBe(true);
    expect(cluster.electionMessages).toBe(0);
    for (const peer of cluster.peers) expect(cluster.view(peer)).toMatchObject({ rivals: [], holdUntil: null });
  });
});
