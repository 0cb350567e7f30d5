import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample } from "../../../src/core/random.ts";
import type { Cluster } from "./cluster.ts";

/** One random fault, of a leader more often than of another, or a word of an election that may be wrong. */
export function disturb(cluster: Cluster, random: Random): void {
  const { ensemble, peers } = cluster;
  const [some, other] = sample(random, peers, 2) as [PeerId, PeerId];
  const peer = random.below(2) === 0 ? (cluster.leaders[0] ?? some) : some;
  const rest = peers.filter((each) => each !== peer);
  switch (random.below(20)) {
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
      return ensemble.heal();
    case 8:
    case 9:
    case 10:
      return cluster.recover();
    case 11:
      if (ensemble.runs(peer)) ensemble.compact(peer);
      return;
    case 12:
    case 13:
      // The elections of some differ from those of the others.
      return cluster.name(some, random.below(4) === 0 ? null : other);
    case 14:
      return cluster.name(peer, peer);
    case 15:
    case 16:
      // Two leaders at a time.
      for (const each of peers) cluster.name(each, random.below(2) === 0 ? some : other);
      return;
    default:
      return cluster.nameAll(some);
  }
}

/** Clients propose and read at whoever believes to lead, and at somebody else, while time passes. */
export function serve(cluster: Cluster, random: Random, { ms, bytes }: { ms: number; bytes: number }): void {
  const { ensemble, replicas, peers } = cluster;
  const end = ensemble.now + ms;
  while (ensemble.now < end) {
    for (const peer of new Set([...cluster.leaders, ...sample(random, peers, 1)])) {
      if (!ensemble.runs(peer)) continue;
      if (random.below(2) === 0) replicas.propose(peer, random.between(1, 5), random.below(bytes));
      if (random.below(2) === 0) replicas.read(peer);
    }
    cluster.run(random.between(1, 40));
  }
}
