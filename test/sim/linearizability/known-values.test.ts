import { describe, expect, test } from "vitest";
import { readValue, write, writtenAt } from "../../apps/commands.ts";
import { found, nothing, type Told, verdictOn } from "./told.ts";

const [ann, bob, eve] = [1, 2, 3];

const written = (client: number, from: number, to: number, value: string, time: number, key = "k"): Told => {
  return [client, from, to, write(key, value), writtenAt(time)];
};
const sees = (client: number, from: number, to: number, value: string, time: number): Told => {
  return [client, from, to, readValue("k"), found("k", value, time)];
};
const seesNone = (client: number, from: number, to: number): Told => [client, from, to, readValue("k"), nothing];

/** Two versions, of which there can be asked later. */
const two: readonly Told[] = [written(ann, 0, 1, "v", 1), [ann, 2, 3, write("k", "w", 7), writtenAt(9)]];

test.each<[string, readonly Told[]]>([
  [
    "a value that is not there, and then is",
    [seesNone(bob, 0, 1), written(ann, 2, 3, "v", 1), sees(bob, 4, 5, "v", 1)],
  ],
  ["the latest of two versions", [...two, sees(bob, 4, 5, "w", 9)]],
  ["a version by name", [...two, [bob, 4, 5, readValue("k", "1"), found("k", "v", 1)]]],
  ["a version by time", [...two, [bob, 4, 5, readValue("k", null, 8), found("k", "v", 1)]]],
  ["a version by its own time", [...two, [bob, 4, 5, readValue("k", null, 9), found("k", "w", 9)]]],
  ["a time before all versions", [...two, [bob, 4, 5, readValue("k", null, 0), nothing]]],
  [
    "names that no version has",
    [...two, [bob, 4, 5, readValue("k", "2"), nothing], [bob, 6, 7, readValue("k", "01"), nothing]],
  ],
  ["a write that is seen before its answer", [written(ann, 0, 9, "v", 4), sees(bob, 1, 2, "v", 4)]],
  ["a write that is not seen before its answer", [written(ann, 0, 9, "v", 4), seesNone(bob, 1, 2)]],
  [
    "two writes at once, whose order is that of their times",
    [written(ann, 0, 9, "v", 2), written(bob, 0, 9, "w", 1), sees(eve, 10, 11, "v", 2)],
  ],
])("%s is linearizable", (_, calls) => {
  expect(verdictOn(calls)).toBe("linearizable");
});

test.each<[string, readonly Told[]]>([
  ["a stale read", [...two, sees(bob, 4, 5, "v", 1)]],
  ["a lost write", [written(ann, 0, 1, "v", 1), seesNone(bob, 2, 3)]],
  ["a lost version", [...two, [bob, 4, 5, readValue("k", "1"), nothing]]],
  ["another version by time", [...two, [bob, 4, 5, readValue("k", null, 8), found("k", "w", 9)]]],
  ["a write that was retried and is there twice", [written(ann, 0, 9, "v", 2), sees(bob, 1, 2, "v", 1)]],
  [
    "a read that takes back what another client read",
    [written(ann, 0, 9, "v", 1), sees(bob, 1, 2, "v", 1), seesNone(eve, 3, 4)],
  ],
  ["a read of what was never written", [written(ann, 0, 1, "v", 1), sees(bob, 2, 3, "x", 1)]],
  ["a read before the write", [sees(bob, 0, 1, "v", 1), written(ann, 2, 3, "v", 1)]],
  ["another key's value", [written(ann, 0, 1, "v", 1), [bob, 2, 3, readValue("l"), found("k", "v", 1)]]],
  ["a value with another time", [written(ann, 0, 1, "v", 1), sees(bob, 2, 3, "v", 2)]],
  ["one time that two leaders give", [written(ann, 0, 9, "v", 1), written(bob, 0, 9, "w", 1, "l")]],
  ["a clock that goes back", [written(ann, 0, 1, "v", 5), written(ann, 2, 3, "w", 4)]],
  ["a clock that goes back from one key to the other", [written(ann, 0, 1, "v", 5), written(ann, 2, 3, "w", 4, "l")]],
  ["a write that is not later than its request", [[ann, 0, 1, write("k", "v", 5), writtenAt(5)]]],
  ["an answer of another kind", [[ann, 0, 1, write("k", "v"), nothing]]],
])("%s is not linearizable", (_, calls) => {
  expect(verdictOn(calls)).toBe("not-linearizable");
});

describe("of unknown outcome", () => {
  const astray: Told = [ann, 0, null, write("k", "v")];

  test.each<[string, readonly Told[]]>([
    [
      "a write that took effect late",
      [astray, seesNone(bob, 1, 2), written(bob, 3, 4, "w", 5), sees(bob, 5, 6, "v", 9)],
    ],
    ["a write that never took effect", [astray, written(bob, 3, 4, "w", 5), sees(bob, 5, 6, "w", 5)]],
    ["a write that is seen, and one after it", [astray, sees(bob, 1, 2, "v", 1), written(bob, 3, 4, "w", 5)]],
    [
      "two equal writes that both took effect",
      [astray, [eve, 0, null, write("k", "v")], sees(bob, 1, 2, "v", 1), sees(bob, 3, 4, "v", 2)],
    ],
  ])("%s is linearizable", (_, calls) => {
    expect(verdictOn(calls)).toBe("linearizable");
  });

  test.each<[string, readonly Told[]]>([
    ["a write that took effect twice", [astray, sees(bob, 1, 2, "v", 1), sees(bob, 3, 4, "v", 2)]],
    ["a write that took effect in the past", [astray, written(bob, 1, 2, "w", 5), sees(bob, 3, 4, "v", 4)]],
    ["a write that took effect and was undone", [astray, sees(bob, 1, 2, "v", 1), seesNone(bob, 3, 4)]],
    ["a write that was seen before it was asked for", [sees(bob, 0, 1, "v", 1), [ann, 2, null, write("k", "v")]]],
  ])("%s is not linearizable", (_, calls) => {
    expect(verdictOn(calls)).toBe("not-linearizable");
  });
});

describe("of three versions", () => {
  const three = [written(ann, 0, 1, "u", 1), written(ann, 2, 3, "v", 2), written(ann, 4, 5, "w", 3)];
  const astray: Told = [bob, 0, null, write("k", "x")];
  const reads = (version: string, value: string | null): Told => {
    return [ann, 8, 9, readValue("k", version), value === null ? nothing : found("k", value, Number(version))];
  };

  test.each<[string, number, readonly Told[], string]>([
    ["the first is gone where two are kept", 2, [reads("1", null)], "linearizable"],
    ["the first is gone by time, too", 2, [[ann, 8, 9, readValue("k", null, 1), nothing]], "linearizable"],
    ["the first is not read", 2, [reads("1", "u")], "not-linearizable"],
    ["the second is read", 2, [reads("2", "v")], "linearizable"],
    ["the second must be there", 2, [reads("2", null)], "not-linearizable"],
    [
      "the second may have been pushed out by a write of unknown outcome",
      2,
      [astray, reads("2", null)],
      "linearizable",
    ],
    [
      "the second is not pushed out by another key",
      2,
      [[bob, 0, null, write("l", "x")], reads("2", null)],
      "not-linearizable",
    ],
    ["the second is pushed out once only", 3, [astray, sees(ann, 6, 7, "x", 9), reads("2", null)], "not-linearizable"],
  ])("%s", (_, keepVersions, calls, expected) => {
    expect(verdictOn([...three, ...calls], keepVersions)).toBe(expected);
  });
});
