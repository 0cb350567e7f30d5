import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { History, isAfter } from "../../../src/protocols/zab/history.ts";
import { type Entry, MAX_DIGEST } from "../../../src/protocols/zab/message.ts";
import { entry, historyOf, zxid } from "./on-bench.ts";

function historyWith(entries: readonly Entry[], baseIndex = 0): History {
  const history = new History();
  for (const each of entries) history.push(each);
  history.compact(baseIndex);
  return history;
}

/** Two histories that begin the same and go on in epochs of their own. */
const forks = fc
  .record({
    shared: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 }),
    one: fc.array(fc.constantFrom(5, 7, 9), { maxLength: 6 }),
    other: fc.array(fc.constantFrom(6, 8, 10), { maxLength: 6 }),
    longer: fc.nat(4),
  })
  .map(({ shared, one, other, longer }) => {
    const common = shared.toSorted((a, b) => a - b);
    // One may have more of the last epoch that both have.
    const more = Array<number>(longer).fill(common.at(-1) ?? 5);
    const ones = [...common, ...more, ...one.toSorted((a, b) => a - b)].toSorted((a, b) => a - b);
    const others = [...common, ...other.toSorted((a, b) => a - b)];
    return { ones: historyOf(ones), others: historyOf(others), common: common.length };
  });

describe("a history", () => {
  test("orders by epoch, then by counter", () => {
    expect([isAfter(zxid(2, 1), zxid(1, 9)), isAfter(zxid(1, 2), zxid(1, 1)), isAfter(zxid(1, 1), zxid(1, 1))]).toEqual(
      [true, true, false],
    );
  });

  test.each([
    ["an older epoch", entry(3, 1, 3)],
    ["a gap in an epoch", entry(3, 2, 3)],
    ["an epoch that does not begin with 1", entry(3, 3, 2)],
    ["a gap in the order", entry(4, 2, 2)],
  ])("takes no entry of %s", (_what, wrong) => {
    expect(() => historyWith(historyOf([1, 2])).push(wrong)).toThrow(/entry/);
  });

  test("finds how far another is the same, from its digest alone", () => {
    fc.assert(
      fc.property(forks, ({ ones, others, common }) => {
        const one = historyWith(ones);
        expect(one.commonIndex(historyWith(others).digest(0))).toBe(common);
        expect(historyWith(others).commonIndex(one.digest(0))).toBe(common);
      }),
    );
  });

  test("finds it as well where the other's digest begins with what is committed", () => {
    fc.assert(
      fc.property(forks, fc.nat(12), ({ ones, others, common }, at) => {
        const committed = Math.min(at, common);
        expect(historyWith(ones).commonIndex(historyWith(others).digest(committed))).toBe(common);
      }),
    );
  });

  test("says that a snapshot is needed where it is not kept any more", () => {
    const history = historyWith(historyOf([1, 1, 2, 2, 3]), 3);
    expect(
      [[zxid(1, 2)], [zxid(2, 1)], [zxid(2, 2)], [], [zxid(3, 9)]].map((each) => history.commonIndex(each)),
    ).toEqual([undefined, 3, 4, undefined, 5]);
  });

  test("keeps its digest right when it is cut and goes on", () => {
    const history = historyWith(historyOf([1, 1, 2, 2, 3]));
    history.cut(4);
    expect(history.digest(0)).toEqual([zxid(1, 2), zxid(2, 1)]);
    history.push(entry(4, 4, 1));
    expect(history.digest(0)).toEqual([zxid(1, 2), zxid(2, 1), zxid(4, 1)]);
    history.cut(1);
    expect([history.digest(0), history.lastZxid]).toEqual([[], zxid(0, 0)]);
  });

  test("keeps it right when it is cut down to its base", () => {
    const history = historyWith(historyOf([1, 1, 2]), 1);
    history.cut(2);
    expect([history.digest(1), history.lastZxid]).toEqual([[zxid(1, 1)], zxid(1, 1)]);
  });

  test("of very many epochs tells the latest, and the first", () => {
    const history = historyWith(historyOf(Array.from({ length: 2 * MAX_DIGEST }, (_, i) => i + 1)));
    const digest = history.digest(3);
    expect(digest).toHaveLength(MAX_DIGEST);
    expect([digest[0], digest.at(-1)]).toEqual([zxid(3, 1), zxid(2 * MAX_DIGEST, 1)]);
  });
});
