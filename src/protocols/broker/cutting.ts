import { type Band, rowsAround, rowsOf, type Topology } from "../../core/board.ts";

/** Turns that a slice is computed ahead, at most: so many rows more it needs above and below. */
export const MAX_TURNS = 64;

/** Rows of a slice, at least, where the board has as many. */
const MIN_ROWS = 8;

/** Bytes of cells in one message, at most: with all that is around them it stays below 1 MiB. */
export const MAX_CELL_BYTES = 1_000_000;

/** Rows of a board that fit into one message between peers. */
export function rowsInMessage(size: number): number {
  return Math.floor(MAX_CELL_BYTES / ((size + 7) >>> 3));
}

/**
 * Some rows of a board with `turns` rows more above and below, as they are around a torus, blank beyond the edges of a plane.
 * A view of the board where it can be one.
 */
export function bandAround(board: Band, topology: Topology, y: number, rows: number, turns: number): Band {
  const first = y - turns;
  const count = rows + 2 * turns;
  if (first >= 0 && first + count <= board.rows) return rowsOf(board, first, count);
  return rowsAround(board, topology, first, count);
}

/**
 * Rows of the next slice: the worker's share of the board, not so few that they are not worth a message, nor so few left.
 *
 * @param share part of the board that is for one as quick as the worker, 0 to 1
 * @param left rows of the board that are not cut yet
 */
export function rowsForShare(size: number, turns: number, share: number, left: number): number {
  const most = rowsInMessage(size) - 2 * turns;
  const wanted = Math.max(MIN_ROWS, Math.ceil(size * share));
  const rows = left - wanted < MIN_ROWS ? left : wanted;
  return Math.min(rows, most);
}
