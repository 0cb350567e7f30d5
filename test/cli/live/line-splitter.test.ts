import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineSplitter } from "../../../src/cli/live/line-splitter.ts";

const MAX_LENGTH = 256 * 1024;

/** The lines that come of pieces. */
function linesOf(pieces: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(piece);
  return lines;
}

describe("lines of the pieces of a text", () => {
  test("wherever it is parted, the lines are the same", () => {
    const piece = fc.array(fc.constantFrom("a", "b", "\n", ""), { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(linesOf(pieces)).toEqual(pieces.join("").split("\n").slice(0, -1));
      }),
    );
  });

  test("a line that is too long is left out, and the next one is not", () => {
    const half = "x".repeat(MAX_LENGTH / 2);
    expect(linesOf([half, half, "\n"])).toEqual([half + half]);
    expect(linesOf(["before\n", half, half, "y", half, "\nafter\n"])).toEqual(["before", "after"]);
  });
});
