import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/runtime/journal/pace.ts";

function paceAfter(...saves: readonly (readonly [count: number, ms: number])[]): Pace {
  const pace = new Pace();
  for (const [count, ms] of saves) for (let i = 0; i < count; i++) pace.took(ms);
  return pace;
}

describe("the pace of a disk", () => {
  it("is quick once enough saves were, and not before", () => {
    expect(paceAfter([15, 0.1]).isQuick).toBe(false);
    expect(paceAfter([16, 0.1]).isQuick).toBe(true);
  });

  it("is never quick where most saves are slow", () => {
    const pace = new Pace();
    for (let i = 0; i < 10_000; i++) {
      pace.took(i % 5 < 3 ? 0.6 : 0.1);
      expect(pace.isQuick).toBe(false);
    }
  });

  it("stays quick where a save is slow now and then", () => {
    const pace = paceAfter([100, 0.1]);
    for (let i = 0; i < 10_000; i++) {
      pace.took(i % 5 === 0 ? 3 : 0.1);
      expect(pace.isQuick).toBe(true);
    }
  });

  it("is slow soon after saves have become slow, however long they were quick", () => {
    expect(paceAfter([10_000, 0.1], [17, 0.6]).isQuick).toBe(false);
  });

  it("is slow at once and for long after a stall, and quick again in the end", () => {
    expect(paceAfter([10_000, 0.1], [1, 30]).isQuick).toBe(false);
    expect(paceAfter([10_000, 0.1], [1, 30], [1000, 0.1]).isQuick).toBe(false);
    expect(paceAfter([10_000, 0.1], [1, 30], [1016, 0.1]).isQuick).toBe(true);
    expect(paceAfter([10_000, 8], [1016, 0.1]).isQuick).toBe(true);
  });
});
