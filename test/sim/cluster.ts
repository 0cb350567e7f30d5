import { watchInvariants } from "../../src/sim/invariants/registry.ts";
import { World } from "../../src/sim/world/world.ts";

export const FIVE: readonly number[] = [7001, 7002, 7003, 7004, 7005];
export const THREE: readonly number[] = FIVE.slice(0, 3);

type Options = ConstructorParameters<typeof World>[0];

/**
 * A founder and those who join it, when all see all, follow one leader, and as many vote as should. Whatever happens to
 * them, no invariant may be broken.
 */
export function cluster(ports: readonly number[], options: Options = {}): World {
  const world = new World(options);
  watchInvariants(world);
  return grown(world, ports);
}

/** The same, with nobody who watches: for figures. */
export function unwatchedCluster(ports: readonly number[], options: Options = {}): World {
  return grown(new World(options), ports);
}

function grown(world: World, ports: readonly number[]): World {
  const [first = 7001, ...others] = ports;
  world.start(first, { found: true });
  for (const port of others) world.start(port, { seeds: [first] });
  if (world.runUntil(() => isWhole(world, ports), 20_000) === undefined) throw new Error("no cluster within 20 s");
  return world;
}

/** Everybody holds everybody healthy and follows one leader, and as many vote as should. */
export function isWhole(world: World, ports: readonly number[]): boolean {
  const voters = Math.min(7, ports.length - 1 + (ports.length % 2));
  return (
    agreedLeader(world, ports) !== undefined &&
    ports.every((port) => {
      const { peers, raft } = world.view(port);
      return (
        peers.filter(({ status }) => status === "healthy").length === ports.length - 1 && raft.voters.length === voters
      );
    })
  );
}

/** As `isWhole`, and everybody has a link to everybody. */
export function isConverged(world: World, ports: readonly number[]): boolean {
  return isWhole(world, ports) && ports.every((port) => world.view(port).peers.every(({ linked }) => linked));
}

/** The port of the leader that all of these follow, which is one of them; undefined if there is none. */
export function agreedLeader(world: World, ports: readonly number[]): number | undefined {
  const followed = new Set(ports.map((port) => world.view(port).raft.leader));
  const [leader] = followed;
  const port = ports.find((candidate) => world.peer(candidate).id === leader);
  return followed.size === 1 && port !== undefined && world.view(port).raft.role === "leader" ? port : undefined;
}

export function leaderOf(world: World, ports: readonly number[]): number {
  const leader = agreedLeader(world, ports);
  if (leader === undefined) throw new Error("they follow no leader, or several");
  return leader;
}

export function without(ports: readonly number[], port: number): number[] {
  return ports.filter((other) => other !== port);
}

export function statusOf(world: World, seenBy: number, port: number): string | undefined {
  const id = world.peer(port).id;
  return world.view(seenBy).peers.find((peer) => peer.id === id)?.status;
}

/** Every verdict that anybody ever passed on a peer that was well all the time. */
export function falseVerdicts(world: World, well: readonly number[]): readonly object[] {
  const ids = new Set(well.map((port) => world.peer(port).id));
  return world.events.filter(({ event }) => event.kind === "member-unhealthy" && ids.has(event.peer));
}
