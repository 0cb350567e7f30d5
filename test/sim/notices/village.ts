import type { NotificationCounts } from "../../../src/protocols/notification/message.ts";
import type { World } from "../../../src/sim/world/world.ts";
import { cluster, isConverged } from "../cluster.ts";
import { GossipProgram, type GossipProgramOptions } from "../gossip-program.ts";

/** The data type of these tests. */
export const TYPE = 1337;

/** Ports of programs are those of their peers and this. */
const PROGRAM = 1000;

/** A cluster under the eyes of all invariants, in which every link stands. */
export function village(ports: readonly number[], options: Parameters<typeof cluster>[1] = {}): World {
  const world = cluster(ports, { keep: "none", ...options });
  if (world.runUntil(() => isConverged(world, ports), 20_000) === undefined) throw new Error("not linked within 20 s");
  return world;
}

/** A program at a peer, which subscribes the type unless told otherwise. `number` tells apart those at one peer. */
export function programAt(world: World, port: number, options: GossipProgramOptions = {}, number = 0): GossipProgram {
  const program = GossipProgram.join(world, port + PROGRAM * (number + 1), port, { types: [TYPE], ...options });
  world.run(100);
  return program;
}

/** Texts that are all different. */
export function texts(count: number, prefix = "n"): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

/** The same texts, in an order that does not matter. */
export function sorted(some: readonly string[]): readonly string[] {
  return some.toSorted();
}

export function countsAt(world: World, port: number): NotificationCounts {
  return world.peer(port).machine.peer.view("notification").counts;
}
