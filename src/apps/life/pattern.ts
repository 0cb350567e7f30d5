import { type Band, blankBand, wordsPerRow } from "../../core/board.ts";
import { bad, type Parsed } from "./parsed.ts";
import { readPlaintext } from "./plaintext.ts";
import { readRle } from "./rle.ts";

/** Characters of a text that is read as a pattern, at most. */
export const MAX_PATTERN_LENGTH = 64 * 1024 * 1024;

/** Reads run lengths (.rle) or plaintext (.cells), whichever it is. */
export function parsePattern(text: string): Parsed {
  if (text.length > MAX_PATTERN_LENGTH) {
    return bad(1, 1, `a pattern of ${text.length} characters: ${MAX_PATTERN_LENGTH} are read at most`);
  }
  switch (text.charAt(text.search(/\S/))) {
    case "#":
    case "x":
    case "X":
      return readRle(text);
    case "!":
    case ".":
    case "O":
      return readPlaintext(text);
    default:
      return bad(1, 1, 'it is neither run lengths, which begin with "x =", nor plaintext, which is of . and O');
  }
}

/** A board, or why there is none. */
export type Placed =
  | { readonly kind: "board"; readonly board: Band }
  | { readonly kind: "bad"; readonly reason: string };

/** A board of that side with a pattern in its middle. */
export function boardFrom(pattern: Band, size: number): Placed {
  const { size: width, rows: height } = pattern;
  if (width > size || height > size) {
    return { kind: "bad", reason: `the pattern is ${width} by ${height} cells, and the board ${size} by ${size}` };
  }
  const board = blankBand(size);
  const left = (size - width) >>> 1;
  const top = (size - height) >>> 1;
  for (let y = 0; y < height; y++) putRow(board, pattern, y, left, top + y);
  return { kind: "board", board };
}

/** Puts row `y` of a pattern on a board, from a cell on. */
function putRow(board: Band, pattern: Band, y: number, left: number, row: number): void {
  const perRow = wordsPerRow(pattern.size);
  const shift = left & 31;
  let to = row * wordsPerRow(board.size) + (left >>> 5);
  for (const word of pattern.words.subarray(y * perRow, (y + 1) * perRow)) {
    board.words[to] = (board.words[to] as number) | (word >>> shift);
    to += 1;
    const cut = shift === 0 ? 0 : word << (32 - shift);
    // Where nothing is left of a word, the one after it may be another row's, or none.
    if (cut !== 0) board.words[to] = cut;
  }
}
