import { describe, expect, test } from "vitest";
import { drawScript } from "../../../src/sim/swarm/draw.ts";
import { runScenario, runSeed } from "../../../src/sim/swarm/run-seed.ts";

const PEERS = [3, 5] as const;

describe("a seed", () => {
  test("gives the same hash of all events, and the same story, whenever it is played", async () => {
    const [one, again, other] = [await runSeed(1, PEERS), await runSeed(1, PEERS), await runSeed(2, PEERS)];
    expect(again).toEqual(one);
    expect(other.hash).not.toBe(one.hash);
  });

  test("stands in its script: played from that alone it gives the same hash", async () => {
    expect((await runScenario(drawScript(3, PEERS))).hash).toBe((await runSeed(3, PEERS)).hash);
  });

  test("ends with a healed core that must get on", async () => {
    const { played, broken } = await runSeed(4, PEERS);
    expect(broken).toBeNull();
    const demanded = played.flatMap((each) => (each.kind === "expect" ? [each.condition.kind] : []));
    expect(new Set(demanded)).toEqual(
      new Set(["united", "served", "event", "spread", "stores-agree", "linearizable", "lock"]),
    );
  });

  test.each(Array.from({ length: 12 }, (_, i) => 101 + i))("breaks nothing (seed %i)", async (seed) => {
    expect((await runSeed(seed, [3, 7])).broken).toBeNull();
  });

  test.each([
    ["zab", 201],
    ["zab", 202],
    ["zab", 203],
    ["zab", 204],
    ["locks", 205],
    ["locks", 206],
    ["pool", 207],
    ["pool", 208],
  ] as const)("about %s breaks nothing (seed %i)", async (topic, seed) => {
    expect((await runSeed(seed, [3, 7], topic)).broken).toBeNull();
  });
});
