import { type Band, countAlive } from "../../../src/core/board.ts";
import { type NamedBoard, nameBoard } from "../../../src/protocols/broker/named-board.ts";

/** A board by its name, its cells counted. */
export function nameOf(board: Band): NamedBoard {
  return nameBoard(board, countAlive(board));
}
