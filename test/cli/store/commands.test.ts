import { describe, expect, test } from "vitest";
import { COMMAND_NAMES, type Command, CommandReader, helpText } from "../../../src/cli/store/commands.ts";

/** What lines come to: each a command, or why it is none. */
function commandsOf(...lines: readonly string[]): readonly (Command | string)[] {
  const reader = new CommandReader();
  return lines
    .map((line) => {
      try {
        return reader.read(line);
      } catch (error) {
        return (error as Error).message;
      }
    })
    .filter((command) => command !== undefined);
}

describe("a line is a command", () => {
  test.each([
    ["create notes", { kind: "create", name: "notes" }],
    ['delete "my notes"', { kind: "delete", name: "my notes" }],
    ["append notes hello", { kind: "append", name: "notes", data: "hello" }],
    ["append notes  two   words", { kind: "append", name: "notes", data: "two words" }],
    ['append notes ""', { kind: "append", name: "notes", data: "" }],
    ['append notes "two  words\\n"', { kind: "append", name: "notes", data: "two  words\n" }],
    ["list", { kind: "list" }],
    ["write k v", { kind: "write", key: "k", value: "v", time: 0 }],
    ["write k v 17", { kind: "write", key: "k", value: "v", time: 17 }],
    ["get k", { kind: "read-value", key: "k", version: null, time: null }],
    ["get k at 17", { kind: "read-value", key: "k", version: null, time: 17 }],
    ["get k version 17", { kind: "read-value", key: "k", version: "17", time: null }],
    ["ping", { kind: "ping" }],
    ["exit", { kind: "exit" }],
  ])("%s", (line, request) => {
    expect(commandsOf(line)).toEqual([{ kind: "ask", request }]);
  });

  test("that is carried out here, or asks twice", () => {
    expect(commandsOf("help", "read k", "")).toEqual([{ kind: "help" }, { kind: "read-any", name: "k" }]);
  });
});

describe("a line is none", () => {
  test.each([
    ["create", "say it as: create NAME"],
    ["create a b", "say it as: create NAME"],
    ["append notes", "say it as: append NAME TEXT..."],
    ["read", "say it as: read NAME"],
    ["read a b", "say it as: read NAME"],
    ["list all", "say it as: list"],
    ["write k", "say it as: write KEY VALUE [TIME]"],
    ["write k v w", "a time is a whole number"],
    ["write k v 1 2", "say it as: write KEY VALUE [TIME]"],
    ["write k v -1", "a time is a whole number"],
    ["write k v 9007199254740992", "a time is a whole number"],
    ["get", "say it as: get KEY [at TIME | version N]"],
    ["get k at", "say it as: get KEY [at TIME | version N]"],
    ["get k by 1", "say it as: get KEY [at TIME | version N]"],
    ["get k at 1 2", "say it as: get KEY [at TIME | version N]"],
    ["crate notes", "no such command; did you mean create? help lists what there is"],
    ["frobnicate", "no such command; help lists what there is"],
    ["Create notes", "no such command; did you mean create? help lists what there is"],
    ['create "notes', 'a " is not closed'],
    ["end", "no list has begun: that is what atomic does"],
  ])("%s", (line, reason) => {
    expect(commandsOf(line)).toEqual([reason]);
  });
});

describe("an atomic list", () => {
  test("is one command when it ends, and another may follow", () => {
    const operations = [
      { kind: "create", name: "a" },
      { kind: "append", name: "a", data: "x" },
      { kind: "read", name: "a" },
      { kind: "delete", name: "a" },
    ];
    expect(commandsOf("atomic", "create a", "", "append a x", "read a", "delete a", "end", "atomic", "end")).toEqual([
      { kind: "ask", request: { kind: "atomic", operations } },
      { kind: "ask", request: { kind: "atomic", operations: [] } },
    ]);
  });

  test.each(["list", "write k v", "ping", "help", "exit", "atomic"])(
    "does not hold %s, and is not done then",
    (line) => {
      expect(commandsOf("atomic", "create a", line, "end", "create b")).toEqual([
        "a list holds create, append, read and delete, up to its end",
        "one of its lines was no command, so nothing of the list is done",
        { kind: "ask", request: { kind: "create", name: "b" } },
      ]);
    },
  );

  test("is whole again when another begins", () => {
    expect(commandsOf("oops", "atomic", "create a", "end")).toHaveLength(2);
    expect(commandsOf("atomic", "oops", "end", "atomic", "create a", "end").at(-1)).toMatchObject({ kind: "ask" });
  });
});

test("help tells of every command", () => {
  for (const name of COMMAND_NAMES) expect(helpText()).toMatch(new RegExp(`^${name}\\b.* {2}\\w`, "m"));
});
