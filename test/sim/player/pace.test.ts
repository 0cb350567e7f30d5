import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SPEEDS } from "../../../src/control/speed.ts";
import { Pace } from "../../../src/sim/player/pace.ts";

function pace(speed: (typeof SPEEDS)[number], realMs = 1000, virtualMs = 500): Pace {
  const begun = new Pace();
  begun.begin(speed, realMs, virtualMs);
  return begun;
}

describe("the pace of virtual time", () => {
  test.each([
    [0.1, 503],
    [1, 530],
    [10, 800],
    [100, 3500],
    ["max", Number.POSITIVE_INFINITY],
  ] as const)("at %s, 30 ms of real time let it go on to %s", (speed, allowed) => {
    expect(pace(speed).allowed(1030, 500)).toBe(allowed);
  });

  test("whoever cannot keep up is let go on from where he is, with a little to catch up", () => {
    const busy = pace(10);
    expect(busy.allowed(2000, 600)).toBe(600 + 1000);
    expect(busy.allowed(2030, 1600)).toBe(1600 + 300);
  });

  test("is in whole steps of virtual time, and never more than has passed", () => {
    const speeds = fc.constantFrom(...SPEEDS.filter((speed) => speed !== "max"));
    fc.assert(
      fc.property(speeds, fc.double({ min: 0, max: 90, noNaN: true }), (speed, passedMs) => {
        const allowed = pace(speed).allowed(1000 + passedMs, 500);
        expect(allowed * 1024).toBe(Math.floor(allowed * 1024));
        expect(allowed).toBeLessThanOrEqual(500 + passedMs * speed + 1e-6);
        expect(allowed).toBeGreaterThan(500 + passedMs * speed - 0.01);
      }),
    );
  });
});
