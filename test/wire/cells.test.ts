import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import { cells, MAX_IMAGE_SIZE, MIN_IMAGE_SIZE } from "../../src/wire/cells.ts";
import { decode, encode } from "../../src/wire/codec.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf, vectors } from "./vectors.ts";

const imageSize = fc.oneof(
  fc.integer({ min: MIN_IMAGE_SIZE, max: 1024 }),
  fc.integer({ min: MIN_IMAGE_SIZE, max: MAX_IMAGE_SIZE }),
);

const board = imageSize.chain((size) =>
  fc.record({ size: fc.constant(size), cells: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1))) }),
);

describe("cells", () => {
  it.each(vectors.cells)("agrees with the vector of $count cells on a board of $imageSize", (vector) => {
    const coordinates = Uint16Array.from(vector.cells.flat());
    expect(encode(cells(vector.imageSize), coordinates).toString("hex")).toBe(vector.hex);
    expect(decode(cells(vector.imageSize), bytesOf(vector.hex))).toEqual({ kind: "value", value: coordinates });
  });

  it("come back as they were sent", () => {
    fc.assert(
      fc.property(board, (sent) => {
        const value = Uint16Array.from(sent.cells.flat());
        expect(decode(cells(sent.size), encode(cells(sent.size), value))).toEqual({ kind: "value", value });
      }),
      { numRuns: 300 },
    );
  });

  it("take ceil(log2 side) bits a coordinate", () => {
    for (const [side, bits] of [
      [16, 4],
      [17, 5],
      [512, 9],
      [513, 10],
      [65_535, 16],
    ] as const) {
      expect(encode(cells(side), new Uint16Array(16)).length).toBe(2 * bits);
    }
  });

  it("are malformed with padding that is not zero, or a byte too many", () => {
    const [, vector] = vectors.cells;
    const bytes = bytesOf(vector?.hex);
    const padded = Buffer.from(bytes);
    padded[padded.length - 1] = 1;
    expect(decode(cells(512), padded)).toEqual({ kind: "malformed", reason: "padding that is not zero" });
    const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
    expect(decode(cells(512), longer)).toEqual({ kind: "malformed", reason: "a byte of padding too many" });
  });

  it("are malformed off the board", () => {
    expect(decode(cells(100), encode(cells(128), Uint16Array.of(99, 100))).kind).toBe("malformed");
    expect(decode(cells(101), encode(cells(128), Uint16Array.of(99, 100))).kind).toBe("value");
  });

  it("never throw on random bytes, and what they accept has one form only", () => {
    fc.assert(
      fc.property(imageSize, someBytes(40), (size, bytes) => {
        const decoded = decode(cells(size), bytes);
        if (decoded.kind === "value") expect(encode(cells(size), decoded.value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it("are not written off the board, by halves, or for a board of no such side", () => {
    expect(() => encode(cells(100), Uint16Array.of(0, 100))).toThrow(InvariantViolation);
    expect(() => encode(cells(100), Uint16Array.of(1))).toThrow(InvariantViolation);
    for (const side of [15, 65_536, 16.5]) expect(() => cells(side)).toThrow(InvariantViolation);
  });
});
