import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance } from "../../../src/apps/life/kernel.ts";
import { InvariantViolation } from "../../../src/core/assert.ts";
import {
  type Band,
  blankBand,
  countAlive,
  flip,
  hashOf,
  rowsAround,
  rowsOf,
  TOPOLOGIES,
} from "../../../src/core/board.ts";
import { later } from "./later.ts";
import { nextTurn, turnsLater } from "./naive.ts";
import { randomBand } from "./soup.ts";

/** A board with these rows of text, `#` alive, from a place on. */
function drawn(size: number, x: number, y: number, ...rows: readonly string[]): Band {
  const board = blankBand(size);
  for (const [dy, row] of rows.entries()) {
    for (const [dx, cell] of [...row].entries()) if (cell === "#") flip(board, x + dx, y + dy);
  }
  return board;
}

const board = fc
  .record({
    size: fc.integer({ min: 16, max: 130 }),
    percent: fc.constantFrom(1, 3, 10, 35, 60, 100),
    seed: fc.integer(),
  })
  .map(({ size, percent, seed }) => randomBand(size, size, percent, seed));

const topology = fc.constantFrom(...TOPOLOGIES);

describe("the kernel", () => {
  test("does what the rule says, on boards of every kind", () => {
    fc.assert(
      fc.property(board, topology, fc.integer({ min: 0, max: 8 }), (board, topology, turns) => {
        expect(later(board, topology, turns)).toEqual(turnsLater(board, topology, turns));
      }),
      { numRuns: 150 },
    );
  });

  test.each(Array.from({ length: 34 }, (_, at) => 31 + at))("joins the sides of a torus %i cells wide", (size) => {
    const turns = 6;
    const board = randomBand(size, size, 40, size);
    expect(later(board, "torus", turns)).toEqual(turnsLater(board, "torus", turns));
    expect(later(board, "plane", turns)).toEqual(turnsLater(board, "plane", turns));
  });

  test("does it for some rows of a board, wherever they are", () => {
    const slices = fc.record({
      board,
      topology,
      turns: fc.integer({ min: 0, max: 6 }),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(slices, ({ board, topology, turns, from, to }) => {
        const y = Math.floor(Math.min(from, to) * board.size);
        const rows = Math.floor(Math.max(from, to) * board.size) - y;
        const around = rowsAround(board, topology, y - turns, rows + 2 * turns);
        const band = advance(around, { topology, turns, y });
        expect(band).toEqual(rowsAround(turnsLater(board, topology, turns), "plane", y, rows));
      }),
      { numRuns: 150 },
    );
  });

  test("leaves what it is given as it is, and gives memory of its own that a thread can be handed", () => {
    fc.assert(
      fc.property(board, fc.nat(3), (board, turns) => {
        const around = rowsAround(board, "torus", -turns, board.size + 2 * turns);
        const before = hashOf(around);
        const { words } = advance(around, { topology: "torus", turns, y: 0 });
        expect(hashOf(around)).toBe(before);
        expect(words.buffer).not.toBe(around.words.buffer);
        expect(words.buffer.byteLength).toBe(words.byteLength);
      }),
      { numRuns: 20 },
    );
  });

  test("takes views of a larger board", () => {
    const board = randomBand(70, 70, 40, 1);
    const band = advance(rowsOf(board, 20, 30), { topology: "torus", turns: 5, y: 25 });
    expect(band).toEqual(rowsAround(turnsLater(board, "torus", 5), "torus", 25, 20));
  });

  test("lets nothing live beyond the edges of a plane, whatever is said to", () => {
    const size = 48;
    const turns = 4;
    const board = randomBand(size, size, 40, 7);
    const around = rowsAround(board, "plane", -turns, size + 2 * turns);
    around.words.fill(0xffff_0000, 0, 2 * turns);
    around.words.fill(0xffff_0000, around.words.length - 2 * turns);
    expect(advance(around, { topology: "plane", turns, y: 0 })).toEqual(turnsLater(board, "plane", turns));
  });

  test("knows boards that have more or fewer rows than columns", () => {
    // On the board's second row.
    const around = blankBand(32, 6);
    for (const x of [10, 11, 12]) flip(around, x, 2);
    const turned = (boardRows: number): number =>
      countAlive(advance(around, { topology: "plane", turns: 1, y: 0, boardRows }));
    expect(turned(1)).toBe(0);
    expect(turned(2)).toBe(2);
    expect(turned(3)).toBe(3);
    expect(advance(around, { topology: "plane", turns: 1, y: 90 })).toEqual(blankBand(32, 4));
  });

  test("gives no rows where none are asked for, and takes no band that is too small", () => {
    const ahead = { topology: "torus", turns: 3, y: 0 } as const;
    expect(advance(blankBand(33, 6), ahead)).toEqual(blankBand(33, 0));
    expect(() => advance(blankBand(33, 5), ahead)).toThrow(InvariantViolation);
  });
});

describe("known patterns", () => {
  test("a blinker turns", () => {
    const flat = drawn(40, 31, 20, "###");
    const upright = drawn(40, 32, 19, "#", "#", "#");
    expect(later(flat, "torus", 1)).toEqual(upright);
    expect(later(flat, "torus", 2)).toEqual(flat);
  });

  test.each([16, 31, 32, 33, 64, 70])("a glider goes around a torus %i cells wide and is where it was", (size) => {
    const glider = drawn(size, 3, 5, ".#.", "..#", "###");
    expect(later(glider, "torus", 4)).toEqual(drawn(size, 4, 6, ".#.", "..#", "###"));
    // A cell along the diagonal in four turns.
    expect(later(glider, "torus", 4 * size)).toEqual(glider);
  });

  test("a glider becomes a block in the corner of a plane", () => {
    const glider = drawn(33, 20, 20, ".#.", "..#", "###");
    expect(later(glider, "plane", 200)).toEqual(drawn(33, 31, 31, "##", "##"));
  });

  test("a gun sends off a glider every 30 turns", () => {
    const gun = [
      "........................#",
      "......................#.#",
      "............##......##............##",
      "...........#...#....##............##",
      "##........#.....#...##",
      "##........#...#.##....#.#",
      "..........#.....#.......#",
      "...........#...#",
      "............##",
    ];
    const board = drawn(500, 20, 20, ...gun);
    expect(countAlive(board)).toBe(36);
    for (let period = 1; period <= 10; period++) {
      expect(countAlive(later(board, "plane", 30 * period))).toBe(36 + 5 * period);
    }
  });
});

test("the naive kernel, by which the other is judged, does what is known", () => {
  const blinker = drawn(16, 0, 5, "###");
  expect(nextTurn(blinker, "torus")).toEqual(drawn(16, 1, 4, "#", "#", "#"));
  // At the edge of a plane too, where a blinker of two cells dies.
  expect(nextTurn(drawn(16, 0, 5, "##"), "plane")).toEqual(blankBand(16));
  expect(nextTurn(drawn(16, 0, 4, "#", "#", "#"), "plane")).toEqual(drawn(16, 0, 5, "##"));
  expect(countAlive(nextTurn(drawn(16, 0, 4, "#", "#", "#"), "torus"))).toBe(3);
});
