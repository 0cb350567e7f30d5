import { advance } from "../../../src/apps/life/kernel.ts";
import { type Band, rowsAround, type Topology } from "../../../src/core/board.ts";

/** The most turns that are computed at once: the rows that it takes around the board are computed too. */
const MOST_AT_ONCE = 32;

/** A whole board so many turns later, as one band, by the kernel. */
export function later(board: Band, topology: Topology, turns: number): Band {
  let now = board;
  for (let done = 0; done < turns; done += MOST_AT_ONCE) {
    const next = Math.min(MOST_AT_ONCE, turns - done);
    now = advance(rowsAround(now, topology, -next, board.size + 2 * next), { topology, turns: next, y: 0 });
  }
  return now;
}
