import fc from "fast-check";
import { expect, it } from "vitest";
import { Numbered } from "../../src/apps/numbered.ts";

const number = fc.nat(200);

it("numbered items are found by number, whatever was added and dropped", () => {
  const change = fc.oneof({ weight: 3, arbitrary: number }, fc.constant("drop" as const));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 150, size: "max" }), number, (changes, asked) => {
      const numbered = new Numbered<string>();
      let model: number[] = [];
      for (const each of changes) {
        if (each === "drop") {
          numbered.dropLowest();
          model = model.slice(1);
        } else if (!model.includes(each)) {
          numbered.add(each, `item ${each}`);
          model = [...model, each].sort((a, b) => a - b);
        }
        expect(numbered.length).toBe(model.length);
        expect(numbered.highest).toBe(model.at(-1) ?? -1);
        expect(numbered.placeOf(asked)).toBe(model.filter((n) => n <= asked).length - 1);
      }
      const told: [number, string][] = [];
      numbered.forEach((n, item) => {
        told.push([n, item]);
      });
      expect(told).toEqual(model.map((n) => [n, `item ${n}`]));
      for (let place = -1; place <= model.length; place++) {
        expect(numbered.numberAt(place)).toBe(model[place] ?? -1);
        expect(numbered.itemAt(place)).toBe(place in model ? `item ${model[place]}` : undefined);
      }
    }),
  );
});

it("a place before the first is empty, also where an item was dropped", () => {
  const numbered = new Numbered<string>();
  for (const n of [1, 2, 3]) numbered.add(n, `item ${n}`);
  numbered.dropLowest();
  expect([numbered.placeOf(1), numbered.numberAt(-1), numbered.itemAt(-1)]).toEqual([-1, -1, undefined]);
});

it("dropping the lowest of many costs no more than of few", () => {
  const numbered = new Numbered<number>();
  for (let n = 0; n < 65_535; n++) numbered.add(n, n);
  const before = process.hrtime.bigint();
  // Moving all of them each time would take a minute.
  for (let n = 65_535; n < 600_000; n++) {
    numbered.dropLowest();
    numbered.add(n, n);
  }
  expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(5000);
});
