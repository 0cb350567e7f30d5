import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeadlineQueue } from "../../src/core/deadline-queue.ts";

describe("deadline queue", () => {
  it("says Infinity when nothing waits", () => {
    const queue = new DeadlineQueue<string>();
    expect(queue.earliest).toBe(Number.POSITIVE_INFINITY);
    expect(queue.takeDue(Number.MAX_VALUE)).toBeUndefined();
  });

  it("gives what is due at an instant in the order in which it was set", () => {
    const queue = new DeadlineQueue<string>();
    for (const item of ["a", "b", "c", "d"]) queue.set(item, 5);
    queue.set("a", 5);
    expect([queue.takeDue(5), queue.takeDue(5), queue.takeDue(5), queue.takeDue(5)]).toEqual(["b", "c", "d", "a"]);
  });

  it("keeps back what is not due yet", () => {
    const queue = new DeadlineQueue<string>();
    queue.set("later", 10);
    expect(queue.takeDue(9)).toBeUndefined();
    expect(queue.takeDue(10)).toBe("later");
    expect(queue.size).toBe(0);
  });

  it("agrees with a sorted list under any sequence of set, move, delete and take", () => {
    const change = fc.record({ item: fc.nat(20), at: fc.nat(50), what: fc.constantFrom("set", "delete", "take") });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const queue = new DeadlineQueue<number>();
        let list: { item: number; at: number; order: number }[] = [];
        for (const [order, { item, at, what }] of changes.entries()) {
          if (what === "take") {
            const [first] = list.toSorted((a, b) => a.at - b.at || a.order - b.order);
            const due = first !== undefined && first.at <= at ? first.item : undefined;
            expect(queue.takeDue(at)).toBe(due);
            list = list.filter((entry) => entry.item !== due);
          } else {
            list = list.filter((entry) => entry.item !== item);
            if (what === "set") list.push({ item, at, order });
            if (what === "set") queue.set(item, at);
            else queue.delete(item);
          }
          expect(queue.size).toBe(list.length);
          expect(queue.earliest).toBe(Math.min(...list.map((entry) => entry.at)));
        }
      }),
    );
  });
});
