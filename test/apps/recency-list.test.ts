import fc from "fast-check";
import { expect, it } from "vitest";
import { type Linked, RecencyList } from "../../src/apps/recency-list.ts";

interface Item extends Linked<Item> {
  readonly name: number;
}

it("a list by recency is in the order of the last changes, and what was removed can be put back in its place", () => {
  const change = fc.record({ kind: fc.constantFrom("touch", "remove", "take back"), name: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(change), fc.nat(10), (changes, limit) => {
      const list = new RecencyList<Item>();
      let model: Item[] = [];
      const itemOf = (name: number) => model.find((item) => item.name === name);
      for (const { kind, name } of changes) {
        const there = itemOf(name);
        const item = there ?? { name, older: undefined, newer: undefined };
        if (there === undefined) list.add(item);
        else if (kind === "touch") list.touch(item);
        else {
          const { older } = item;
          list.remove(item);
          expect([item.older, item.newer]).toEqual([undefined, undefined]);
          if (kind === "take back") list.insert(item, older);
        }
        if (there !== undefined && kind === "take back") continue;
        model = model.filter((each) => each !== item);
        if (there === undefined || kind === "touch") model.push(item);
      }
      expect(list.latest(limit)).toEqual(model.toReversed().slice(0, limit));
      expect([list.length, list.newest, list.oldest]).toEqual([model.length, model.at(-1), model[0]]);
      const forwards: Item[] = [];
      for (let item = list.oldest; item !== undefined; item = item.newer) forwards.push(item);
      expect(forwards).toEqual(model);
    }),
  );
});
