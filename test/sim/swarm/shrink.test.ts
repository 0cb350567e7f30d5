import { describe, expect, test } from "vitest";
import { type Invariant, invariant } from "../../../src/sim/invariants/invariant.ts";
import { watchInvariants } from "../../../src/sim/invariants/registry.ts";
import { parseScript } from "../../../src/sim/script/parse-script.ts";
import { printScript } from "../../../src/sim/script/print-script.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import type { Script, Statement } from "../../../src/sim/script/script.ts";
import { drawScript } from "../../../src/sim/swarm/draw.ts";
import { runScenario } from "../../../src/sim/swarm/run-seed.ts";
import { shrink } from "../../../src/sim/swarm/shrink.ts";
import { WorldStage, worldOf } from "../../../src/sim/world/world-stage.ts";

/** A rule that many scenarios break: nobody's second life may begin. */
const onlyOneLife: Invariant = invariant({
  name: "only-one-life",
  source: "this test",
  text: "Nobody comes back.",
  watch: (broken) => {
    const lives = new Map<number, number>();
    return [
      {
        began: ({ port }) => {
          lives.set(port, (lives.get(port) ?? 0) + 1);
          if (lives.get(port) === 2) broken(`peer ${port} is back`);
        },
      },
    ];
  },
});

const play = (script: Script) => runScenario(script, [onlyOneLife]);

/** A seed whose scenario breaks the rule before its finale. */
async function breaking(): Promise<Script> {
  for (let seed = 1; seed <= 50; seed++) {
    const script = drawScript(seed, [3, 5]);
    const { broken, played } = await play(script);
    if (broken?.invariant === "only-one-life" && played.length < script.length) return script;
  }
  throw new Error("no seed brings anybody back");
}

describe("shrinking", () => {
  test("leaves the least that still breaks the same rule, which a file repeats", async () => {
    const script = await breaking();
    const first = await play(script);
    const least = await shrink(script, first, play);
    expect(least.broken?.invariant).toBe("only-one-life");
    const kinds = least.played.map(({ kind }: Statement) => kind);
    // Somebody must have come and gone, and what brings that one back is the last that is needed.
    expect(kinds.filter((kind) => kind === "start").length).toBeLessThanOrEqual(2);
    expect(kinds.filter((kind) => kind === "recover")).toHaveLength(1);
    expect(kinds.at(-1)).toBe("recover");
    expect(kinds.length).toBeLessThanOrEqual(12);
    expect(least.passedOver.size).toBe(0);

    const parsed = parseScript(printScript(least.played), "least.script");
    if (!parsed.ok) throw new Error(parsed.errors.join());
    const world = worldOf(parsed.script);
    watchInvariants(world, [onlyOneLife]);
    await expect(runScript(parsed.script, new WorldStage(world))).rejects.toThrow("only-one-life");
  }, 60_000);

  test("tells how far it is, and gives up smaller steps than it can afford", async () => {
    const script = await breaking();
    const told: number[] = [];
    await shrink(script, await play(script), play, ({ tries }) => told.push(tries));
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  }, 60_000);
});
