import { type Band, blankBand, flip } from "../../core/board.ts";
import type { Random } from "../../core/random.ts";

/** Boards that a script can begin with: some that are known, and one that is drawn by chance. */
export const PATTERNS = ["blinker", "glider", "r-pentomino", "soup"] as const;

/** One of those. */
export type PatternName = (typeof PATTERNS)[number];

/** Rows of cells, # for one that lives. */
const DRAWN: Readonly<Record<Exclude<PatternName, "soup">, readonly string[]>> = {
  blinker: ["###"],
  glider: [".#.", "..#", "###"],
  "r-pentomino": [".##", "##.", ".#."],
};

/** Of so many cells of a soup one lives. */
const SOUP_OF = 3;

/** A board with a pattern in its middle. */
export function boardOf(pattern: PatternName, size: number, random: Random): Band {
  const board = blankBand(size);
  if (pattern === "soup") {
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (random.below(SOUP_OF) === 0) flip(board, x, y);
    return board;
  }
  const middle = Math.floor(size / 2);
  for (const [y, row] of DRAWN[pattern].entries())
    for (const [x, cell] of [...row].entries()) if (cell === "#") flip(board, middle + x, middle + y);
  return board;
}
