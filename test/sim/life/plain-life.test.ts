import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance } from "../../../src/apps/life/kernel.ts";
import { blankBand, rowsAround, TOPOLOGIES, type Topology } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { isSameBand } from "../../../src/sim/life/is-same-band.ts";
import { boardOf } from "../../../src/sim/life/patterns.ts";
import { Course } from "../../../src/sim/life/plain-life.ts";

const random = seededRandom(1);

describe("a course", () => {
  test("a blinker turns, and has the same three cells again", () => {
    const board = boardOf("blinker", 16, random);
    const course = new Course(board, "torus");
    expect(isSameBand(course.at(1).board, board)).toBe(false);
    expect(isSameBand(course.at(2).board, board)).toBe(true);
    expect(course.at(3).alive).toBe(3);
    expect(course.turn).toBe(3);
  });

  test("a glider comes back around a torus, and comes to rest at the edge of a plane", () => {
    const board = boardOf("glider", 16, random);
    expect(isSameBand(new Course(board, "torus").at(64).board, board)).toBe(true);
    expect(new Course(board, "plane").at(200).alive).toBe(4);
  });

  test("nothing comes of nothing", () => {
    expect(new Course(blankBand(16), "torus").at(5).alive).toBe(0);
  });

  test("is what the kernel of the peers computes", () => {
    const any = fc.record({
      size: fc.integer({ min: 16, max: 70 }),
      seed: fc.nat(),
      turns: fc.integer({ min: 1, max: 20 }),
      topology: fc.constantFrom<Topology>(...TOPOLOGIES),
    });
    fc.assert(
      fc.property(any, ({ size, seed, turns, topology }) => {
        const board = boardOf("soup", size, seededRandom(seed));
        const ahead = advance(rowsAround(board, topology, -turns, size + 2 * turns), { topology, turns, y: 0 });
        expect(isSameBand(ahead, new Course(board, topology).at(turns).board)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

test("bands are the same by their cells", () => {
  const board = boardOf("soup", 20, random);
  expect(isSameBand(board, { ...board, words: board.words.slice() })).toBe(true);
  expect(isSameBand(board, blankBand(20))).toBe(false);
  expect(isSameBand(blankBand(20), blankBand(20, 19))).toBe(false);
});
