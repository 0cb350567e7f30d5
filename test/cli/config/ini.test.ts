import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/cli/config/config-error.ts";
import { readIni } from "../../../src/cli/config/ini.ts";

const OURS = new Set(["", "gossip"]);

function read(...lines: readonly string[]): readonly unknown[] {
  return readIni(lines.join("\n"), OURS, "f.ini").map(({ section, key, value, line }) => [section, key, value, line]);
}

function refusal(...lines: readonly string[]): string {
  try {
    readIni(lines.join("\n"), OURS, "f.ini");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("it was read");
}

describe("an INI file", () => {
  test.each([
    ["key=value", "value"],
    ["key = value", "value"],
    ["\t key\t=  value \t", "value"],
    ["key = a = b == c", "a = b == c"],
    ["key = [::1]:6001", "[::1]:6001"],
    ["key = two words", "two words"],
    ['key = " kept "', " kept "],
    ["key = ' kept '", " kept "],
    [`key = "it's; # = all"`, "it's; # = all"],
    ['key = ""', ""],
    ["key =", ""],
    ["key = a;b#c", "a;b#c"],
    ["key = \\n\\\\", "\\n\\\\"],
    ["KEY = Value", "Value"],
    ["key = é", "é"],
    ["key = value\r", "value"],
  ])("has in %j the value %j", (line, value) => {
    expect(read(line)).toEqual([["", "key", value, 1]]);
  });

  test("has sections, comments and blank lines, and counts all lines", () => {
    const lines = [
      "; one",
      "# two",
      "",
      "hostkey = x",
      " [Gossip] ; four",
      "  ; six",
      "Cache_Size = 3",
      "[ gossip ]",
      "a-b = 4",
    ];
    expect(read(...lines)).toEqual([
      ["", "hostkey", "x", 4],
      ["gossip", "cache-size", "3", 7],
      ["gossip", "a-b", "4", 9],
    ]);
  });

  test("passes over other sections whole, whatever stands in them", () => {
    expect(read("[dht]", "nonsense", "= =", 'x = "', "degree = 3 ; 4", "[gossip]", "degree = 5")).toEqual([
      ["gossip", "degree", "5", 7],
    ]);
  });

  test.each([
    [["", "nonsense"], "f.ini:2: nonsense is neither [section] nor key = value"],
    [["= 3"], "f.ini:1: = 3 is neither [section] nor key = value"],
    [["[gossip"], "f.ini:1: [gossip is no section: that is [name] on a line of its own"],
    [["[gossip] x"], "f.ini:1: [gossip] x is no section: that is [name] on a line of its own"],
    [["[dht]", "[[gossip]]"], "f.ini:2: [[gossip]] is no section: that is [name] on a line of its own"],
    [['a = "b'], 'f.ini:1: "b begins with a quote that does not end it'],
    [['a = "b" c'], 'f.ini:1: "b" c begins with a quote that does not end it'],
    [
      ["a = 3 ; three"],
      "f.ini:1: 3 ; three may be a value and a comment: put the comment on a line of its own, or the value in quotes",
    ],
    [["\x1b[2Jx"], "f.ini:1: \\u{1b}[2Jx is neither [section] nor key = value"],
  ])("%j is an error that names the line", (lines, message) => {
    expect(refusal(...lines)).toBe(message);
  });

  test("shows no more of a long line than tells which it is", () => {
    expect(refusal("x".repeat(60_000)).length).toBeLessThan(200);
  });

  test("of the largest size is read at once, however it is made", () => {
    const started = performance.now();
    for (const filler of [" ", "=", '"', "[", "a "]) {
      for (const line of [
        `a${filler.repeat(65_000)}b`,
        `[${filler.repeat(65_000)}b`,
        `a = "${filler.repeat(65_000)}`,
      ]) {
        expect(() => readIni(`${line}\n[`, OURS, "f.ini")).toThrow(ConfigError);
      }
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("never throws anything else, whatever the text", () => {
    const line = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("[gossip]", "[", "a = b", '"', " = ", ";"));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          readIni(lines.join("\n"), OURS, "f.ini");
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });

  test("that was written in any of the usual ways is read as it was meant", () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
    const value = fc.string({ unit: "grapheme" }).filter((text) => !/["\r\n]/.test(text));
    const noise = fc.constantFrom("", "; comment", "# a = b", "  ");
    const blank = fc.constantFrom("", " ", "\t ");
    const entry = fc.record({ key, value, noise, before: blank, after: blank });
    fc.assert(
      fc.property(fc.array(entry), fc.constantFrom("\n", "\r\n"), (entries, newline) => {
        const lines = entries.flatMap(({ key, value, noise, before, after }) => [
          noise,
          `${before}${key}${after}=${before}"${value}"${after}`,
        ]);
        const read = readIni(["[gossip]", ...lines].join(newline), OURS, "f.ini");
        expect(read.map(({ key, value }) => ({ key, value }))).toEqual(
          entries.map(({ key, value }) => ({ key, value })),
        );
        expect(read.map(({ line }) => line)).toEqual(entries.map((_, index) => 3 + 2 * index));
      }),
    );
  });
});
