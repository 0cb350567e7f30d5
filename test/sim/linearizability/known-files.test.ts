import { describe, expect, test } from "vitest";
import { append, atomic, create, list, read, remove, shown } from "../../apps/commands.ts";
import { exists, missing, type Told, verdictOn } from "./told.ts";

const [ann, bob, eve] = [1, 2, 3];

const created = (client: number, from: number, to: number, name = "f"): Told => {
  return [client, from, to, create(name), shown(`created ${name}`)];
};
const added = (client: number, from: number, to: number, data: string): Told => {
  return [client, from, to, append("f", data), shown(`appended ${data.length} bytes to f`)];
};
const deleted = (client: number, from: number, to: number): Told => {
  return [client, from, to, remove("f"), shown("deleted f")];
};
const holds = (client: number, from: number, to: number, content: string): Told => {
  return [client, from, to, read("f"), shown(content)];
};
const names = (client: number, from: number, to: number, ...all: string[]): Told => {
  return [client, from, to, list, shown(all.join("\n"))];
};

/** One request for both files, and its answer. */
const both = { request: atomic(create("f"), create("g")), answer: shown("created f\ncreated g") };

const made = created(ann, 0, 1);

test.each<[string, readonly Told[]]>([
  ["nothing at all", []],
  [
    "one thing after the other",
    [made, added(ann, 2, 3, "a"), holds(bob, 4, 5, "a"), added(bob, 6, 7, "b"), holds(ann, 8, 9, "ab")],
  ],
  ["an append that is seen before its answer", [made, added(ann, 2, 9, "a"), holds(bob, 3, 4, "a")]],
  ["an append that is not seen before its answer", [made, added(ann, 2, 9, "a"), holds(bob, 3, 4, "")]],
  [
    "two appends at once, whose order shows later",
    [made, added(ann, 2, 9, "a"), added(bob, 2, 9, "b"), holds(eve, 10, 11, "ba")],
  ],
  ["two creates at once, of which one comes too late", [[ann, 0, 9, create("f"), exists], created(bob, 0, 9)]],
  [
    "a file that is created anew",
    [made, added(ann, 2, 3, "a"), deleted(ann, 4, 5), created(ann, 6, 7), holds(ann, 8, 9, "")],
  ],
  [
    "what nobody reads",
    [
      made,
      added(ann, 2, 3, "a"),
      added(ann, 4, 5, "b"),
      deleted(ann, 6, 7),
      created(ann, 8, 9),
      added(ann, 10, 11, "c"),
      holds(ann, 12, 13, "c"),
    ],
  ],
  [
    "what was refused",
    [
      [ann, 0, 1, read("f"), missing],
      [ann, 2, 3, append("f", "a"), missing],
      [ann, 4, 5, remove("f"), missing],
    ],
  ],
  [
    "a size in bytes of UTF-8",
    [made, [ann, 2, 3, append("f", "ä€"), shown("appended 5 bytes to f")], holds(ann, 4, 5, "ä€")],
  ],
  ["all names, ordered", [names(ann, 0, 1), created(ann, 2, 3, "g"), made, names(bob, 4, 5, "f", "g")]],
  [
    "an atomic list",
    [
      [
        ann,
        0,
        1,
        atomic(create("f"), append("f", "a"), read("f"), create("g")),
        shown("created f\nappended 1 bytes to f\na\ncreated g"),
      ],
      names(bob, 2, 3, "f", "g"),
    ],
  ],
  [
    "an atomic list that failed as a whole",
    [
      [ann, 0, 1, atomic(create("f"), read("g")), missing],
      [ann, 2, 3, read("f"), missing],
    ],
  ],
  ["an atomic list of nothing", [[ann, 0, 1, atomic(), shown("")]]],
])("%s is linearizable", (_, calls) => {
  expect(verdictOn(calls)).toBe("linearizable");
});

