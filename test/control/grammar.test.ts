import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Argument, parseWith, verb, wrong } from "../../src/control/grammar.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { parseLine, verbs } from "../../src/control/verbs.ts";
import { picture, row } from "../ui/pictures.ts";

const view = picture({ rows: [row(2), row(3, { name: "gamma" }), row(4), row(5, { name: "\u{1f4a5}" })] });
const names = new PeerNames(view.self, view.peers);

/** A line and the place in it that `^` stands before. */
function marked(said: string): { readonly line: string; readonly at: number } {
  return { line: said.replace("^", ""), at: said.indexOf("^") };
}

describe("a mistake stands", () => {
  test.each([
    // No verb, or a wrong one.
    ["^", "say one of"],
    ["   ^", "say one of"],
    ["^tets", "no command is called tets"],
    ["  ^tets 7002", "no command is called tets"],
    ["^, cut", "no command is called ,cut"],
    // Something is missing.
    ["drop^", "drop needs"],
    ["drop 7002  ^", "drop needs 30%"],
    ["drop 7002 30% for^", "for needs a value"],
    ["latency 7002 100ms +-^", "jitter needs a value"],
    // A word is wrong.
    ["drop 7002 ^30", "30 is no percentage"],
    ["drop 7002 ^130% both", "130% is not between"],
    ["drop 7002 30% for  ^ever", "ever is no time"],
    ["latency 7002 \t ^fast", "fast is no time"],
    ["latency 7002 100ms +-^fast", "fast is no time"],
    ["latency 7002 100ms +-  ^fast out", "fast is no time"],
    ["latency 7002 100ms \u00b1^fast", "fast is no time"],
    ["latency 7002 100ms jitter ^+-5ms", "jitter is no time"],
    ["bandwidth 7002 ^10", "10 is no rate"],
    ["skew 7002 ^0x", "0x is not between"],
    ["help ^tset", "no command is called tset"],
    // A word is one too many.
    ["leave ^now", "now is one word too many"],
    ["transfer 7002 ^7003 7004", "7003 is one word too many"],
    ["cut 7002 in ^out", "said before"],
    ["latency 7002 100ms +-5ms ^\u00b16ms", "said before"],
    ["drop 7002 30% for 5s ^for 6s", "said before"],
    // Behind text that stands as it is nothing is wrong, before it all that is said of it.
    ["announce^", "needs TYPE"],
    ["announce 1337  ^", "needs DATA"],
    ["announce ^news , hello", "news is no data type"],
    ["announce ^1337,8 x", "1337,8 is no data type"],
    ["announce 1337 ttl ^300 x, y", "300 is no ttl"],
    ["announce 1337 hex 6e 6^g65", "g is no hex digit"],
    ["announce 1337 hex  ^6e6", "3 hex digits"],
    ["announce 1337 ^hex", "hex needs digits"],
    ["subscribe 1337 ^1338", "1338 is one word too many"],
    // A name in a list is wrong.
    ["cut ^7009", "no peer is called 7009"],
    ["cut 7002,^7009,7004", "no peer is called 7009"],
    ["cut 7002 ,  ^7009", "no peer is called 7009"],
    ["cut 7002  ,^all", "all stands alone"],
    ["cut 7002, ^for 5s", "no peer is called for"],
    ["cut 7002, gamma, ^7002", "7002 is named twice"],
    ["test 7002 , ^7001", "7001 is this peer"],
    ["^cut , 7002", "no command is called cut,7002"],
    ["cut 7002,^,gamma", "lacks a name"],
    ["cut 7002 ,^  ", "lacks a name"],
    ["partition ^7001 , 7002", "is one group"],
    ["partition 7001 |^", "a group is empty"],
    ["partition 7001 | ^| 7002", "a group is empty"],
    ["partition 7001, 7002 | gamma , ^7009 for 5s", "no peer is called 7009"],
    ["partition 7001, 7002 | gamma, ^7002", "7002 is named twice"],
    ["partition 7001 | gamma, ^gamma", "gamma is named twice"],
    ["remove 3 , ^x", "x is no number"],
    // Units are those of UTF-16: this one has two.
    ["cut \u{1f4a5} , ^7009", "no peer is called 7009"],
    ["cut \u{1f4a5} , gamma ^\u{1f4a5}", "\u{1f4a5} is one word too many"],
    ["remove 1 , 2,^\u{1f4a5}", "\u{1f4a5} is no number"],
  ])("where the mark is in %j", (said, text) => {
    const { line, at } = marked(said);
    expect(parseLine(line, names)).toEqual({ ok: false, at, text: expect.stringContaining(text) });
  });

  test("within the line, whatever the line is", () => {
    const words = fc.constantFrom(
      ...Object.keys(verbs),
      ...["7002", "gamma", "7009", "all", ",", "|", " , ", " | ", "+-", "\u00b1", "30%", "20ms", "for", "in", "1x"],
      ...["", " ", "\t", "\u{1f4a5}", "1337", "ttl", "hex", "6e6"],
    );
    const said = fc.array(fc.tuple(words, fc.constantFrom("", " ", "  ")), { maxLength: 8 });
    const lines = fc.oneof(
      said.map((parts) => parts.flat().join("")),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const reading = parseLine(line, names);
        if (reading.ok) return;
        expect(Number.isInteger(reading.at)).toBe(true);
        expect(reading.at).toBeGreaterThanOrEqual(0);
        expect(reading.at).toBeLessThanOrEqual(line.length);
        // Never within a word, but for digits of bytes.
        if (reading.at < line.length && !/hex digit/.test(reading.text))
          expect(line.slice(0, reading.at)).toMatch(/(?:^|[\s,|\u00b1]|\+-)$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an argument of another table", () => {
  /** Takes no word with a digit in it. */
  const plain: Argument<string> = {
    shape: "WORD",
    optional: false,
    read: (word) => {
      const digit = word.search(/\d/);
      return digit < 0 ? { ok: true, value: word } : wrong(`${word} has a digit`, digit);
    },
    offers: () => [],
  };
  const table = { say: verb({ arguments: { plain }, help: "", inverse: { none: "" } }) };

  test("says where in its word the mistake stands, and the line is told where that is", () => {
    expect(parseWith(table, " say abc , d5", names)).toEqual({ ok: false, text: "say: abc,d5 has a digit", at: 12 });
    expect(parseWith(table, "say", names)).toEqual({ ok: false, text: "say needs WORD: say WORD", at: 3 });
  });
});
