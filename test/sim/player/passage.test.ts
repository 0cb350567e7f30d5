import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Passage, passAtOnce } from "../../../src/sim/player/passage.ts";
import { VirtualTime } from "../../../src/sim/time/virtual-time.ts";
import { Desks } from "../../../src/sim/world/desks.ts";
import { World } from "../../../src/sim/world/world.ts";

/** A time in which something happens at these instants, and what has happened. */
function timeWith(instants: readonly number[]) {
  const time = new VirtualTime();
  const happened: number[] = [];
  for (const instant of instants) time.at(instant, () => happened.push(time.now));
  return { time, happened };
}

const nobody = new Desks(new World());
const instants = fc.array(fc.nat(200), { maxLength: 20 });

describe("a stretch of time", () => {
  test("comes to the same in parts of any length as in one go", async () => {
    await fc.assert(
      fc.asyncProperty(
        instants,
        fc.nat(250),
        fc.nat(10),
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 10 }),
        async (planned, limitMs, wanted, parts) => {
          const whole = timeWith(planned);
          const took = whole.time.runUntil(() => whole.happened.length >= wanted, limitMs);
          const cut = timeWith(planned);
          let asked = 0;
          const holds = (): boolean => {
            asked += 1;
            return cut.happened.length >= wanted;
          };
          const passage = new Passage(cut.time, nobody, holds, limitMs);
          for (let i = 0; passage.outcome === null; i++)
            await passage.goOn(cut.time.now + (parts[i % parts.length] ?? 1) / 64);
          expect(passage.outcome).toBe(took !== undefined);
          expect([cut.time.now, cut.happened]).toEqual([whole.time.now, whole.happened]);
          // Conditions may hang on the time, so where time is cut must not decide when they are looked at.
          expect(asked).toBe(1 + new Set(cut.happened).size);
        },
      ),
    );
  });

  test("is due where something happens, or where it ends", () => {
    const { time } = timeWith([5]);
    const passage = new Passage(time, nobody, () => false, 10);
    expect([4, 5, 9].map((upTo) => passage.isDue(upTo))).toEqual([false, true, true]);
    time.run(6);
    expect([9, 10].map((upTo) => passage.isDue(upTo))).toEqual([false, true]);
    const endless = new Passage(time, nobody, () => false, Number.POSITIVE_INFINITY);
    expect(endless.isDue(Number.POSITIVE_INFINITY)).toBe(false);
  });

  test("of no time at all passes nothing where it holds already", async () => {
    const { time, happened } = timeWith([0, 1]);
    expect(await passAtOnce(time, nobody, () => true, 0)).toBe(true);
    expect(happened).toEqual([]);
    expect(await passAtOnce(time, nobody, () => false, 0)).toBe(false);
    expect([time.now, happened]).toEqual([0, [0]]);
  });
});
