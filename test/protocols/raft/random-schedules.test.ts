import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";
import { REMOVAL_MS } from "./on-bench.ts";

/** The last ones once found a mistake, in the machine or in an invariant. */
const SEEDS = [...Array.from({ length: 25 }, (_, i) => i + 1), 1439, 2281, 2608, 2876];
const FAULTS = 60;

/** One random fault or command; the invariants of Figure 3 are watched by the cluster itself. */
function disturb(cluster: Cluster, random: Random): void {
  const { ensemble, peers } = cluster;
  const [peer, other] = sample(random, peers, 2) as [PeerId, PeerId];
  const runs = ensemble.runs(peer);
  switch (random.below(10)) {
    case 0:
    case 1:
      if (runs) ensemble.crash(peer);
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
    case 5:
      ensemble.partition(
        [peer],
        peers.filter((each) => each !== peer),
      );
      break;
    case 6:
    case 7:
      ensemble.heal();
      break;
    case 8:
      cluster.status(peer, (["healthy", "healthy", "unhealthy", "left"] as const)[random.below(4)] ?? "healthy");
      break;
    default:
      if (runs) ensemble.command(peer, { kind: "transfer", to: random.below(2) === 0 ? null : other });
  }
}

describe("whatever is lost, late, cut, stopped or crashed, the properties of Figure 3 hold", () => {
  test.each(SEEDS)("and when it is over there is one leader, and it commits (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const cluster = new Cluster(random.between(3, 6), {
      seed,
      voters: random.below(3) === 0 ? 0 : 3,
      latencyMs: [1, random.between(1, 60)],
      diskMs: [0, random.between(1, 30)],
      lossPercent: random.below(25),
    });
    if (cluster.founder !== undefined) cluster.ensemble.command(cluster.founder, { kind: "found" });
    cluster.ensemble.run(200);
    for (const peer of cluster.peers) cluster.status(peer, "healthy");
    for (let i = 0; i < FAULTS; i++) {
      disturb(cluster, random);
      cluster.ensemble.run(random.below(i % 10 === 0 ? REMOVAL_MS : 400));
    }
    cluster.calm();
    cluster.ensemble.run(3_000);
    const before = cluster.view(cluster.settle()).commitIndex;
    for (const peer of cluster.peers) cluster.status(peer, "healthy");
    cluster.ensemble.run(3_000);
    const leader = cluster.settle();
    const { commitIndex, lastLogIndex, voters, currentTerm } = cluster.view(leader);
    expect(commitIndex).toBeGreaterThanOrEqual(before);
    expect(commitIndex).toBe(lastLogIndex);
    expect(voters.length % 2).toBe(1);
    for (const peer of cluster.peers) expect(cluster.view(peer)).toMatchObject({ leader, currentTerm, commitIndex });
  });
});
