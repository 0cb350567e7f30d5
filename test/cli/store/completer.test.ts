import { describe, expect, test } from "vitest";
import { CommandReader } from "../../../src/cli/store/commands.ts";
import { Completer } from "../../../src/cli/store/completer.ts";

/** Offers for a line, where the store has these files and some commands were said. */
async function offers(line: string, files: readonly string[] | Error, said: readonly string[] = []) {
  const list = async () => (files instanceof Error ? Promise.reject(files) : files);
  const completer = new Completer({ list });
  const reader = new CommandReader();
  for (const each of said) {
    const command = reader.read(each);
    if (command !== undefined) completer.learn(command);
  }
  return completer.complete(line);
}

const FILES = ["notes", "my notes", "note\u202e", "others"];

describe("words are offered", () => {
  test.each([
    ["", /^create append .* exit $/],
    ["re", /^read $/],
    ["  d", /^delete $/],
    ["x", /^$/],
    ["read ", /^"my notes" {2}notes {2}others $/],
    ["read no", /^notes $/],
    ["append o", /^others $/],
    ['delete "m', /^"my notes" $/],
    ['delete "my n', /^$/],
    ["create ", /^$/],
    ["read notes ", /^$/],
  ])("for %j", async (line, words) => {
    expect((await offers(line, FILES))[0].join(line.includes(" ") ? " " : "")).toMatch(words);
  });

  test("of keys that were said, where a value is meant", async () => {
    const said = ["write colour red", "get shape", "create file", "ping", "read other"];
    expect(await offers("get ", FILES, said)).toEqual([["colour ", "shape "], ""]);
    expect(await offers("write c", FILES, said)).toEqual([["colour "], "c"]);
    expect(await offers("read ", ["f"], said)).toEqual([["colour ", "f ", "shape "], ""]);
  });

  test("of the latest thousand of them", async () => {
    const said = Array.from({ length: 1001 }, (_, n) => `write k${n} v`);
    const [words] = await offers("get k", [], ["write k1 v", ...said]);
    expect(words).toHaveLength(1000);
    expect(words).not.toContain("k0 ");
  });

  test("not of files where no peer answers", async () => {
    expect(await offers("read ", new Error("no answer"), ["get k"])).toEqual([["k "], ""]);
  });
});
