import type { Address } from "../../core/address.ts";
import type { Modes } from "../../core/modes.ts";
import { majority } from "../../core/quorum.ts";
import { type Random, sample } from "../../core/random.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import { NOBODY } from "../../protocols/raft/configuration.ts";
import type { Configuration } from "../../protocols/raft/message.ts";
import { raftJournal } from "../invariants/raft-journal.ts";
import type { SimulatedPeer } from "../world/simulated-peer.ts";
import type { World } from "../world/world.ts";

/** What a peer can bring into a core. */
interface Holding {
  readonly peer: SimulatedPeer;
  /** The latest that it, or its disk, holds; nobody's where there is none. */
  readonly configuration: Configuration;
  /** Where others are, as far as it, or its disk, knows. */
  readonly known: readonly Address[];
  readonly canWork: boolean;
}

/**
 * Peers by chance, of all that were ever started, that can be asked to get on without the rest: they belong to the
 * cluster, their disks are sound, each can find the others through each other, and they are a majority of the voters of
 * every configuration that any peer holds as its latest, and of the ensemble; the leader is among them where it is named
 * beforehand. All peers where no others will do. Their ports, in order.
 */
export function chooseCore({ peers, options: { modes } }: World, random: Random): readonly number[] {
  const holdings = peers.map(holdingOf);
  const configurations = holdings.map(({ configuration }) => configuration).filter(({ voters }) => voters.length > 0);
  const able = holdings.filter(({ canWork }) => canWork);
  const order = sample(random, able, able.length);
  const sizes = order
    .map((_, last) => last + 1)
    .filter((size) => {
      const some = order.slice(0, size);
      return isQuorum(some, configurations) && agrees(some, modes) && findEachOther(some);
    });
  const size = sizes[random.below(Math.max(1, sizes.length))];
  const chosen = size === undefined ? holdings : order.slice(0, size);
  return chosen.map(({ peer }) => peer.port).sort((a, b) => a - b);
}

function holdingOf(peer: SimulatedPeer): Holding {
  // The machine of an injected crash still shows what it held; its disk may hold less.
  if (peer.isUp) {
    const { raft, self, peers } = peer.view();
    const known = peers.filter(({ status }) => status !== "left").map(({ address }) => address);
    return { peer, configuration: raft, known, canWork: self.phase === "member" };
  }
  const found = peer.disk.lookAhead();
  return found.kind === "opened"
    ? onDisk(peer, found.records)
    : { peer, configuration: NOBODY, known: [], canWork: false };
}

function onDisk(peer: SimulatedPeer, records: readonly AnyRecord[]): Holding {
  const journal = raftJournal.fresh();
  let known: readonly Address[] = [];
  let belongs = false;
  for (const entry of records) {
    raftJournal.apply(journal, entry);
    if (entry.protocol !== "discovery") continue;
    if (entry.record.kind === "remembered") known = entry.record.addresses;
    else belongs = entry.record.kind !== "yielded";
  }
  const configuration = journal.configurations.at(-1)?.configuration ?? NOBODY;
  return { peer, configuration, known, canWork: belongs };
}

/** Whether they are a majority of the voters, even if a learner that is none of them is just being made a voter. */
function isQuorum(some: readonly Holding[], configurations: readonly Configuration[]): boolean {
  const ids = some.map(({ peer }) => peer.id);
  return configurations.every(({ voters, learners }) => {
    const perhapsVoters = learners.filter((learner) => !ids.includes(learner)).length;
    return voters.filter((voter) => ids.includes(voter)).length >= majority(voters.length + perhapsVoters);
  });
}

/** Whether they include who must be there for them to agree. A member of an ensemble that has lost its disk is none any more. */
function agrees(some: readonly Holding[], { ensemble, leader }: Modes): boolean {
  const addresses = some.map(({ peer }) => peer.address);
  const members = some.filter(({ peer }) => peer.ids.length === 1 && ensemble.includes(peer.address));
  const isLed = leader === null || addresses.includes(leader);
  return isLed && (ensemble.length === 0 || members.length >= majority(ensemble.length));
}

/** Whether all of them hang together, where one knows the other. */
function findEachOther(some: readonly Holding[]): boolean {
  const [first, ...rest] = some;
  if (first === undefined) return false;
  const found = [first];
  let missing = rest;
  for (let i = 0; i < found.length; i++) {
    const one = found[i] as Holding;
    const knows = (a: Holding, b: Holding): boolean => a.known.includes(b.peer.address);
    found.push(...missing.filter((other) => knows(one, other) || knows(other, one)));
    missing = missing.filter((other) => !found.includes(other));
  }
  return missing.length === 0;
}
