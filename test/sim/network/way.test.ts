import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { type Conditions, WELL } from "../../../src/sim/network/conditions.ts";
import { Way } from "../../../src/sim/network/way.ts";

/** Draws enough that a share is off by more than `CLOSE` once in a million seeds; the seeds here are fixed. */
const MANY = 20_000;
const CLOSE = 0.02;

function wayOf(conditions: Partial<Conditions>, seed = 1): Way {
  return new Way(seededRandom(seed), { ...WELL, latencyMs: 10, ...conditions });
}

function times<T>(count: number, draw: () => T): readonly T[] {
  return Array.from({ length: count }, draw);
}

function share<T>(all: readonly T[], fits: (each: T) => boolean): number {
  return all.filter(fits).length / all.length;
}

/** What becomes of a packet and a piece of 100 bytes each, time and again, in an instant. */
const packets = (way: Way, count = MANY, now = 0) => times(count, () => way.packet(100, now));
const pieces = (way: Way, count = MANY, now = 0) => times(count, () => way.piece(100, now));

describe("a way without fault", () => {
  test("takes the same time for everything", () => {
    const way = wayOf({});
    expect(new Set(packets(way).flat())).toEqual(new Set([10]));
    expect(new Set(pieces(way))).toEqual(new Set([10]));
    expect(times(MANY, () => way.damage()).every((damage) => damage === null)).toBe(true);
  });

  test("draws nothing, so that what others draw does not hang on how much passes", () => {
    const random = seededRandom(1);
    const before = random.state();
    const way = new Way(random, { ...WELL, latencyMs: 10 });
    packets(way, 10);
    pieces(way, 10);
    way.damage();
    expect(random.state()).toEqual(before);
    way.conditions = { ...WELL, lossPercent: 50 };
    packets(way, 1);
    expect(random.state()).not.toEqual(before);
  });

  test("is what it was once its conditions are", () => {
    const way = wayOf({});
    const usual = way.conditions;
    way.conditions = { ...usual, cut: true };
    expect(way.packet(100, 0)).toEqual([]);
    way.conditions = usual;
    expect(way.packet(100, 0)).toEqual([10]);
  });
});

describe("by chance", () => {
  test.each([0.5, 10, 30, 90])("%d %% of the packets are lost, and no piece of a stream is late", (lossPercent) => {
    const way = wayOf({ lossPercent });
    expect(Math.abs(share(packets(way), (copies) => copies.length === 0) - lossPercent / 100)).toBeLessThan(CLOSE);
    expect(new Set(pieces(way))).toEqual(new Set([10]));
  });

  test("all or nothing is lost where the share is 100 or 0 %", () => {
    expect(packets(wayOf({ lossPercent: 100 })).flat()).toEqual([]);
    expect(packets(wayOf({ lossPercent: 0, jitterMs: 1 })).every((copies) => copies.length === 1)).toBe(true);
  });

  test.each([5, 40, 100])("%d %% of the packets come twice, and streams hide it", (duplicatePercent) => {
    const way = wayOf({ duplicatePercent });
    const twice = share(packets(way), (copies) => copies.length === 2);
    expect(Math.abs(twice - duplicatePercent / 100)).toBeLessThan(CLOSE);
    expect(new Set(pieces(way))).toEqual(new Set([10]));
  });

  test.each([5, 40, 100])(
    "%d %% of the packets come behind those of the next 50 ms, and streams hide it",
    (reorderPercent) => {
      const way = wayOf({ reorderPercent });
      const delays = packets(way).flat();
      expect(new Set(delays)).toEqual(new Set(reorderPercent === 100 ? [60] : [10, 60]));
      expect(Math.abs(share(delays, (delay) => delay === 60) - reorderPercent / 100)).toBeLessThan(CLOSE);
      expect(new Set(pieces(way))).toEqual(new Set([10]));
    },
  );

  test.each([5, 40, 100])(
    "%d %% is damaged: so many packets are lost, and so many pieces told how",
    (corruptPercent) => {
      const way = wayOf({ corruptPercent });
      expect(Math.abs(share(packets(way), (copies) => copies.length === 0) - corruptPercent / 100)).toBeLessThan(CLOSE);
      const damages = times(MANY, () => way.damage());
      expect(Math.abs(share(damages, (damage) => damage !== null) - corruptPercent / 100)).toBeLessThan(CLOSE);
      const choices = damages.filter((damage) => damage !== null);
      expect(choices.every((choice) => Number.isInteger(choice) && choice >= 0 && choice < 2 ** 32)).toBe(true);
      expect(new Set(choices).size).toBeGreaterThan(0.999 * choices.length);
    },
  );

  test("jitter adds anything between nothing and its whole, each copy and each piece by itself", () => {
    const way = wayOf({ jitterMs: 40, duplicatePercent: 100 });
    const copies = packets(way);
    for (const delays of [copies.flat(), pieces(way)]) {
      const sorted = delays.toSorted((a, b) => a - b);
      expect(sorted[0]).toBeGreaterThanOrEqual(10);
      expect(sorted[0]).toBeLessThan(10.1);
      expect(sorted.at(-1)).toBeLessThanOrEqual(50);
      expect(sorted.at(-1)).toBeGreaterThan(49.9);
      for (const quarter of [0.25, 0.5, 0.75]) {
        const at = sorted[Math.floor(quarter * sorted.length)] ?? 0;
        expect(Math.abs(at - (10 + 40 * quarter))).toBeLessThan(40 * CLOSE);
      }
    }
    expect(share(copies, ([one, other]) => one === other)).toBeLessThan(0.001);
  });

  test("a part of what streams carry is sent again: after 200 ms, after 400 more, and so on, six times at most", () => {
    const way = wayOf({ resendPercent: 30 });
    const delays = pieces(way);
    const waits = [0, 200, 600, 1400, 3000, 6200, 12_600];
    expect(new Set(delays)).toEqual(new Set(waits.map((wait) => wait + 10)));
    for (const [resends, wait] of waits.slice(0, 4).entries()) {
      const atLeast = share(delays, (delay) => delay >= wait + 10);
      expect(Math.abs(atLeast - 0.3 ** resends)).toBeLessThan(CLOSE);
    }
    expect(new Set(pieces(wayOf({ resendPercent: 100 })))).toEqual(new Set([12_610]));
    expect(new Set(packets(way).flat())).toEqual(new Set([10]));
  });
});

