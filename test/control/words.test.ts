import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeIn, plainWordsOf, textFrom, wordsOf } from "../../src/control/words.ts";

/** Lines in which words, blanks and marks meet in every order. */
const lines = fc
  .array(fc.constantFrom(" ", "  ", "\t", ",", "|", "+-", "\u00b1", "a", "7002", "jitter", "\u{1f4a5}"), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));

describe("the words of a line", () => {
  test.each([
    ["", []],
    ["  cut  7002 ", ["cut", "7002"]],
    ["cut 7002 , 7003", ["cut", "7002,7003"]],
    ["partition a ,b|  c", ["partition", "a,b|c"]],
    ["cut 7002 ,", ["cut", "7002,"]],
    [" , cut", [",cut"]],
    ["latency a 5ms +-2ms", ["latency", "a", "5ms", "jitter", "2ms"]],
    ["latency a 5ms +- 2ms", ["latency", "a", "5ms", "jitter", "2ms"]],
    ["latency a 5ms \u00b12ms", ["latency", "a", "5ms", "jitter", "2ms"]],
    ["+-2ms", ["jitter", "2ms"]],
    ["5+-2ms", ["5+-2ms"]],
    ["a, +-2ms", ["a,+-2ms"]],
    ["+-+-", ["jitter", "+-"]],
  ])("%j are %j", (line, words) => {
    expect(wordsOf(line).map(({ text }) => text)).toEqual(words);
  });

  test("stand where they say, in order, and nothing but blanks is left over", () => {
    fc.assert(
      fc.property(lines, (line) => {
        const words = wordsOf(line);
        const signs = words.filter(({ places, text }) => text.length !== places.length);
        for (const { text, places } of signs) {
          expect(text).toBe("jitter");
          expect(line.slice(places[0])).toMatch(/^(\+-|\u00b1)/);
        }
        const plain = words.filter((word) => !signs.includes(word));
        for (const { text, places } of plain) expect(places.map((place) => line[place]).join("")).toBe(text);
        const places = words.flatMap((word) => word.places);
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        // Of a sign the first unit is noted; all else that stands nowhere is blank.
        const rest = line.split("").filter((unit, place) => !places.includes(place) && unit !== "-");
        expect(rest.join("").trim()).toBe("");
      }),
    );
  });

  test("that ends in text are parted by blanks alone, and text is all from a word on", () => {
    const line = " announce 7 , a  |b +-  ";
    const words = plainWordsOf(line);
    expect(words.map(({ text }) => text)).toEqual(["announce", "7", ",", "a", "|b", "+-"]);
    for (const { text, places } of words) expect(places.map((place) => line[place]).join("")).toBe(text);
    const [, , comma] = words;
    if (comma === undefined) throw new Error("no comma");
    const text = textFrom(comma, line);
    expect(text.text).toBe(", a  |b +-");
    expect([0, 1, 9, 10, 99].map((unit) => placeIn(text, unit))).toEqual([12, 13, 21, 22, 22]);
  });

  test.each([
    ['append "my notes"  x', ["append", '"my notes"', "x"]],
    ['a "b \\" c" d', ["a", '"b \\" c"', "d"]],
    ['a "b c"d', ["a", '"b', 'c"d']],
    ['a b"c d"', ["a", 'b"c', 'd"']],
    ['a "b c', ["a", '"b', "c"]],
    ['"a b"', ['"a b"']],
  ])("%j that ends in text is %j: what stands in quotes is one word", (line, words) => {
    const found = plainWordsOf(line);
    expect(found.map(({ text }) => text)).toEqual(words);
    for (const { text, places } of found) expect(places.map((place) => line[place]).join("")).toBe(text);
  });

  test("end right behind their last unit", () => {
    const [, list] = wordsOf("cut 7002 , 7003  ");
    if (list === undefined) throw new Error("no list");
    expect([0, 3, 4, 5, 8, 9, 99].map((unit) => placeIn(list, unit))).toEqual([4, 7, 9, 11, 14, 15, 15]);
  });
});