test.each<[string, readonly Told[]]>([
  ["a stale read", [made, added(ann, 2, 3, "a"), holds(bob, 4, 5, "")]],
  ["a lost append", [made, added(ann, 2, 3, "a"), added(ann, 4, 5, "b"), holds(bob, 6, 7, "b")]],
  ["a lost file", [made, names(bob, 2, 3)]],
  ["a deleted file that is back", [made, deleted(ann, 2, 3), [bob, 4, 5, create("f"), exists]]],
  [
    "a deleted content that is back",
    [made, added(ann, 2, 3, "a"), deleted(ann, 4, 5), created(ann, 6, 7), holds(bob, 8, 9, "a")],
  ],
  ["an append that was retried and is there twice", [made, added(ann, 2, 9, "a"), holds(bob, 10, 11, "aa")]],
  [
    "a read that takes back what another client read",
    [made, added(ann, 2, 9, "a"), holds(bob, 3, 4, "a"), holds(eve, 5, 6, "")],
  ],
  [
    "two clients that see two appends in two orders",
    [made, added(ann, 2, 9, "a"), added(bob, 2, 9, "b"), holds(ann, 3, 4, "a"), holds(bob, 5, 6, "b")],
  ],
  ["a read of what was never written", [made, holds(bob, 2, 3, "x")]],
  ["a read before the append", [made, holds(bob, 2, 3, "a"), added(ann, 4, 5, "a")]],
  ["a file that two leaders create", [created(ann, 0, 9), created(bob, 0, 9)]],
  [
    "what two leaders append, each without the other's",
    [made, added(ann, 2, 3, "a"), holds(ann, 4, 5, "a"), added(bob, 2, 3, "b"), holds(bob, 4, 5, "b")],
  ],
  ["half an atomic list", [[ann, 0, 9, both.request, both.answer], names(bob, 1, 2, "f")]],
  [
    "an atomic list that failed and left something",
    [
      [ann, 0, 1, atomic(create("f"), read("g")), missing],
      [bob, 2, 3, create("f"), exists],
    ],
  ],
  ["an atomic list that failed without a reason", [[ann, 0, 1, both.request, exists]]],
  [
    "an atomic list that read what was not there together",
    [
      [ann, 0, 1, both.request, both.answer],
      [ann, 2, 9, atomic(append("f", "a"), append("g", "a")), shown("appended 1 bytes to f\nappended 1 bytes to g")],
      [bob, 2, 9, atomic(read("f"), read("g")), shown("\na")],
    ],
  ],
  ["a name that nobody created", [made, names(bob, 2, 3, "f", "x")]],
  ["names out of order", [[ann, 0, 1, both.request, both.answer], names(bob, 2, 3, "g", "f")]],
  ["an answer of another kind", [[ann, 0, 1, create("f"), { kind: "unknown" }]]],
  ["another error than it must be", [made, [ann, 2, 3, create("f"), missing]]],
])("%s is not linearizable", (_, calls) => {
  expect(verdictOn(calls)).toBe("not-linearizable");
});

describe("of unknown outcome", () => {
  const astray: Told = [bob, 2, null, append("f", "a")];

  test.each<[string, readonly Told[]]>([
    [
      "an append that took effect late",
      [made, astray, holds(ann, 3, 4, ""), added(ann, 5, 6, "b"), holds(ann, 7, 8, "ba")],
    ],
    ["an append that never took effect", [made, astray, added(ann, 5, 6, "b"), holds(ann, 7, 8, "b")]],
    [
      "two equal appends that both took effect",
      [made, astray, [eve, 3, null, append("f", "a")], holds(ann, 7, 8, "aa")],
    ],
    [
      "a create and a delete",
      [
        [ann, 0, null, create("f")],
        [ann, 0, null, remove("f")],
        [bob, 1, 2, create("f"), exists],
        [bob, 3, 4, read("f"), missing],
        created(bob, 5, 6),
      ],
    ],
    ["an atomic list that took effect", [[ann, 0, null, both.request], names(bob, 1, 2), names(bob, 3, 4, "f", "g")]],
  ])("%s is linearizable", (_, calls) => {
    expect(verdictOn(calls)).toBe("linearizable");
  });

  test.each<[string, readonly Told[]]>([
    ["an append that took effect twice", [made, astray, holds(ann, 7, 8, "aa")]],
    ["an append that took effect and was undone", [made, astray, holds(ann, 3, 4, "a"), holds(ann, 5, 6, "")]],
    [
      "an append that was seen before it was asked for",
      [made, holds(ann, 1, 2, "a"), [bob, 3, null, append("f", "a")]],
    ],
    ["half an atomic list", [[ann, 0, null, both.request], names(bob, 1, 2, "g")]],
  ])("%s is not linearizable", (_, calls) => {
    expect(verdictOn(calls)).toBe("not-linearizable");
  });
});
