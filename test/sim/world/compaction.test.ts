import { expect, test, vi } from "vitest";
import { Peer } from "../../../src/peer/peer.ts";
import type { AnyRecord } from "../../../src/peer/registry.ts";
import { SimulatedDisk } from "../../../src/sim/disk/disk.ts";
import { World } from "../../../src/sim/world/world.ts";
import { agreedLeader, FIVE, isWhole } from "../cluster.ts";

// What takes a journal millions of bytes takes these a few hundred.
vi.mock(import("../../../src/storage/upkeep.ts"), async (original) => ({
  ...(await original()),
  isGrown: (grownBytes) => grownBytes > 200,
}));

/** What a peer knows, but for what every life begins anew: its incarnation, and the Lamport times that it reserves. */
function knownBy(peer: Peer): readonly AnyRecord[] {
  return peer.checkpoint().filter(({ record }) => !("incarnation" in record) && !("ceiling" in record));
}

test.each([1, 2, 3])("a disk that is compacted time and again loses nothing that is durable (seed %i)", (seed) => {
  const compact = vi.spyOn(SimulatedDisk.prototype, "compact");
  const world = new World({ seed, diskMs: [1, 20] });
  let found: readonly AnyRecord[] = [];
  let starts = 0;
  world.observers.push({
    started: (_peer, options, records) => {
      found = knownBy(new Peer(options, records, 0));
      starts += 1;
    },
  });
  for (const port of FIVE) world.start(port, port === 7001 ? { found: true } : { seeds: [7001] });
  expect(world.runUntil(() => isWhole(world, FIVE), 20_000)).toBeDefined();
  for (let i = 0; i < 20; i++) {
    const victim = (i % 2 === 0 ? agreedLeader(world, FIVE) : undefined) ?? FIVE[i % 5] ?? 7001;
    // By then all that it knows is durable.
    world.run(1000);
    const known = knownBy(world.peer(victim).machine.peer);
    world.crash(victim, true);
    world.restart(victim);
    expect(found).toEqual(known);
    world.run(1000);
  }
  expect(world.runUntil(() => isWhole(world, FIVE), 20_000)).toBeDefined();
  for (const { ids } of world.peers) expect(ids).toHaveLength(1);
  // Each start compacts once; the others are for the size.
  expect(compact.mock.calls.length - starts).toBeGreaterThan(20);
  compact.mockRestore();
});
