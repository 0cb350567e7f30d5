import { type Band, blankBand, flip } from "../../src/core/board.ts";

/** A board in whose corner a glider sets out: five cells, one down and to the right every four turns. */
export function gliderBoard(size: number): Band {
  const board = blankBand(size);
  for (const [x, y] of [
    [1, 0],
    [2, 1],
    [0, 2],
    [1, 2],
    [2, 2],
  ] as const)
    flip(board, x, y);
  return board;
}
