import type { Direction, FaultTarget, LinkFault } from "../../src/faults/fault.ts";
import type { World } from "../../src/sim/world/world.ts";

/** How a fault is set. */
export interface Setting {
  /** Ports; all others where nothing is said. */
  readonly on?: readonly number[];
  readonly direction?: Direction;
  readonly forMs?: number;
}

/** Sets a fault at a peer. */
export function setFault(world: World, port: number, fault: LinkFault, setting: Setting = {}): void {
  const { on, direction = "both", forMs = null } = setting;
  const targets: readonly FaultTarget[] = on?.map((other) => world.peer(other).id) ?? ["everybody"];
  world.fault(port, { kind: "set", fault, targets, direction, by: "test", forMs });
}

/** Everybody of a group cuts everybody of the others, both ways. */
export function partition(world: World, ...groups: readonly (readonly number[])[]): void {
  for (const group of groups) {
    const on = groups.filter((other) => other !== group).flat();
    for (const port of group) setFault(world, port, { kind: "cut", reset: false }, { on });
  }
}

/** Ends every fault everywhere. */
export function healAll(world: World, ports: readonly number[]): void {
  for (const port of ports) world.fault(port, { kind: "heal", target: "all", by: "test" });
}
