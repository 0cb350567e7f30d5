import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Band, blankBand, flip, MAX_BOARD_SIZE } from "../../src/core/board.ts";
import { band } from "../../src/wire/band.ts";
import { type Decoded, decode, encode } from "../../src/wire/codec.ts";
import { randomBand } from "../apps/life/soup.ts";
import { someBytes } from "./arbitraries.ts";

function encoded(value: Band): Buffer {
  return encode(band(value.size, value.rows), value);
}

const anyBand = fc
  .record({
    size: fc.integer({ min: 16, max: 140 }),
    rows: fc.integer({ min: 0, max: 150 }),
    percent: fc.constantFrom(0, 1, 5, 50, 100),
    seed: fc.integer(),
  })
  .map(({ size, rows, percent, seed }) => randomBand(size, rows, percent, seed));

/** Rows with these cells alive. */
function withCells(size: number, rows: number, ...cells: readonly (readonly [number, number])[]): Band {
  const value = blankBand(size, rows);
  for (const [x, y] of cells) flip(value, x, y);
  return value;
}

describe("a band", () => {
  test("comes back as it was sent", () => {
    fc.assert(
      fc.property(anyBand, (value) => {
        expect(decode(band(value.size, value.rows), encoded(value))).toEqual({ kind: "value", value });
      }),
      { numRuns: 300 },
    );
  });

  test("is the shorter of its cells and a bitmap", () => {
    fc.assert(
      fc.property(anyBand, (value) => {
        const bitmap = 1 + value.rows * Math.ceil(value.size / 8);
        expect(encoded(value).length).toBeLessThanOrEqual(bitmap);
      }),
    );
    expect(encoded(withCells(64, 64)).length).toBe(5);
    expect(encoded(withCells(64, 64, [1, 2], [63, 63])).length).toBe(5 + 3);
  });

  test.each([
    ["cells", withCells(16, 16, [1, 2], [15, 0]), "0000000002f012"],
    ["bitmap", withCells(20, 2, [0, 0], [19, 0], [8, 1]), "01800010008000"],
    ["bitmap of whole words", withCells(32, 1, [0, 0], [31, 0]), "0180000001"],
    ["bitmap of more than a word", withCells(41, 1, [0, 0], [32, 0], [40, 0]), "01800000008080"],
    ["none", withCells(16, 0), "01"],
  ])("is these bytes: %s", (_, value, hex) => {
    expect(encoded(value).toString("hex")).toBe(hex);
  });

  test.each([
    ["an unknown encoding", 16, 16, "02", "cells in the unknown encoding 2"],
    ["a cell off the board", 20, 20, "0000000001a000", "a cell off a board of side 20"],
    ["a cell in no row of it", 16, 4, "000000000114", "a cell in row 4 of 4"],
    ["a cell twice", 16, 16, "00000000021212", "the cell 1,2 twice"],
    ["cells that were not counted", 16, 16, "000000000112f0", "1 bytes too many"],
    ["more cells than there are", 16, 1, "0000000011", "17 cells in 1 rows of 16"],
    ["padding that is set", 20, 20, "0000000001084f", "padding that is not zero"],
    ["a cell right of the board", 20, 1, "0100001f", "a live cell right of the board"],
    ["a row too many", 16, 1, "0100000000", "2 bytes too many"],
    ["more rows than a message holds", 16_384, 40_000, "0000000000", "40000 rows of a board of side 16384"],
  ])("is malformed with %s", (_, size, rows, hex, reason) => {
    expect(decode(band(size, rows), Buffer.from(hex, "hex"))).toEqual({ kind: "malformed", reason });
  });

  test.each([
    ["cells", "000fffffff12"],
    ["cells that are not there", "0000000002f0"],
    ["no count of cells", "000000"],
    ["rows", "01800000"],
    ["anything", ""],
  ])("is incomplete without %s, and takes no memory for them", (_, hex) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(decode(band(MAX_BOARD_SIZE, MAX_BOARD_SIZE), Buffer.from(hex, "hex"))).toEqual({ kind: "incomplete" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  test("that is cut anywhere is incomplete", () => {
    fc.assert(
      fc.property(anyBand, fc.nat(), (value, place) => {
        const whole = encoded(value);
        const cut = whole.subarray(0, place % whole.length);
        expect(decode(band(value.size, value.rows), cut)).toEqual({ kind: "incomplete" });
      }),
    );
  });

  test("never throws for bytes from outside, and means what it is if it means anything", () => {
    const bytes = fc.tuple(fc.constantFrom(0, 1), someBytes(60)).map(([how, rest]) => Buffer.of(how, ...rest));
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 70 }), fc.integer({ min: 0, max: 5 }), bytes, (size, rows, bytes) => {
        expectSame(size, rows, bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("with a bit changed is refused, or another", () => {
    fc.assert(
      fc.property(anyBand, fc.nat(), (value, place) => {
        const bytes = encoded(value);
        const at = place % (8 * bytes.length);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (0x80 >> (at & 7));
        expect(expectSame(value.size, value.rows, bytes)).not.toEqual({ kind: "value", value });
      }),
      { numRuns: 300 },
    );
  });
});

/** What the bytes stand for; if it is a band, its own bytes stand for it as well. */
function expectSame(size: number, rows: number, bytes: Uint8Array): Decoded<Band> {
  const read = decode(band(size, rows), bytes);
  if (read.kind === "value") expect(decode(band(size, rows), encoded(read.value))).toEqual(read);
  return read;
}
