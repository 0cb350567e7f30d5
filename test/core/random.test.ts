import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jittered, type Random, sample, seededRandom } from "../../src/core/random.ts";

const seed = fc.nat(Number.MAX_SAFE_INTEGER);

// Of an independent implementation of sfc32.
const SEED_0 = [3300212312, 1743954244, 207519241, 3716241083];
const SEED_2_40_7 = [251473621, 3987187133, 2462513609, 4142839006];

function draws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.below(2 ** 32));
}

describe("seededRandom", () => {
  it("draws what sfc32 draws, so that a recorded run is the same on every engine and in every version", () => {
    expect(draws(seededRandom(0), 4)).toEqual(SEED_0);
    expect(draws(seededRandom(2 ** 40 + 7), 4)).toEqual(SEED_2_40_7);
  });

  it("draws the same from the same seed, and other things from another", () => {
    fc.assert(
      fc.property(seed, seed, (one, other) => {
        expect(draws(seededRandom(one), 8)).toEqual(draws(seededRandom(one), 8));
        if (one !== other) expect(draws(seededRandom(one), 8)).not.toEqual(draws(seededRandom(other), 8));
      }),
    );
  });

  it("goes on from its state", () => {
    const random = seededRandom(42);
    draws(random, 5);
    const twin = seededRandom(random.state());
    expect(draws(twin, 8)).toEqual(draws(random, 8));
  });

  it("is not moved by what a fork of it draws", () => {
    const [one, other] = [seededRandom(1), seededRandom(1)];
    const fork = one.fork();
    other.fork();
    const forked = draws(fork, 100);
    const own = draws(one, 100);
    expect(own).toEqual(draws(other, 100));
    expect(own).not.toEqual(forked);
  });

  it("stays within its limits, both ends included", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: -1000, max: 1000 }), fc.nat(1000), (start, low, span) => {
        const random = seededRandom(start);
        for (let i = 0; i < 20; i++) {
          const value = random.between(low, low + span);
          expect(Number.isInteger(value) && value >= low && value <= low + span).toBe(true);
        }
        expect(random.below(1)).toBe(0);
      }),
    );
    const random = seededRandom(3);
    const faces = new Set(Array.from({ length: 200 }, () => random.between(1, 6)));
    expect([...faces].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("draws each of ten numbers about as often", () => {
    const random = seededRandom(5);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const value = random.below(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // Five standard deviations of 100,000 draws at one in ten are 474.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(474);
  });
});

describe("sample", () => {
  it("takes as many as asked for or as there are, none twice, and leaves the list alone", () => {
    fc.assert(
      fc.property(seed, fc.uniqueArray(fc.nat()), fc.nat(20), (start, items, count) => {
        const before = [...items];
        const taken = sample(seededRandom(start), items, count);
        expect(taken.length).toBe(Math.min(count, items.length));
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken.every((item) => items.includes(item))).toBe(true);
        expect(items).toEqual(before);
      }),
    );
  });

  it("takes every item about as often, first or not", () => {
    const random = seededRandom(8);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) {
      for (const item of sample(random, [0, 1, 2, 3, 4], 2)) counts[item] = (counts[item] ?? 0) + 1;
    }
    // Five standard deviations of 10,000 draws at two in five are 245.
    for (const count of counts) expect(Math.abs(count - 4000)).toBeLessThan(245);
  });
});

describe("jittered", () => {
  it("is an interval, a quarter more or less, both ends included", () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 2000 }, () => jittered(random, 40));
    expect(Math.min(...drawn)).toBe(30);
    expect(Math.max(...drawn)).toBe(50);
  });
});
