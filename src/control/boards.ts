import { boardFrom, parsePattern } from "../apps/life/pattern.ts";
import { type Band, blankBand, flip } from "../core/board.ts";
import { seededRandom } from "../core/random.ts";
import { type Reading, wrong } from "./grammar.ts";

/** Side of a board where none is said and the pattern has room in it. */
const USUAL_SIZE = 128;

/** One cell of so many lives where chance decides. */
const ONE_IN = 3;

/**
 * A board with a pattern in its middle, or why there is none, and where in the text that shows.
 *
 * @param text run lengths or plaintext
 * @param size null for the usual one, or what the pattern needs
 */
export function boardOf(text: string, size: number | null): Reading<Band> {
  const parsed = parsePattern(text);
  if (parsed.kind === "bad") return wrong(`line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
  const { pattern } = parsed;
  const placed = boardFrom(pattern, size ?? Math.max(USUAL_SIZE, pattern.size, pattern.rows));
  return placed.kind === "board" ? { ok: true, value: placed.board } : wrong(`${placed.reason}: say a larger size`);
}

/** A board on which chance decides who lives; the same seed gives the same one. */
export function randomBoard(size: number | null, seed: number): Band {
  const random = seededRandom(seed);
  const board = blankBand(size ?? USUAL_SIZE);
  for (let y = 0; y < board.rows; y++)
    for (let x = 0; x < board.size; x++) if (random.below(ONE_IN) === 0) flip(board, x, y);
  return board;
}
