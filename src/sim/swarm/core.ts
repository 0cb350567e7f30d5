import type { PeerId } from "../../core/peer-id.ts";
import { type Random, sample } from "../../core/random.ts";
import { majority } from "../../protocols/raft/configuration.ts";
import { raftJournal } from "../invariants/raft-journal.ts";
import type { SimulatedPeer } from "../simulated-peer.ts";
import type { World } from "../world.ts";

/** What a peer can bring into a core. */
interface Holding {
  /** Of the latest configuration that it, or its disk, holds; nobody where there is none. */
  readonly voters: readonly PeerId[];
  readonly canWork: boolean;
}

/**
 * Peers by chance, of all that were ever started, that can be asked to get on without the rest: they belong to the
 * cluster, their disks are sound, and they are a majority of the voters of every configuration that any peer holds as its
 * latest. All peers where no others will do. Their ports, in order.
 */
export function chooseCore({ peers }: World, random: Random): readonly number[] {
  const holdings = new Map(peers.map((peer) => [peer, holdingOf(peer)]));
  const configurations = [...holdings.values()].flatMap(({ voters }) => (voters.length > 0 ? [voters] : []));
  const able = peers.filter((peer) => holdings.get(peer)?.canWork === true);
  const order = sample(random, able, able.length);
  const ids = order.map(({ id }) => id);
  const least = order.findIndex((_, last) => isQuorum(ids.slice(0, last + 1), configurations)) + 1;
  const chosen = least === 0 ? peers : order.slice(0, random.between(least, order.length));
  return chosen.map(({ port }) => port).sort((a, b) => a - b);
}

function holdingOf(peer: SimulatedPeer): Holding {
  // The machine of an injected crash still shows what it held; its disk may hold less.
  if (peer.isUp) {
    const { raft, self } = peer.view();
    return { voters: raft.voters, canWork: self.phase === "member" };
  }
  const found = peer.disk.lookAhead();
  if (found.kind !== "opened") return { voters: [], canWork: false };
  const journal = raftJournal.fresh();
  for (const record of found.records) raftJournal.apply(journal, record);
  const belongs = found.records.some(
    ({ protocol, record }) => protocol === "discovery" && (record.kind === "founded" || record.kind === "joined"),
  );
  const payload = journal.log.findLast((entry) => entry.payload.kind === "configuration")?.payload;
  return { voters: payload?.kind === "configuration" ? payload.configuration.voters : [], canWork: belongs };
}

function isQuorum(ids: readonly PeerId[], configurations: readonly (readonly PeerId[])[]): boolean {
  return configurations.every((voters) => {
    return voters.filter((voter) => ids.includes(voter)).length >= majority(voters.length);
  });
}
