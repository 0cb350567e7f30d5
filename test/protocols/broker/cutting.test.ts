import fc from "fast-check";
import { expect, test } from "vitest";
import { isAlive, TOPOLOGIES } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { bandAround, rowsForShare, rowsInMessage } from "../../../src/protocols/broker/cutting.ts";
import { randomBoard } from "./naive.ts";

test("a band has the rows around it as they are around a torus, and blank ones beyond the edges of a plane", () => {
  const size = fc.integer({ min: 16, max: 40 });
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), fc.nat(), fc.constantFrom(...TOPOLOGIES), (side, a, b, c, topology) => {
      const board = randomBoard(seededRandom(a), side);
      const y = a % side;
      const rows = 1 + (b % (side - y));
      const turns = 1 + (c % side);
      const band = bandAround(board, topology, y, rows, turns);
      expect(band.rows).toBe(rows + 2 * turns);
      for (let row = 0; row < band.rows; row++)
        for (let x = 0; x < side; x++) {
          const at = y - turns + row;
          const isThere = topology === "torus" || (at >= 0 && at < side);
          expect(isAlive(band, x, row)).toBe(isThere && isAlive(board, x, (at + 2 * side) % side));
        }
    }),
  );
});

test("a band within a board is a view of it", () => {
  const board = randomBoard(seededRandom(1), 64);
  expect(bandAround(board, "torus", 10, 20, 5).words.buffer).toBe(board.words.buffer);
});

test("slices are in proportion to shares, worth a message, and fit one", () => {
  const sides = fc.integer({ min: 16, max: 16_384 });
  fc.assert(
    fc.property(
      sides,
      fc.integer({ min: 1, max: 64 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      (side, turns, share) => {
        let left = side;
        for (let slices = 0; left > 0; slices++) {
          const rows = rowsForShare(side, turns, share, left);
          expect(rows).toBeGreaterThan(0);
          expect(rows).toBeLessThanOrEqual(left);
          expect(rows + 2 * turns).toBeLessThanOrEqual(Math.max(rowsInMessage(side), 1));
          left -= rows;
          expect(slices).toBeLessThan(4096);
        }
      },
    ),
  );
  expect(rowsForShare(512, 1, 0.25, 512)).toBe(128);
  expect(rowsForShare(512, 1, 0.001, 512)).toBe(8);
  expect(rowsForShare(512, 1, 0.25, 130)).toBe(130);
});
