import { describe, expect, test } from "vitest";
import { hashEvents } from "../../../src/sim/world/event-hash.ts";
import { World } from "../../../src/sim/world/world.ts";
import { isWhole, THREE } from "../cluster.ts";

/** The hash of all that three tell in their first seconds, and of a line more where one is said. */
function hashOf(seed: number, keep: "none" | "all", faults = 0): string {
  const world = new World({ seed, keep, network: { jitterMs: 1, lossPercent: 5 } });
  const hash = hashEvents(world);
  for (const port of THREE) world.start(port, port === 7001 ? { found: true } : { seeds: [7001] });
  world.run(5000);
  expect(isWhole(world, THREE)).toBe(true);
  for (let i = 0; i < faults; i++) world.fault(7002, { kind: "jump", aheadMs: 0, by: "test" });
  return hash.hex();
}

describe("the hash of all that is told", () => {
  test("is the same for a seed, whatever is kept of it", () => {
    expect(hashOf(1, "all")).toBe(hashOf(1, "all"));
    expect(hashOf(1, "none")).toBe(hashOf(1, "all"));
  });

  test("is another for another seed, and for every line more", () => {
    const hashes = [hashOf(1, "none"), hashOf(2, "none"), hashOf(1, "none", 1), hashOf(1, "none", 2)];
    expect(new Set(hashes).size).toBe(4);
  });

  test("counts who told it, when, and what; what is routine as well", () => {
    const made = [
      [7001, 0, 7],
      [7002, 0, 7],
      [7001, 1, 7],
      [7001, 0, 8],
    ].map(([port = 0, afterMs = 0, gapMs = 0]) => {
      const world = new World();
      for (const each of [7001, 7002]) world.start(each);
      world.run(1000);
      const hash = hashEvents(world);
      world.run(afterMs);
      const before = hash.hex();
      world.react(world.peer(port), { now: 0, lamport: 0, routine: true, event: { kind: "resumed", gapMs } });
      expect(hash.hex()).not.toBe(before);
      return hash.hex();
    });
    expect(new Set(made).size).toBe(4);
  });
});
