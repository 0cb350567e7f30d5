import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Cluster } from "./cluster.ts";
import { REMOVAL_MS } from "./on-bench.ts";

const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);
const FAULTS = 50;

/** One random fault, of a leader more often than of another; it strikes those who believe that they lead as well. */
function disturb(cluster: Cluster, random: Random): void {
  const { ensemble, peers } = cluster;
  const [some, other] = sample(random, peers, 2) as [PeerId, PeerId];
  const peer = random.below(2) === 0 ? (cluster.leader ?? some) : some;
  const rest = peers.filter((each) => each !== peer);
  switch (random.below(12)) {
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
      return breakLinks(cluster, peer);
    case 7:
      return cluster.status(peer, random.below(3) === 0 ? "unhealthy" : "healthy");
    case 8:
      return handOver(cluster, random, peer, other);
    default:
      return mend(cluster, peer);
  }
}

/** The connections of a peer break, and it is cut off: the others know at once, and it may not. */
function breakLinks({ ensemble, peers }: Cluster, peer: PeerId): void {
  const rest = peers.filter((each) => each !== peer);
  ensemble.partition([peer], rest);
  for (const each of rest) ensemble.linkAt(each, peer, false);
}

/** Somebody hands over; perhaps it is cut off before it knows that this came about. */
function handOver({ ensemble, peers }: Cluster, random: Random, peer: PeerId, to: PeerId): void {
  if (!ensemble.runs(peer)) return;
  ensemble.command(peer, { kind: "transfer", to: random.below(2) === 0 ? null : to });
  ensemble.run(random.below(30));
  const rest = peers.filter((each) => each !== peer);
  if (random.below(2) === 0) ensemble.partition([peer], rest);
}

function mend({ ensemble, peers }: Cluster, peer: PeerId): void {
  ensemble.heal();
  for (const each of peers) if (each !== peer) ensemble.linkAt(each, peer, true);
}

/** Clients propose and read at whoever believes to lead, and at somebody else; disks are compacted now and then. */
function serve(cluster: Cluster, random: Random, bytes: number): void {
  const { ensemble, peers, replicas } = cluster;
  const leaders = peers.filter((peer) => ensemble.runs(peer) && cluster.view(peer).role === "leader");
  for (const peer of new Set([...leaders, ...sample(random, peers, 1)])) {
    if (!ensemble.runs(peer)) continue;
    if (random.below(2) === 0) replicas.propose(peer, random.between(1, 5), random.below(bytes));
    if (random.below(2) === 0) replicas.read(peer);
    if (random.below(20) === 0) ensemble.compact(peer);
  }
}

function run(cluster: Cluster, random: Random, ms: number, bytes: number): void {
  const end = cluster.ensemble.now + ms;
  while (cluster.ensemble.now < end) {
    serve(cluster, random, bytes);
    cluster.ensemble.run(random.between(1, 50));
  }
}

/** Nothing goes wrong any more: there is one leader that serves, and every state machine comes to where it is. */
function expectService(cluster: Cluster): void {
  const { replicas, peers } = cluster;
  cluster.calm();
  for (const peer of peers) {
    cluster.status(peer, "healthy");
    for (const other of peers) if (other !== peer) cluster.ensemble.linkAt(other, peer, true);
  }
  cluster.ensemble.run(6_000);
  const leader = cluster.settle();
  const { acknowledged, answered } = replicas;
  replicas.propose(leader, 3, 10);
  cluster.ensemble.run(1_000);
  replicas.read(leader);
  cluster.ensemble.run(1_000);
  expect([replicas.acknowledged, replicas.answered]).toEqual([acknowledged + 1, answered + 1]);
  const state = replicas.stateOf(leader);
  for (const peer of peers) expect([peer, replicas.stateOf(peer), replicas.openAt(peer)]).toEqual([peer, state, 0]);
}

describe("whatever goes wrong, all state machines take the same commands, and reads see all that was acknowledged", () => {
  test.each(SEEDS)("seed %i", (seed) => {
    const random = seededRandom(seed);
    // Few have so large a state that it takes several messages.
    const isLarge = random.below(6) === 0;
    const cluster = new Cluster(random.between(3, 5), {
      seed,
      voters: random.below(3) === 0 ? 0 : 3,
      latencyMs: [1, random.between(1, 40)],
      diskMs: [0, random.between(1, 30)],
      lossPercent: random.below(3) === 0 ? random.below(20) : 0,
      reads: random.below(2) === 0 ? "lease" : "read-index",
      padding: isLarge ? 300_000 : 0,
    });
    if (cluster.founder !== undefined) cluster.ensemble.command(cluster.founder, { kind: "found" });
    cluster.ensemble.run(200);
    for (const peer of cluster.peers) cluster.status(peer, "healthy");
    for (let i = 0; i < FAULTS; i++) {
      disturb(cluster, random);
      run(cluster, random, random.below(i % 10 === 0 ? REMOVAL_MS : 300), isLarge ? 8_000 : 300);
    }
    expectService(cluster);
  });
});
