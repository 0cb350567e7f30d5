import type { Band } from "../../core/board.ts";

/** Whether two bands have the same cells. */
export function isSameBand(one: Band, other: Band): boolean {
  if (one.size !== other.size || one.rows !== other.rows) return false;
  return one.words.every((word, at) => word === other.words[at]);
}
