import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandError, quoted, wordsOf } from "../../../src/cli/store/words.ts";

describe("the words of a line", () => {
  test.each([
    ["", []],
    [" \t ", []],
    ["read notes", ["read", "notes"]],
    ["  read \t notes  ", ["read", "notes"]],
    ['append "my notes" x', ["append", "my notes", "x"]],
    ['a"b c"d', ["ab cd"]],
    ['write k ""', ["write", "k", ""]],
    ['""""', [""]],
    ["two\\ words", ["two words"]],
    ['"a\\nb" c\\td\\r', ["a\nb", "c\td\r"]],
    ['\\"a\\" \\\\', ['"a"', "\\"]],
    ["\\u{41}\\u{1F600}\\u{0}", ["A😀\0"]],
    ["wörld 😀\ufffd", ["wörld", "😀\ufffd"]],
    ["it's 'one'", ["it's", "'one'"]],
  ])("%j are %j", (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  test.each([
    ['a "b', 'a " is not closed'],
    ["a\\", "\\ stands for nothing: \\\\ is a backslash"],
    ["\\x", "\\x stands for nothing: \\\\ is a backslash"],
    ["\\u0041", "\\u stands for nothing: \\\\ is a backslash"],
    ["\\u{d800}", "\\u{d800} stands for nothing: \\\\ is a backslash"],
    ["\\u{110000}", "\\u{110000} stands for nothing: \\\\ is a backslash"],
  ])("%j has none: %s", (line, message) => {
    expect(() => wordsOf(line)).toThrow(new CommandError(message));
  });

  test("are as they were quoted", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "é", " ", '"', "\\", "\n", "\t", "\r", "n", "u", "{") });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const line = words.map(quoted).join(" ");
        expect(wordsOf(line)).toEqual(words);
        expect(line).not.toMatch(/[\n\r]/);
      }),
    );
  });
});