describe("a cut", () => {
  test("loses packets; pieces of streams have their time, and it is for the stream to hold them back", () => {
    const way = wayOf({ cut: true });
    expect(packets(way).flat()).toEqual([]);
    expect(new Set(pieces(way))).toEqual(new Set([10]));
  });
});

describe("a capacity of three in each step of 10 ms", () => {
  const capacity = { things: 3, stepMs: 10 };

  test("loses the packets beyond it, until the next step", () => {
    const way = wayOf({ capacity });
    expect(packets(way, 5, 4)).toEqual([[10], [10], [10], [], []]);
    expect(packets(way, 1, 9.9)).toEqual([[]]);
    expect(packets(way, 4, 10)).toEqual([[10], [10], [10], []]);
  });

  test("lets pieces of streams wait for the step in which there is room, in their order", () => {
    const way = wayOf({ capacity });
    expect(pieces(way, 8, 4)).toEqual([10, 10, 10, 16, 16, 16, 26, 26]);
    // Behind those that wait already.
    expect(pieces(way, 2, 12)).toEqual([18, 28]);
    expect(pieces(way, 1, 95)).toEqual([10]);
  });

  test("is shared by packets and streams: a packet finds no room that a waiting piece has taken", () => {
    const way = wayOf({ capacity });
    expect(packets(way, 2, 0)).toEqual([[10], [10]]);
    expect(pieces(way, 3, 0)).toEqual([10, 20, 20]);
    expect(packets(way, 1, 5)).toEqual([[]]);
    expect(packets(way, 2, 10)).toEqual([[10], []]);
    expect(pieces(way, 1, 10)).toEqual([20]);
    // The piece before has a place of this step.
    expect(packets(way, 3, 20)).toEqual([[10], [10], []]);
  });

  test("has no room for packets as long as pieces wait beyond this step", () => {
    const way = wayOf({ capacity });
    pieces(way, 7, 0);
    expect(packets(way, 1, 10)).toEqual([[]]);
    expect(packets(way, 3, 20)).toEqual([[10], [10], []]);
  });

  test("takes no room for what is lost before", () => {
    const way = wayOf({ capacity, lossPercent: 50 });
    const arrived = packets(way, 1000, 0).filter((copies) => copies.length > 0);
    expect(arrived).toHaveLength(3);
  });
});

describe("a line of 10,000 bytes a second", () => {
  const bytesPerSecond = 10_000;

  test("carries one thing after another, packets and pieces alike", () => {
    const way = wayOf({ bytesPerSecond });
    expect(way.packet(100, 0)).toEqual([20]);
    expect(way.piece(200, 0)).toBe(40);
    expect(way.packet(100, 0)).toEqual([50]);
    expect(way.packet(100, 35)).toEqual([25]);
    // It was free again by then.
    expect(way.packet(100, 1000)).toEqual([20]);
  });

  test("loses a packet that would wait for more than a second, which then takes no time of it", () => {
    const way = wayOf({ bytesPerSecond });
    expect(way.piece(9950, 0)).toBe(1005);
    expect(way.packet(100, 0)).toEqual([]);
    expect(way.packet(50, 0)).toEqual([1010]);
    expect(way.packet(1, 0)).toEqual([]);
  });

  test("lets pieces wait as long as it takes", () => {
    const way = wayOf({ bytesPerSecond });
    expect(way.piece(100_000, 0)).toBe(10_010);
    expect(way.piece(100_000, 0)).toBe(20_010);
  });

  test("begins with a piece when its step has come, where it has a capacity too", () => {
    const way = wayOf({ bytesPerSecond, capacity: { things: 1, stepMs: 100 } });
    expect(pieces(way, 3, 30)).toEqual([20, 90, 190]);
  });
});

describe("a seed", () => {
  const rough: Partial<Conditions> = {
    jitterMs: 40,
    lossPercent: 10,
    resendPercent: 10,
    duplicatePercent: 10,
    reorderPercent: 10,
    corruptPercent: 10,
  };

  test("decides all", () => {
    const story = (seed: number) => {
      const way = wayOf(rough, seed);
      return times(200, () => [way.packet(100, 0), way.piece(100, 0), way.damage()]);
    };
    expect(story(1)).toEqual(story(1));
    expect(story(1)).not.toEqual(story(2));
  });
});
