import { type Band, blankBand, flip, isAlive, type Topology } from "../../../src/core/board.ts";
import type { Random } from "../../../src/core/random.ts";
import type { Work } from "../../../src/protocols/broker/message.ts";

/** A board of which each cell lives with a chance of one in `oneIn`. */
export function randomBoard(random: Random, size: number, oneIn = 3): Band {
  const board = blankBand(size);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (random.below(oneIn) === 0) flip(board, x, y);
  return board;
}

/** A board some turns later, cell by cell. */
export function boardAfter(board: Band, topology: Topology, turns: number): Band {
  const { size } = board;
  const row = (y: number): number | null => {
    if (topology === "torus") return (y + size) % size;
    return y >= 0 && y < size ? y : null;
  };
  let now = board;
  for (let turn = 0; turn < turns; turn++) now = next(now, topology, size, (y) => row(y));
  return now;
}

/** What a worker makes of a piece of work: the rows of the result. */
export function workDone({ topology, turns, y, band }: Work): Band {
  let now = band;
  for (let turn = 1; turn <= turns; turn++) {
    const rows = band.rows - 2 * turn;
    const first = y - turns + turn;
    const after = next(now, topology, rows, (row) => row + 1);
    // Beyond the edges of a plane nothing ever lives.
    if (topology === "plane") {
      for (let row = 0; row < rows; row++)
        if (first + row < 0 || first + row >= band.size)
          for (let x = 0; x < band.size; x++) if (isAlive(after, x, row)) flip(after, x, row);
    }
    now = after;
  }
  return now;
}

/** The next turn of some rows; `rowOf` says where the rows around them are, null for nowhere. */
function next(from: Band, topology: Topology, rows: number, rowOf: (y: number) => number | null): Band {
  const { size } = from;
  const lives = Array.from({ length: from.rows }, (_, y) =>
    Array.from({ length: size }, (_, x) => (isAlive(from, x, y) ? 1 : 0)),
  );
  const nowhere = Array.from({ length: size }, () => 0);
  const to = blankBand(size, rows);
  for (let y = 0; y < rows; y++) {
    const around = [y - 1, y, y + 1].map((each) => lives[rowOf(each) ?? -1] ?? nowhere);
    for (let x = 0; x < size; x++) {
      const columns = [x - 1, x, x + 1].map((each) => (topology === "torus" ? (each + size) % size : each));
      const own = around[1]?.[x] ?? 0;
      let neighbours = -own;
      for (const row of around) for (const column of columns) neighbours += row[column] ?? 0;
      if (neighbours === 3 || (neighbours === 2 && own === 1)) flip(to, x, y);
    }
  }
  return to;
}
