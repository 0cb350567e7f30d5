import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boardFrom, MAX_PATTERN_LENGTH, parsePattern } from "../../../src/apps/life/pattern.ts";
import { toPbm } from "../../../src/apps/life/pbm.ts";
import { toRle } from "../../../src/apps/life/rle.ts";
import { type Band, blankBand, countAlive, flip, isAlive } from "../../../src/core/board.ts";
import { later } from "./later.ts";
import { randomBand } from "./soup.ts";

/** A pattern as lines of `.` and `O`. */
function drawing({ size, rows }: Band, isLive: (x: number, y: number) => boolean): readonly string[] {
  return Array.from({ length: rows }, (_, y) =>
    Array.from({ length: size }, (_, x) => (isLive(x, y) ? "O" : ".")).join(""),
  );
}

function drawn(band: Band): readonly string[] {
  return drawing(band, (x, y) => isAlive(band, x, y));
}

function read(text: string): readonly string[] {
  const parsed = parsePattern(text);
  if (parsed.kind === "bad") throw new Error(`${parsed.line}:${parsed.column}: ${parsed.reason}`);
  return drawn(parsed.pattern);
}

const GLIDER = [".O.", "..O", "OOO"];

describe("run lengths", () => {
  test.each([
    ["plain", "x = 3, y = 3, rule = B3/S23\nbo$2bo$3o!"],
    ["without a rule", "x=3,y=3\nbo$2bo$3o!"],
    ["with other names of the rule", "X = 3, Y = 3, RULE = 23/3\nbo$2bo$3o!"],
    ["in small letters", "x = 3, y = 3, rule = b3/s23\nbo$2bo$3o!"],
    ["with comments", "#N Glider\n#C x = 9\n\nx = 3, y = 3\n#C within\nbo$\n#C $$$\n2bo$3o!"],
    ["with ends of lines everywhere", "x = 3, y = 3\r\nbo\r\n$ 2b\r\no\t$ o\no\r\no\r\n!\r\n"],
    ["with what comes after the end", "x = 3, y = 3\nbo$2bo$3o!\nzzz 99$"],
    ["with dead cells that are told too", "x = 3, y = 3\nbob$2bo$3o$$b$!"],
    ["without an end of the last line", "x = 3, y = 3\nbo$2bo$ooo!"],
  ])("are read %s", (_, text) => {
    expect(read(text)).toEqual(GLIDER);
  });

  test("are as wide and high as they say", () => {
    expect(read("x = 5, y = 2\no!")).toEqual(["O....", "....."]);
    expect(read("x = 2, y = 4\no2$bo!")).toEqual(["O.", "..", ".O", ".."]);
  });

  test.each([
    ["x = 3, y = 3, rule = B36/S23\nbo!", 1, 22, "the rule B36/S23: only B3/S23 is played"],
    ["x = 3, y = 3, rule = B3/S23:T9,9\nbo!", 1, 22, "the rule B3/S23:T9,9: only B3/S23 is played"],
    ["#C\n\nx = three\nbo!", 3, 1, "a line such as x = 3, y = 3, rule = B3/S23 is missing"],
    ["#C\nbo!", 2, 1, "a line such as x = 3, y = 3, rule = B3/S23 is missing"],
    ["#C\n#C", 2, 1, "it ends before a line such as x = 3, y = 3"],
    ["#C\n", 2, 1, "it ends before a line such as x = 3, y = 3"],
    ["x = 0, y = 3\n!", 1, 1, "a pattern 0 cells wide"],
    ["x = 3, y = 16385\n!", 1, 1, "a pattern 16385 cells high: a board has 16384 at most"],
    ["x = 999999999, y = 3\n!", 1, 1, "a pattern 999999999 cells wide: a board has 16384 at most"],
    ["x = 3, y = 3", 1, 13, "it ends without !"],
    ["x = 3, y = 3\nbo$\n  2bo", 3, 6, "it ends without !"],
    ["x = 3, y = 3\nbo$\n  2bA!", 3, 5, '"A" is neither b, o, $ nor !'],
    ["x = 3, y = 3\nbo$2\u{1f600}!", 2, 4, "a count of 2 before neither b, o nor $"],
    ["x = 3, y = 3\nbo$\u{1f600}!", 2, 4, '"\u{1f600}" is neither b, o, $ nor !'],
    ["x = 3, y = 3\nb2\no!", 2, 2, "a count of 2 before neither b, o nor $"],
    ["x = 3, y = 3\nb2!", 2, 2, "a count of 2 before neither b, o nor $"],
    ["x = 3, y = 3\nb0o!", 2, 2, "a count of 0"],
    ["x = 3, y = 3\nb99999999999999999999o!", 2, 2, "a count of 1000000000 or more"],
    ["x = 3, y = 3\nbo$\n2b2o!", 3, 3, "a live cell in column 4, where x = 3"],
    ["x = 3, y = 3\n3$o!", 2, 3, "a live cell in row 4, where y = 3"],
    ["x = 3, y = 3\nb#C\no!", 2, 2, '"#" is neither b, o, $ nor !'],
  ])("are refused: %j", (text, line, column, reason) => {
    expect(parsePattern(text)).toEqual({ kind: "bad", line, column, reason });
  });

  test("come back as they were written, in lines of 70 characters", () => {
    const board = fc.record({
      size: fc.integer({ min: 1, max: 130 }),
      rows: fc.integer({ min: 1, max: 60 }),
      percent: fc.constantFrom(0, 1, 20, 50, 98, 100),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(board, ({ size, rows, percent, seed }) => {
        const board = randomBand(size, rows, percent, seed);
        const text = toRle(board);
        expect(parsePattern(text)).toEqual({ kind: "pattern", pattern: board });
        expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(70);
      }),
    );
  });

  test("are written as others write them", () => {
    const glider = blankBand(16);
    for (const [y, row] of GLIDER.entries()) {
      for (const [x, cell] of [...row].entries()) if (cell === "O") flip(glider, x, y + 1);
    }
    expect(toRle(glider)).toBe("x = 16, y = 16, rule = B3/S23\n$bo$2bo$3o!\n");
    expect(toRle(blankBand(16))).toBe("x = 16, y = 16, rule = B3/S23\n!\n");
  });
});

describe("plaintext", () => {
  test.each([
    ["plain", ".O.\n..O\nOOO\n"],
    ["with comments", "!Name: Glider\n!\n.O\n! within\n..O\nOOO"],
    ["with ends of lines of another system", ".O.\r\n..O\r\nOOO\r\n\r\n"],
    ["with blanks behind", ".O \n..O\t\nOOO"],
  ])("is read %s", (_, text) => {
    expect(read(text)).toEqual(GLIDER);
  });

  test("has empty lines as rows where nothing lives", () => {
    expect(read("!\n\nO\n\n.O\n")).toEqual(["..", "O.", "..", ".O"]);
  });

  test.each([
    ["!c\n.O\n.X.", 3, 2, '"X" is neither . nor O'],
    [".O\n O", 2, 1, '" " is neither . nor O'],
    ["!c\n!d", 1, 1, "it has no line of . and O"],
    [`O\n${".".repeat(16_385)}`, 2, 1, "a pattern 16385 cells wide: a board has 16384 at most"],
    [`!c\n${"O\n".repeat(16_385)}`, 16_386, 1, "a pattern 16385 cells high: a board has 16384 at most"],
  ])("is refused: %#", (text, line, column, reason) => {
    expect(parsePattern(text)).toEqual({ kind: "bad", line, column, reason });
  });
});

describe("a text", () => {
  const NEITHER = 'it is neither run lengths, which begin with "x =", nor plaintext, which is of . and O';

  test.each(["", " \n", "bo$2bo$3o!", "\0\u001b[2J", "<html>"])("that is no pattern is refused: %j", (text) => {
    expect(parsePattern(text)).toEqual({ kind: "bad", line: 1, column: 1, reason: NEITHER });
  });

  test("that is too long is not looked at", () => {
    expect(parsePattern(`O${" ".repeat(MAX_PATTERN_LENGTH)}`)).toMatchObject({ kind: "bad", line: 1, column: 1 });
  });

  test("of any kind is a pattern or refused at a place within it", () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom("b", "o", "$", "3", "0", "!", "\n", " ", "#"), { maxLength: 40 }).map((body) => {
        return `x = 5, y = 4\n${body.join("")}`;
      }),
      fc.array(fc.constantFrom(".", "O", "!", "\n", " "), { maxLength: 40 }).map((body) => body.join("")),
    );
    fc.assert(
      fc.property(text, (text) => {
        const parsed = parsePattern(text);
        if (parsed.kind === "pattern") return;
        const lines = text.split("\n");
        expect(parsed.line).toBeLessThanOrEqual(lines.length);
        expect(parsed.column).toBeLessThanOrEqual((lines[parsed.line - 1] ?? "").length + 1);
        expect(Math.min(parsed.line, parsed.column)).toBeGreaterThan(0);
        expect(parsed.reason).not.toBe("");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a pattern", () => {
  test("is put in the middle of a board", () => {
    const any = fc.record({
      width: fc.integer({ min: 1, max: 70 }),
      height: fc.integer({ min: 1, max: 10 }),
      more: fc.nat(100),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(any, ({ width, height, more, seed }) => {
        const pattern = randomBand(width, height, 60, seed);
        const size = Math.max(width, height) + more;
        const placed = boardFrom(pattern, size);
        if (placed.kind === "bad") throw new Error(placed.reason);
        const [left, top] = [(size - width) >> 1, (size - height) >> 1];
        const isOn = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < width && y < height;
        const expected = drawing(blankBand(size), (x, y) => {
          return isOn(x - left, y - top) && isAlive(pattern, x - left, y - top);
        });
        expect(drawn(placed.board)).toEqual(expected);
        expect(countAlive(placed.board)).toBe(countAlive(pattern));
      }),
    );
  });

  test("is refused where it does not fit", () => {
    const reason = "the pattern is 36 by 9 cells, and the board 32 by 32";
    expect(boardFrom(blankBand(36, 9), 32)).toEqual({ kind: "bad", reason });
    expect(boardFrom(blankBand(9, 33), 32).kind).toBe("bad");
    expect(boardFrom(blankBand(32, 32), 32).kind).toBe("board");
  });

  test.each([
    ["gosper.rle", 36, 30, 41],
    ["glider.cells", 5, 4, 5],
    ["acorn.rle", 7, 5206, 633],
    ["r-pentomino.cells", 5, 1103, 116],
  ])("comes with the program: %s", (file, alive, turns, aliveLater) => {
    const parsed = parsePattern(readFileSync(new URL(`../../../demo/${file}`, import.meta.url), "utf8"));
    if (parsed.kind === "bad") throw new Error(parsed.reason);
    const placed = boardFrom(parsed.pattern, 3000);
    if (placed.kind === "bad") throw new Error(placed.reason);
    expect(countAlive(placed.board)).toBe(alive);
    expect(countAlive(later(placed.board, "plane", turns))).toBe(aliveLater);
  });
});

describe("a picture", () => {
  test("is a portable bitmap", () => {
    const board = blankBand(20, 2);
    for (const [x, y] of [
      [0, 0],
      [19, 0],
      [8, 1],
    ] as const)
      flip(board, x, y);
    expect(Buffer.from(toPbm(board))).toEqual(
      Buffer.concat([Buffer.from("P4\n20 2\n"), Buffer.of(0x80, 0, 0x10, 0, 0x80, 0)]),
    );
  });
});
