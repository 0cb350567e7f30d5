import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { VirtualTime } from "../../../src/sim/time/virtual-time.ts";

const STEP_MS = 1 / 1024;

/** Whether an instant is a whole number of steps. */
function isWhole(instant: number): boolean {
  return Number.isInteger(instant / STEP_MS);
}

describe("what is planned", () => {
  test("happens at its time, and sees that time", () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    time.after(3, () => seen.push(time.now));
    time.at(2, () => seen.push(time.now));
    time.run(10);
    expect(seen).toEqual([2, 3]);
    expect(time.now).toBe(10);
  });

  test("may plan more, in this instant or later", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.after(1, () => {
      time.after(0, () => seen.push(`now ${time.now}`));
      time.after(1, () => seen.push(`later ${time.now}`));
      seen.push("first");
    });
    time.run(2);
    expect(seen).toEqual(["first", "now 1", "later 2"]);
  });

  test("for an instant that is over happens now", () => {
    const time = new VirtualTime();
    time.run(10);
    const seen: number[] = [];
    time.at(3, () => seen.push(time.now));
    time.run(0);
    expect(seen).toEqual([10]);
  });

  test("for an instant that is no number is a mistake that is named: time would stop there without a word", () => {
    const time = new VirtualTime();
    expect(() => time.at(Number.NaN, () => {})).toThrow(InvariantViolation);
    expect(() => time.after(Number.NaN, () => {})).toThrow(InvariantViolation);
  });

  test("comes at the end of a run as well, and not after it", () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    for (const at of [10, 10 + STEP_MS]) time.at(at, () => seen.push(time.now));
    time.run(10);
    expect(seen).toEqual([10]);
    expect(time.next).toBe(10 + STEP_MS);
  });

  test("a timeout comes behind what arrives in its instant, even where an arrival is planned by another of that instant", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.at(1, () => seen.push("timeout"), "timeout");
    time.at(1, () => {
      seen.push("arrival");
      time.after(0, () => seen.push("what it leads to"));
    });
    time.run(1);
    expect(seen).toEqual(["arrival", "what it leads to", "timeout"]);
  });
});

describe("instants", () => {
  test("are whole steps, the first that is not earlier than what was asked for", () => {
    const delay = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(fc.array(delay, { minLength: 1, maxLength: 20 }), (delays) => {
        const time = new VirtualTime();
        for (const delayMs of delays) {
          const asked = time.now + delayMs;
          let happened = Number.NaN;
          time.after(delayMs, () => {
            happened = time.now;
          });
          time.runUntil(() => !Number.isNaN(happened), 2e7);
          expect(isWhole(happened)).toBe(true);
          expect(happened).toBeGreaterThanOrEqual(asked);
          expect(happened - STEP_MS).toBeLessThanOrEqual(asked);
        }
      }),
    );
  });

  test("stay whole when time passes by a part of a step", () => {
    const time = new VirtualTime();
    time.run(0.3);
    expect(time.now).toBeGreaterThanOrEqual(0.3);
    expect(isWhole(time.now)).toBe(true);
    time.runUntil(() => false, 0.3);
    expect(isWhole(time.now)).toBe(true);
    time.restUntil(1.7);
    expect(time.now).toBeGreaterThanOrEqual(1.7);
    expect(isWhole(time.now)).toBe(true);
  });

  test("are the same by a clock that is ahead, whatever it is ahead by: no sum is rounded", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_600_000 }),
        fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { maxLength: 20 }),
        (offset, delays) => {
          const time = new VirtualTime();
          for (const delayMs of delays) {
            time.run(delayMs);
            expect(time.now + offset - offset).toBe(time.now);
          }
        },
      ),
    );
  });
});

describe("runUntil", () => {
  test("asks first, and lets no time pass where it holds already", () => {
    const time = new VirtualTime();
    time.after(0, () => expect.unreachable());
    expect(time.runUntil(() => true, 10)).toBe(0);
    expect(time.now).toBe(0);
  });

  test("stops behind the first instant after which it holds, all of which has happened", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.run(5);
    for (const name of ["a", "b"]) time.after(3, () => seen.push(name));
    time.after(4, () => seen.push("c"));
    expect(time.runUntil(() => seen.length > 0, 10)).toBe(3);
    expect(seen).toEqual(["a", "b"]);
    expect(time.now).toBe(8);
  });

  test("is not asked in the middle of an instant", () => {
    const time = new VirtualTime();
    let count = 0;
    const asked: number[] = [];
    for (let i = 0; i < 3; i++) {
      time.after(1, () => {
        count += 1;
      });
    }
    time.runUntil(() => {
      asked.push(count);
      return count > 0;
    }, 5);
    expect(asked).toEqual([0, 3]);
  });

  test("lets the whole limit pass where it does not come to hold, and nothing beyond it happen", () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    for (const at of [4, 10, 11]) time.at(at, () => seen.push(at));
    expect(time.runUntil(() => false, 10)).toBeUndefined();
    expect(seen).toEqual([4, 10]);
    expect(time.now).toBe(10);
    expect(time.runUntil(() => false, 0)).toBeUndefined();
    expect(time.now).toBe(10);
  });

  test("lets the limit pass where nothing is planned at all", () => {
    const time = new VirtualTime();
    expect(time.runUntil(() => false, 10)).toBeUndefined();
    expect([time.now, time.next]).toEqual([10, Number.POSITIVE_INFINITY]);
  });
});

describe("in steps of one instant", () => {
  test("all of the next instant happens, unless it comes too late", () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    for (const [at, name] of [
      [3, "a"],
      [3, "b"],
      [5, "c"],
    ] as const)
      time.at(at, () => seen.push(name));
    expect([time.happenBy(2), time.now]).toEqual([false, 0]);
    expect([time.happenBy(4), time.now, seen.join("")]).toEqual([true, 3, "ab"]);
    expect([time.happenBy(4), time.happenBy(5), time.happenBy(Number.POSITIVE_INFINITY)]).toEqual([false, true, false]);
    expect([time.now, seen.join("")]).toEqual([5, "abc"]);
  });

  test("rest never passes what is due, nor goes back", () => {
    const time = new VirtualTime();
    time.at(3, () => {});
    time.restUntil(10);
    expect(time.now).toBe(3);
    time.restUntil(1);
    expect(time.now).toBe(3);
  });
});

describe("a loop at one instant", () => {
  test("is named, with the instant", () => {
    const time = new VirtualTime();
    const again = (): void => time.after(0, again);
    time.after(7, again);
    expect(() => time.run(10)).toThrow("time stands still at 7 ms");
  });

  test("is told from many things that happen at many instants", () => {
    const time = new VirtualTime();
    let left = 1_100_000;
    const again = (): void => {
      left -= 1;
      if (left > 0) time.after(left % 2 === 0 ? STEP_MS : 0, again);
    };
    again();
    expect(() => time.run(10_000)).not.toThrow();
    expect(left).toBe(0);
  });
});
