import { describe, expect, test } from "vitest";
import { isRepeatable, OpenWorks, type Work } from "../../../src/protocols/service/work.ts";
import { create, LIST, OPEN } from "./bench.ts";

function work(fields: Partial<Work> = {}): Work {
  const origin = { latest: null, hasRoom: true, isGone: false };
  const blank = { request: LIST, once: null, origin, behind: null, deadline: 0, risks: 0, place: null, isDone: false };
  return { ...blank, answer: () => {}, ...fields };
}

describe("open works", () => {
  test("keep their order, and drop those that are done, however many there are", () => {
    const works = new OpenWorks();
    const all = Array.from({ length: 5_000 }, () => work());
    for (const [i, each] of all.entries()) {
      works.add(each);
      // All but every hundredth are done soon.
      const done = all[i - 10];
      if (done !== undefined && (i - 10) % 100 !== 0) done.isDone = true;
    }
    const open = all.filter(({ isDone }) => !isDone);
    expect(works.size).toBe(open.length);
    expect(works.first).toBe(open[0]);
    for (const each of open.slice(0, 20)) each.isDone = true;
    expect(works.first).toBe(open[20]);
    expect(works.takeAll()).toEqual(open.slice(20));
    expect([works.first, works.size]).toEqual([undefined, 0]);
  });
});

describe("another attempt", () => {
  const cases: readonly [string, Partial<Work>, boolean][] = [
    ["of a change that came to nothing", { request: create("x"), risks: 0 }, true],
    ["of a change of which nobody knows", { request: create("x"), risks: 1 }, false],
    [
      "of a change that has its place in a session",
      { request: create("x"), risks: 1, once: { session: 1, sequence: 1 } },
      true,
    ],
    ["of a query", { request: LIST }, true],
    ["to open a session", { request: OPEN, risks: 1 }, true],
  ];
  test.each(cases)("%s: whether it does no harm", (_what, fields, harmless) => {
    expect(isRepeatable(work(fields))).toBe(harmless);
  });
});
