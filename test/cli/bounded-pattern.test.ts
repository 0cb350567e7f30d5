import { describe, expect, test } from "vitest";
import { BoundedPattern } from "../../src/cli/bounded-pattern.ts";

describe("a bounded pattern", () => {
  test("is found where a regular expression is, time after time", () => {
    const pattern = new BoundedPattern(/^sp[ae]m$/m);
    for (const [text, found] of [
      ["spam", true],
      ["ham", false],
      ["a\nspem\nb", true],
      ["", false],
      ["spam", true],
    ] as const) {
      expect(pattern.isFoundIn(text)).toBe(found);
    }
  });

  test("looks at the first 4096 characters only", () => {
    const pattern = new BoundedPattern(/x/);
    expect(pattern.isFoundIn(`${"a".repeat(4095)}x`)).toBe(true);
    expect(pattern.isFoundIn(`${"a".repeat(4096)}x`)).toBe(false);
  });

  test("that would be searched for ever counts as found, soon", () => {
    const started = performance.now();
    expect(new BoundedPattern(/^(a+)+$/).isFoundIn(`${"a".repeat(60)}b`)).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
