import { expect, test } from "vitest";
import { checkHistory } from "../../../src/sim/linearizability/checker.ts";
import { append, atomic, create, list, read, readValue, shown, write, writtenAt } from "../../apps/commands.ts";
import { soundWorkload } from "./sound-history.ts";
import { found, historyOf, missing, type Told } from "./told.ts";

const [ann, bob, eve] = [1, 2, 3];

function reportOn(calls: readonly Told[]): string {
  const verdict = checkHistory(historyOf(calls), { keepVersions: 8 });
  return verdict.kind === "not-linearizable" ? verdict.report : verdict.kind;
}

test("a verdict names the smallest set of calls that cannot be explained, and how far an explanation goes", () => {
  const calls: readonly Told[] = [
    [ann, 0, 1, create("f"), shown("created f")],
    [ann, 2, 3.5, append("f", "a"), shown("appended 1 bytes to f")],
    [eve, 2, null, append("f", "c")],
    [bob, 4, 5, read("f"), shown("a")],
    [ann, 5, 9, append("f", "b"), shown("appended 1 bytes to f")],
    [bob, 6, 7.25, read("f"), shown("b")],
    [ann, 10, 11, create("g"), shown("created g")],
    [ann, 12, 13, atomic(read("f"), read("g")), shown("ab\n")],
    [bob, 0, 2, write("k", "v", 3), writtenAt(4)],
    [bob, 3, 4, readValue("k", "4", 9), found("k", "v", 4)],
  ];
  expect(reportOn(calls)).toMatchInlineSnapshot(`
    "not linearizable: file "f", 7 calls
    the longest order that explains the answers has 4:
      client 1  0-1 ms  create "f": "created f"
      client 1  2-3.5 ms  append "f" "a": "appended 1 bytes to f"
      client 2  4-5 ms  read "f": "a"
      client 1  5-9 ms  append "f" "b": "appended 1 bytes to f"
    then
      "f" holds "ab"
    where the call that returned next has no place:
      client 2  6-7.25 ms  read "f": "b""
  `);
});

test("a verdict shows the longest order, whatever else was tried later", () => {
  const calls: readonly Told[] = [
    [ann, 0, 1, create("f"), shown("created f")],
    [ann, 2, 9, append("f", "a"), shown("appended 1 bytes to f")],
    [bob, 2, 10, append("f", "b"), shown("appended 1 bytes to f")],
    [eve, 11, 12, read("f"), shown("ab")],
    [eve, 13, 14, read("f"), shown("ab")],
    [eve, 15, 16, read("f"), shown("ba")],
  ];
  expect(reportOn(calls)).toContain("the longest order that explains the answers has 5:");
});

test("of several that cannot be explained the smallest is told", () => {
  const x: readonly Told[] = [
    [eve, 20, 21, read("f"), shown("x")],
    [eve, 22, 23, read("g"), shown("x")],
  ];
  const more: readonly Told[] = [[ann, 0, 1, create("f"), shown("created f")]];
  const both: readonly Told[] = [[ann, 2, 3, atomic(read("f"), read("g")), missing]];
  expect(reportOn([...more, ...x])).toContain('not linearizable: file "g", 1 calls');
  expect(reportOn([...more, ...x, ...both])).toContain('not linearizable: file "g", 2 calls');
});

test("a verdict on values tells their versions, and blames who read what was never written", () => {
  const calls: readonly Told[] = [
    [ann, 0, 1, write("k", "v"), writtenAt(1)],
    [ann, 2, 3, readValue("k", null, 8), found("k", "v", 1)],
    [bob, 4, 9, readValue("k"), found("k", "x", 5)],
    [ann, 5, 6, write("k", "w", 3), writtenAt(7)],
    [ann, 7, 8, write("k", "u"), writtenAt(8)],
  ];
  expect(reportOn(calls)).toMatchInlineSnapshot(`
    "not linearizable: key "k", 5 calls
    the longest order that explains the answers has 4:
      client 1  0-1 ms  write "k" "v", time 0: written at 1
      client 1  2-3 ms  read "k" not after 8: "v" written at 1
      client 1  5-6 ms  write "k" "w", time 3: written at 7
      client 1  7-8 ms  write "k" "u", time 0: written at 8
    then
      "k" is "u" written at 8
    where the call that returned next has no place:
      client 2  4-9 ms  read "k": "x" written at 5"
  `);
});

test("a verdict on files tells of all that only together cannot be explained, and keeps long texts short", () => {
  const calls: readonly Told[] = [
    ...Array.from({ length: 13 }, (_, at): Told => [eve, at, at + 1, read("f"), missing]),
    [ann, 20, 40, atomic(create("f"), append("f", "x".repeat(99))), shown("created f\nappended 99 bytes to f")],
    [bob, 21, 40, create("g"), shown("created g")],
    [ann, 22, 30, list, shown("f")],
    [bob, 22, 31, list, shown("g")],
    [eve, 50, 51, atomic(read("f")), shown("x".repeat(99))],
  ];
  expect(reportOn(calls)).toMatchInlineSnapshot(`
    "not linearizable: files "f", "g", 18 calls
    the longest order that explains the answers has 13, at last 12:
      client 3  1-2 ms  read "f": not-found
      client 3  2-3 ms  read "f": not-found
      client 3  3-4 ms  read "f": not-found
      client 3  4-5 ms  read "f": not-found
      client 3  5-6 ms  read "f": not-found
      client 3  6-7 ms  read "f": not-found
      client 3  7-8 ms  read "f": not-found
      client 3  8-9 ms  read "f": not-found
      client 3  9-10 ms  read "f": not-found
      client 3  10-11 ms  read "f": not-found
      client 3  11-12 ms  read "f": not-found
      client 3  12-13 ms  read "f": not-found
    then
      "f" is not there
      "g" is not there
    where the call that returned next has no place:
      client 1  22-30 ms  list: "f"
    nor has any that could come before it:
      client 1  20-40 ms  atomic (create "f", append "f" 99 characters up to "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"): "created f\\nappended 99 bytes to f"
      client 2  21-40 ms  create "g": "created g"
      client 2  22-31 ms  list: "g""
  `);
});

test("a verdict is unknown where the steps do not suffice", () => {
  const history = soundWorkload({ seed: 1, files: 3, keys: 3 });
  expect(checkHistory(history, { keepVersions: 8 })).toEqual({ kind: "linearizable" });
  expect(checkHistory(history, { keepVersions: 8, maxSteps: 100 })).toEqual({
    kind: "unknown",
    report: expect.stringMatching(/^no verdict: keys "k\d", "k\d", "k\d", \d+ calls, after 100 steps$/),
  });
});

test("what is not linearizable is told, whatever else is unknown", () => {
  const unknown: readonly Told[] = [0, 2, 4, 6].map((at) => [bob, at, at + 1, write("k", "v"), writtenAt(at + 1)]);
  const bad: readonly Told[] = [0, 2, 4, 6, 8].map((at) => [ann, at, at + 1, read("f"), shown("x")]);
  const kindOf = (calls: readonly Told[]): string => {
    return checkHistory(historyOf(calls), { keepVersions: 8, maxSteps: 3 }).kind;
  };
  expect([kindOf(unknown), kindOf(bad), kindOf([...unknown, ...bad])]).toEqual([
    "unknown",
    "not-linearizable",
    "not-linearizable",
  ]);
});
