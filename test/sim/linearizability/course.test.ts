import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CallSet } from "../../../src/sim/linearizability/call-set.ts";
import { Course } from "../../../src/sim/linearizability/course.ts";
import { EventList } from "../../../src/sim/linearizability/event-list.ts";
import { Groups } from "../../../src/sim/linearizability/groups.ts";
import type { Call } from "../../../src/sim/linearizability/history.ts";
import { append, create, shown } from "../../apps/commands.ts";
import { soundWorkload } from "./sound-history.ts";
import { historyOf } from "./told.ts";

describe("a set of calls", () => {
  const SIZE = 70;

  /** Fills it from the first on, more or less, and takes some out again. */
  const steps = fc.array(fc.tuple(fc.nat(SIZE - 1), fc.boolean()), { maxLength: 40 });
  const sets = fc.tuple(fc.nat(SIZE - 1), steps);

  function filled(
    first: number,
    changes: readonly (readonly [number, boolean])[],
  ): readonly [CallSet, ReadonlySet<number>] {
    const [set, model] = [new CallSet(SIZE), new Set<number>()];
    for (let call = 0; call < first; call++) {
      set.add(call);
      model.add(call);
    }
    for (const [call, isIn] of changes) {
      if (isIn) set.add(call);
      else set.delete(call);
      if (isIn) model.add(call);
      else model.delete(call);
    }
    return [set, model];
  }

  test("holds what was added and not deleted", () => {
    fc.assert(
      fc.property(sets, (parts) => {
        const [set, model] = filled(...parts);
        for (let call = 0; call < SIZE; call++) expect(set.has(call)).toBe(model.has(call));
      }),
    );
  });

  test("has one key, and no other set has it", () => {
    fc.assert(
      fc.property(sets, sets, fc.boolean(), (one, [first, changes], isNear) => {
        const [set, model] = filled(...one);
        const [other, otherModel] = isNear
          ? filled(one[0], [...one[1], ...changes.slice(0, 1)])
          : filled(first, changes);
        const isSame = model.size === otherModel.size && [...model].every((call) => otherModel.has(call));
        expect(set.key() === other.key()).toBe(isSame);
        const [again] = filled(
          0,
          [...model].map((call) => [call, true] as const),
        );
        expect(again.key()).toBe(set.key());
      }),
    );
  });
});

describe("a list of events", () => {
  test("tells who may be next, also after calls were lifted and put back", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.option(fc.nat(), { freq: 3 }), { maxLength: 60 }), (seed, steps) => {
        const calls = soundWorkload({ seed, calls: 12, clients: 4, files: 1, keys: 1 });
        const list = new EventList(calls);
        const lifted: number[] = [];
        for (const step of steps) {
          const front = list.front();
          const call = step === null ? undefined : front[step % front.length];
          if (call !== undefined) {
            list.lift(call);
            lifted.push(call);
          } else {
            const last = lifted.pop();
            if (last !== undefined) list.putBack(last);
          }
          const left = calls.filter((_, at) => !lifted.includes(at));
          const end = Math.min(...left.map(({ ended }) => ended));
          expect(list.front().map((at) => calls[at])).toEqual(left.filter(({ began }) => began < end));
          expect(calls[list.firstToReturn() ?? -1]).toBe(left.find(({ ended }) => ended === end));
        }
      }),
    );
  });
});

describe("a course", () => {
  const calls = historyOf([
    [1, 0, 9, create("f"), shown("created f")],
    [2, 1, 3, create("g"), shown("created g")],
    [3, 2, null, append("f", "a")],
    [3, 4, null, append("f", "a")],
    [3, 4, null, append("f", "b")],
  ]);
  const [first, second, early, late, other] = calls as [Call, Call, Call, Call, Call];

  test("lets equal calls of unknown outcome come one after the other, each once it began", () => {
    const course = new Course(calls, 0);
    expect([course.front(), course.openFront(), course.firstToReturn()]).toEqual([[first, second], [early], second]);
    course.place(second, 1);
    expect([course.front(), course.openFront(), course.firstToReturn()]).toEqual([[first], [early, other], first]);
    course.place(early, 2);
    expect([course.openFront(), course.left, course.length, course.state]).toEqual([[late, other], 1, 2, 2]);
    course.place(first, 3);
    expect([course.front(), course.left, course.firstToReturn()]).toEqual([[], 0, undefined]);
    expect(course.order()).toEqual([second, early, first]);
    expect([course.takeBack(), course.takeBack()]).toEqual([first, early]);
    expect([course.state, course.left, course.openFront()]).toEqual([1, 1, [early, other]]);
  });

  test("has a key of its calls and its state, whatever their order", () => {
    const keyOf = (...places: readonly (readonly [Call, number])[]): string => {
      const course = new Course(calls, 0);
      for (const [call, state] of places) course.place(call, state);
      return course.key();
    };
    expect(keyOf([first, 1], [second, 2])).toBe(keyOf([second, 1], [first, 2]));
    const keys = [
      keyOf(),
      keyOf([first, 1]),
      keyOf([second, 1]),
      keyOf([first, 2]),
      keyOf([early, 1]),
      keyOf([other, 1]),
    ];
    expect(new Set([...keys, keyOf([first, 1], [early, 1])]).size).toBe(7);
  });
});

test("groups are of names that were joined, be it by way of others", () => {
  const pairs = fc.array(fc.array(fc.constantFrom(..."abcdefgh"), { maxLength: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(pairs, (joins) => {
      const groups = new Groups();
      let model = [..."abcdefgh"].map((name) => new Set([name]));
      for (const names of joins) {
        groups.join(names);
        const touched = model.filter((group) => names.some((name) => group.has(name)));
        model = [...model.filter((group) => !touched.includes(group)), new Set(touched.flatMap((group) => [...group]))];
      }
      for (const a of "abcdefgh") {
        for (const b of "abcdefgh") {
          expect(groups.of(a) === groups.of(b)).toBe(model.some((group) => group.has(a) && group.has(b)));
        }
      }
    }),
  );
});
