import { describe, expect, test } from "vitest";
import { ReservedClock } from "../../src/peer/reserved-clock.ts";

describe("the reserved clock", () => {
  test("of a first life may not tick before its first block is on disk", () => {
    const clock = new ReservedClock(0);
    expect(clock.mayTick).toBe(false);
    const ceiling = clock.wanted() ?? 0;
    clock.reserved(1);
    expect(clock.mayTick).toBe(false);
    clock.saved(1);
    expect(clock.mayTick).toBe(true);
    for (let time = 1; time <= ceiling; time++) expect(clock.tick()).toBe(time);
    expect(clock.mayTick).toBe(false);
  });

  test("begins a later life at the ceiling, above all that was ever used", () => {
    const clock = new ReservedClock(4096);
    expect(clock.time).toBe(4096);
    expect(clock.mayTick).toBe(false);
    expect(clock.wanted()).toBeGreaterThan(4096);
  });

  test("asks for the next block before the last one is used up, and once", () => {
    const clock = new ReservedClock(0);
    const first = clock.wanted() ?? 0;
    clock.reserved(1);
    clock.saved(1);
    let asked: number | undefined;
    while (asked === undefined) {
      expect(clock.mayTick).toBe(true);
      clock.tick();
      asked = clock.wanted();
    }
    clock.reserved(2);
    expect(asked).toBeGreaterThan(first);
    expect(clock.wanted()).toBeUndefined();
    // Enough is left to go on with while the disk works.
    expect(first - clock.time).toBeGreaterThan(100);
  });

  test("is not set free by the save of an earlier block", () => {
    const clock = new ReservedClock(0);
    clock.wanted();
    clock.reserved(1);
    clock.merge(1_000_000);
    clock.wanted();
    clock.reserved(2);
    clock.saved(1);
    expect(clock.mayTick).toBe(false);
    clock.saved(2);
    expect(clock.mayTick).toBe(true);
    expect(clock.tick()).toBeGreaterThan(1_000_000);
  });

  test("tells a compacted journal the highest ceiling that it ever asked for", () => {
    const clock = new ReservedClock(10);
    const ceiling = clock.wanted();
    expect(clock.ceiling).toBe(ceiling);
  });
});
