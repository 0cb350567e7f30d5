import { describe, expect, test } from "vitest";
import { GAP_WINDOW_MS, Hearing } from "../../src/peer/hearing.ts";
import { idOf } from "./peer-bench.ts";

const SEVEN = idOf(7);

describe("hearing", () => {
  test("knows nothing of whom it never heard, or has forgotten", () => {
    const hearing = new Hearing();
    expect(hearing.of(SEVEN, 0)).toBeUndefined();
    hearing.hear(SEVEN, 0, 1);
    hearing.forget(SEVEN);
    expect(hearing.of(SEVEN, 0)).toBeUndefined();
  });

  test("tells the age, and the worst silence of the last ten seconds with the present one", () => {
    const hearing = new Hearing();
    for (const at of [1000, 1100, 1900, 2000]) hearing.hear(SEVEN, at, null);
    expect(hearing.of(SEVEN, 2050)).toEqual({ ageMs: 50, worstGapMs: 800, lamport: null });
    expect(hearing.of(SEVEN, 3500)).toMatchObject({ ageMs: 1500, worstGapMs: 1500 });
  });

  test("forgets a silence when ten seconds have passed since it ended, and not before", () => {
    const hearing = new Hearing();
    hearing.hear(SEVEN, 1000, null);
    const end = 4000;
    for (let at = end; at < end + GAP_WINDOW_MS; at += 100) {
      hearing.hear(SEVEN, at, null);
      expect(hearing.of(SEVEN, at)?.worstGapMs).toBe(3000);
    }
    hearing.hear(SEVEN, end + GAP_WINDOW_MS, null);
    expect(hearing.of(SEVEN, end + GAP_WINDOW_MS)?.worstGapMs).toBe(100);
  });

  test("keeps the highest Lamport time; what is not stamped changes none", () => {
    const hearing = new Hearing();
    for (const lamport of [5, null, 9, 7]) hearing.hear(SEVEN, 0, lamport);
    expect(hearing.of(SEVEN, 0)?.lamport).toBe(9);
  });

  test("after hours of silence tells just that", () => {
    const hearing = new Hearing();
    hearing.hear(SEVEN, 500, 1);
    expect(hearing.of(SEVEN, 36_000_500)).toEqual({ ageMs: 36_000_000, worstGapMs: 36_000_000, lamport: 1 });
  });
});
