import { type Band, MAX_BOARD_SIZE } from "../../core/board.ts";

/** What a text stands for: a pattern as wide and high as it says, or where and why it is none. */
export type Parsed = { readonly kind: "pattern"; readonly pattern: Band } | BadPattern;

/** Where a text is wrong, counted from 1, and what is. The reason may quote the text. */
export interface BadPattern {
  readonly kind: "bad";
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** Says where a text is wrong, and what is. */
export function bad(line: number, column: number, reason: string): BadPattern {
  return { kind: "bad", line, column, reason };
}

/** Why no pattern has so many cells one way; undefined where one may. */
export function tooLong(what: "wide" | "high", cells: number): string | undefined {
  if (cells === 0) return `a pattern 0 cells ${what}`;
  return cells > MAX_BOARD_SIZE ? `a pattern ${cells} cells ${what}: a board has ${MAX_BOARD_SIZE} at most` : undefined;
}
