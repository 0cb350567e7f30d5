import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PeerClock } from "../../src/peer/peer-clock.ts";

/** A clock after changes, each some time after the one before; and when the last of them was. */
const changed = fc
  .array(
    fc.record({
      afterMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      change: fc.oneof(
        fc.record({ rate: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
        fc.record({ jumpMs: fc.double({ min: 0, max: 1e9, noNaN: true }) }),
      ),
    }),
    { maxLength: 20 },
  )
  .map((changes) => {
    const clock = new PeerClock();
    let real = 1234.5678;
    const readings = [clock.at(real)];
    for (const { afterMs, change } of changes) {
      real += afterMs;
      readings.push(clock.at(real));
      if ("rate" in change) clock.run(change.rate, real);
      else clock.jump(change.jumpMs, real);
      readings.push(clock.at(real));
    }
    return { clock, real, readings };
  });

const ahead = fc.double({ min: 0, max: 1e7, noNaN: true });

describe("the clock of a peer", () => {
  test("is the real one, exactly, until it is changed", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (real) => {
        const clock = new PeerClock();
        expect(clock.at(real)).toBe(real);
        expect(clock.realAt(real)).toBe(real);
      }),
    );
  });

  test("never goes back, whatever changes", () => {
    fc.assert(
      fc.property(changed, ahead, ahead, ({ clock, real, readings }, a, b) => {
        const later = [Math.min(a, b), Math.max(a, b)].map((ms) => clock.at(real + ms));
        const all = [...readings, ...later];
        for (const [i, reading] of all.entries()) expect(reading).toBeGreaterThanOrEqual(all[i - 1] ?? 0);
      }),
    );
  });

  test("at the real instant of a deadline it shows the deadline, never less and hardly more", () => {
    fc.assert(
      fc.property(changed, ahead, ({ clock, real }, ms) => {
        const deadline = clock.at(real) + ms;
        const due = clock.realAt(deadline);
        expect(clock.at(due)).toBeGreaterThanOrEqual(deadline);
        expect(clock.at(due) - deadline).toBeLessThan(1e-4);
      }),
    );
  });

  test("a deadline that has passed is due, and one that never comes never is", () => {
    fc.assert(
      fc.property(changed, ahead, ({ clock, real }, ms) => {
        expect(clock.realAt(clock.at(real) - ms)).toBeLessThanOrEqual(real + 1e-4);
        expect(clock.realAt(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  test("runs at its rate from the moment of the change, and jumps ahead by what was said", () => {
    const clock = new PeerClock();
    clock.run(2, 1000);
    expect([clock.at(1000), clock.at(1500), clock.realAt(3000)]).toEqual([1000, 2000, 2000]);
    clock.jump(500, 2000);
    expect([clock.at(2000), clock.at(2001)]).toEqual([3500, 3502]);
    clock.run(1, 2001);
    expect(clock.at(2011)).toBe(3512);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses to run at %d", (rate) => {
    expect(() => new PeerClock().run(rate, 0)).toThrow("a clock runs at");
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses to jump by %d", (ms) => {
    expect(() => new PeerClock().jump(ms, 0)).toThrow("a clock jumps by");
  });
});
