import type { PeerId } from "../../core/peer-id.ts";
import { type Random, sample } from "../../core/random.ts";
import { HEALTH_DEFAULTS } from "../../protocols/health/definition.ts";
import { majority } from "../../protocols/raft/configuration.ts";
import type { SimulatedPeer } from "../simulated-peer.ts";
import type { World } from "../world.ts";
import { nameOf } from "./life.ts";
import { raftJournal } from "./raft-journal.ts";

/** A round is the time in which every peer probes every other once. */
const ROUND_MS = HEALTH_DEFAULTS.probeIntervalMs;

/** Rounds after which doubts that were on their way have come to nothing. */
const QUIET_ROUNDS = 10;

/** How soon a core came to be as it should; or what was still wrong, in one line. */
export type Liveness = { readonly rounds: number } | { readonly failed: string };

/**
 * Lets time pass until peers that nothing hinders any more follow one leader and hold each other healthy and linked, and
 * `quietRounds` longer, in which none of them may take another for dead.
 *
 * @param core ports of running peers that hold a quorum of the latest configuration
 * @param rounds probe intervals that this may take
 */
export function demandLiveness(
  world: World,
  core: readonly number[],
  rounds: number,
  quietRounds = QUIET_ROUNDS,
): Liveness {
  let missing = whatIsMissing(world, core);
  let taken = 0;
  for (; missing !== undefined && taken < rounds; taken++) {
    world.run(ROUND_MS);
    missing = whatIsMissing(world, core);
  }
  if (missing !== undefined) return { failed: `${missing} (rounds waited: ${rounds})` };
  const death = falseDeath(world, core, quietRounds);
  return death === undefined ? { rounds: taken } : { failed: death };
}

/**
 * Peers by chance, of all that were ever started, that can be asked to work on their own: their disks are sound, and
 * they are a majority of the voters of every configuration that any peer holds as its latest. All peers where no others
 * will do. Their ports.
 */
export function chooseCore(world: World, random: Random): readonly number[] {
  const { peers } = world;
  const holdings = new Map(peers.map((peer) => [peer, holdingOf(peer)]));
  const quorums = [...holdings.values()].flatMap(({ voters }) => (voters.length > 0 ? [voters] : []));
  const able = peers.filter((peer) => holdings.get(peer)?.canWork === true);
  const order = sample(random, able, able.length);
  const ids = order.map(({ id }) => id);
  const least = order.findIndex((_, last) => isQuorum(ids.slice(0, last + 1), quorums)) + 1;
  if (least === 0) return peers.map(({ port }) => port);
  const chosen = order.slice(0, random.between(least, order.length));
  return chosen.map(({ port }) => port).sort((a, b) => a - b);
}

/** The first thing found that is not as it should be; undefined if all is well. */
function whatIsMissing(world: World, core: readonly number[]): string | undefined {
  const down = core.find((port) => !isRunning(world.peer(port)));
  if (down !== undefined) return `peer ${down} does not run`;
  const followed = new Set(core.map((port) => world.view(port).raft.leader));
  const [leader = null] = followed;
  if (leader === null || followed.size > 1) {
    const names = [...followed].map((id) => (id === null ? "nobody" : `peer ${nameOf(id)}`));
    return `peers ${core.join(", ")} follow ${names.join(" and ")}`;
  }
  const leads = world.peers.some((peer) => peer.id === leader && isRunning(peer) && peer.view().raft.role === "leader");
  if (!leads) return `peer ${nameOf(leader)} is followed and does not lead`;
  return core.flatMap((port) => core.flatMap((other) => estrangement(world, port, other) ?? []))[0];
}

/** What keeps one peer from another; undefined for nothing. */
function estrangement(world: World, port: number, other: number): string | undefined {
  if (port === other) return undefined;
  const { id } = world.peer(other);
  const row = world.view(port).peers.find((peer) => peer.id === id);
  if (row === undefined) return `peer ${port} does not know peer ${other}`;
  if (row.status !== "healthy") return `peer ${port} holds peer ${other} to be ${row.status}`;
  return row.linked ? undefined : `peer ${port} has no link to peer ${other}`;
}

/** Lets time pass; who of the core takes whom of it for dead, if anybody does. */
function falseDeath(world: World, core: readonly number[], rounds: number): string | undefined {
  const ids = new Set(core.map((port) => world.peer(port).id));
  let death: string | undefined;
  const end = world.subscribe(({ port, event }) => {
    if (event.kind === "member-unhealthy" && core.includes(port) && ids.has(event.peer))
      death ??= `peer ${port} takes peer ${nameOf(event.peer)} for dead at ${world.now} ms, and it is well`;
  });
  world.run(rounds * ROUND_MS);
  end();
  return death;
}

/** What a peer can bring into a core. */
interface Holding {
  /** Of the latest configuration that it holds, or that its disk does; nobody where that is not to be known. */
  readonly voters: readonly PeerId[];
  readonly canWork: boolean;
}

function holdingOf(peer: SimulatedPeer): Holding {
  if (peer.isUp && peer.machine.condition !== "crashed") {
    const { raft, self } = peer.view();
    return { voters: raft.voters, canWork: self.phase !== "left" };
  }
  const opened = peer.disk.open();
  if (opened.kind !== "opened") return { voters: [], canWork: false };
  const journal = raftJournal.fresh();
  for (const record of opened.records) raftJournal.apply(journal, record);
  return { voters: journal.configurations.at(-1)?.voters ?? [], canWork: true };
}

function isRunning(peer: SimulatedPeer): boolean {
  return peer.isUp && peer.machine.condition === "running";
}

function isQuorum(ids: readonly PeerId[], quorums: readonly (readonly PeerId[])[]): boolean {
  return quorums.every((voters) => voters.filter((voter) => ids.includes(voter)).length >= majority(voters.length));
}
