import fc from "fast-check";
import { expect, it } from "vitest";
import { SequenceSet } from "../../../src/protocols/notification/sequence-set.ts";

const number = fc.integer({ min: 1, max: 60 });
const range = fc.tuple(number, number).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

const change = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), number }),
  fc.record({ kind: fc.constant("remove" as const), number }),
  fc.record({ kind: fc.constant("addRange" as const), range }),
  fc.record({ kind: fc.constant("removeAll" as const), range }),
);

function* numbersOf({ first, last }: { first: number; last: number }): Iterable<number> {
  for (let number = first; number <= last; number++) yield number;
}

it("a set of sequence numbers is a set of numbers, as few ranges as there can be", () => {
  fc.assert(
    fc.property(fc.array(change), range, (changes, asked) => {
      const set = new SequenceSet(Number.POSITIVE_INFINITY);
      const model = new Set<number>();
      for (const each of changes) {
        if (each.kind === "add") {
          expect(set.add(each.number)).toBe(!model.has(each.number));
          model.add(each.number);
        } else if (each.kind === "remove") {
          set.remove(each.number);
          model.delete(each.number);
        } else if (each.kind === "addRange") {
          set.addRange(each.range);
          for (const n of numbersOf(each.range)) model.add(n);
        } else {
          set.removeAll([each.range]);
          for (const n of numbersOf(each.range)) model.delete(n);
        }
      }
      const numbers = set.ranges.flatMap((each) => [...numbersOf(each)]);
      expect(numbers).toEqual([...model].sort((a, b) => a - b));
      for (const [i, { first }] of set.ranges.entries())
        expect(first - (set.ranges[i - 1]?.last ?? -1)).toBeGreaterThan(1);
      const inside = [...numbersOf(asked)].filter((n) => model.has(n));
      expect(set.within(asked).flatMap((each) => [...numbersOf(each)])).toEqual(inside);
      expect(set.missing(asked).flatMap((each) => [...numbersOf(each)])).toEqual(
        [...numbersOf(asked)].filter((n) => !model.has(n)),
      );
      expect(set.covers(asked)).toBe([...numbersOf(asked)].every((n) => model.has(n)));
    }),
  );
});

it("a set that keeps few ranges apart forgets no number, and gives up the smallest gaps", () => {
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const set = new SequenceSet(4);
      for (const each of numbers) set.add(each);
      expect(set.ranges.length).toBeLessThanOrEqual(4);
      expect(numbers.every((each) => set.has(each))).toBe(true);
    }),
  );
  const set = new SequenceSet(3);
  for (const each of [1, 100, 102, 104]) set.add(each);
  expect(set.ranges).toEqual([
    { first: 1, last: 1 },
    { first: 100, last: 102 },
    { first: 104, last: 104 },
  ]);
});
