import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linkFaults, outLine } from "../../../src/cli/live/link-faults.ts";
import { PeerNames } from "../../../src/control/peer-names.ts";
import { planOf } from "../../../src/control/plan.ts";
import { isFaultCommand, parseLine } from "../../../src/control/verbs.ts";
import { type Conditions, WELL } from "../../../src/sim/network/conditions.ts";
import { at, id, picture } from "../../ui/pictures.ts";

describe("what a link is like, as faults of its sender", () => {
  test.each<[Partial<Conditions>, readonly string[]]>([
    [{}, []],
    [{ cut: true }, ["cut 00 out"]],
    [{ cut: false, lossPercent: 30 }, ["drop 00 30% out"]],
    [{ duplicatePercent: 0.5, reorderPercent: 20 }, ["duplicate 00 0.5% out", "reorder 00 20% out"]],
    [{ corruptPercent: 5, lossPercent: 0 }, ["corrupt 00 5% out"]],
    [{ latencyMs: 100, jitterMs: 0 }, ["latency 00 100ms out"]],
    // From 100 to 120 ms is 110 ms and 10 more or less.
    [{ latencyMs: 100, jitterMs: 20 }, ["latency 00 110ms jitter 10ms out"]],
    [{ latencyMs: 0.2, jitterMs: 0 }, []],
    [{ bytesPerSecond: 10_000 }, ["bandwidth 00 10KB/s out"]],
    [{ bytesPerSecond: null }, []],
  ])("%j", (conditions, lines) => {
    expect(linkFaults(conditions).map((fault) => outLine(fault, id(0)).replace(id(0), "00"))).toEqual(lines);
  });

  test("a link that is well takes none", () => {
    expect(linkFaults({ ...WELL })).toEqual([]);
  });

  test("every line sets the very fault that it was made of, at a peer that knows nobody", () => {
    const view = picture({ peers: 1 });
    const names = new PeerNames({ ...view.self, address: at(1) }, []);
    const percent = fc.integer({ min: 1, max: 1_000_000 }).map((parts) => parts / 10_000);
    const conditions = fc.record({
      cut: fc.boolean(),
      lossPercent: percent,
      duplicatePercent: percent,
      reorderPercent: percent,
      corruptPercent: percent,
      latencyMs: fc.integer({ min: 1, max: 60_000 }),
      jitterMs: fc.integer({ min: 0, max: 60_000 }),
      bytesPerSecond: fc.integer({ min: 1, max: 1_000_000_000 }),
    });
    fc.assert(
      fc.property(conditions, (drawn) => {
        for (const fault of linkFaults(drawn)) {
          const reading = parseLine(outLine(fault, id(9)), names);
          if (!reading.ok || !isFaultCommand(reading.value) || reading.value.verb === "undo")
            throw new Error(JSON.stringify(reading));
          const plan = planOf(reading.value, view, { by: "script", relayed: true });
          expect(plan).toMatchObject({ ok: true, value: { own: [{ fault, targets: [id(9)], direction: "out" }] } });
        }
      }),
    );
  });
});
