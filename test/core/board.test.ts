import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Band,
  blankBand,
  countAlive,
  flip,
  flipAll,
  hashOf,
  isAlive,
  putRows,
  rowsAround,
  rowsOf,
  TOPOLOGIES,
} from "../../src/core/board.ts";
import { randomBand } from "../apps/life/soup.ts";

const size = fc.integer({ min: 16, max: 130 });
const board = fc.record({ size, seed: fc.integer() }).map(({ size, seed }) => randomBand(size, size, 40, seed));

/** What lives in each row, as text. */
function textOf(band: Band): readonly string[] {
  return Array.from({ length: band.rows }, (_, y) =>
    Array.from({ length: band.size }, (_, x) => (isAlive(band, x, y) ? "#" : ".")).join(""),
  );
}

function livingIn(rows: readonly string[]): number {
  return rows.join("").replaceAll(".", "").length;
}

describe("a board", () => {
  test("has its leftmost cell as the highest bit of its first word", () => {
    const blank = blankBand(40);
    expect(blank.words.length).toBe(80);
    flip(blank, 0, 0);
    flip(blank, 39, 0);
    flip(blank, 31, 1);
    expect([...blank.words.subarray(0, 4)]).toEqual([0x8000_0000, 0x0100_0000, 1, 0]);
  });

  test("counts its live cells", () => {
    fc.assert(
      fc.property(board, (board) => {
        expect(countAlive(board)).toBe(livingIn(textOf(board)));
      }),
    );
    const full = blankBand(64);
    full.words.fill(0xffff_ffff);
    expect(countAlive(full)).toBe(64 * 64);
  });

  test("turns those cells over that live in a mask", () => {
    const all = fc.tuple(size, fc.integer(), fc.integer());
    fc.assert(
      fc.property(all, ([size, one, other]) => {
        const board = randomBand(size, size, 40, one);
        const mask = randomBand(size, size, 10, other);
        const before = textOf(board);
        flipAll(board, mask);
        for (const [y, row] of textOf(board).entries()) {
          for (const [x, cell] of [...row].entries()) {
            expect(cell !== before[y]?.[x]).toBe(isAlive(mask, x, y));
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("rows of a board", () => {
  test("are a view of it", () => {
    const board = blankBand(50);
    const rows = rowsOf(board, 7, 2);
    flip(rows, 49, 1);
    expect(rows.rows).toBe(2);
    expect(isAlive(board, 49, 8)).toBe(true);
  });

  test("go on at its other side on a torus, and are blank beyond a plane", () => {
    const anywhere = fc.record({
      board,
      topology: fc.constantFrom(...TOPOLOGIES),
      first: fc.integer({ min: -300, max: 300 }),
      count: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(anywhere, ({ board, topology, first, count }) => {
        const rows = textOf(board);
        const expected = Array.from({ length: count }, (_, at) => {
          const y = first + at;
          const blank = ".".repeat(board.size);
          if (topology === "plane") return rows[y] ?? blank;
          return rows[((y % board.size) + board.size) % board.size];
        });
        expect(textOf(rowsAround(board, topology, first, count))).toEqual(expected);
      }),
    );
  });

  test("make a board when they are put together, and copies do not change it before", () => {
    fc.assert(
      fc.property(board, fc.nat(15), (board, at) => {
        const whole = blankBand(board.size);
        putRows(whole, rowsAround(board, "plane", at, board.size - at), at);
        putRows(whole, rowsOf(board, 0, at), 0);
        expect(whole).toEqual(board);
      }),
    );
  });
});

describe("the name of a board", () => {
  // Of a program in another language.
  test("is what it always was", () => {
    const board = blankBand(40);
    flip(board, 0, 0);
    flip(board, 39, 0);
    expect(hashOf(board)).toBe("726dace4165f5a70");
  });

  test("is another for every other cell and side", () => {
    const names = new Set<string>();
    const side = 33;
    for (let cell = 0; cell < side * side; cell++) {
      const board = blankBand(side);
      flip(board, cell % side, Math.floor(cell / side));
      names.add(hashOf(board));
    }
    expect(names.size).toBe(side * side);
    // As many words, all of them zero.
    expect(hashOf(blankBand(33))).not.toBe(hashOf(blankBand(34, 33)));
  });
});
