import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countOf, parseRange, parseShard, seedsOf } from "../../../src/sim/swarm/range.ts";

describe("ranges", () => {
  test.each([
    ["3..9", [3, 9]],
    ["5", [5, 5]],
    ["0..0", [0, 0]],
  ])("%s", (text, range) => {
    expect(parseRange(text, 0, 100)).toEqual(range);
  });

  test.each(["", "9..3", "1..101", "-1", "1..", "..2", "1...2", "a", "1.5", "1 .. 2"])("%s is none", (text) => {
    expect(parseRange(text, 0, 100)).toBeUndefined();
  });

  test("has a least number", () => {
    expect(parseRange("2..4", 3, 9)).toBeUndefined();
  });
});

describe("shards", () => {
  test.each(["", "0/4", "5/4", "1", "1/0", "a/b", "1/2/3"])("%s is none", (text) => {
    expect(parseShard(text)).toBeUndefined();
  });

  test("all shards together have every seed once, and each as many as it counts", () => {
    const campaign = fc.tuple(fc.nat(1000), fc.nat(300), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(campaign, ([first, more, of]) => {
        const range = [first, first + more] as const;
        const shards = Array.from({ length: of }, (_, i) => [...seedsOf(range, { number: i + 1, of })]);
        expect(shards.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: more + 1 }, (_, i) => first + i));
        expect(shards.map(({ length }) => length)).toEqual(shards.map((_, i) => countOf(range, { number: i + 1, of })));
      }),
    );
  });
});
