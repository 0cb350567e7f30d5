import { type Band, blankBand, flip, isAlive, type Topology } from "../../../src/core/board.ts";

/** A whole board one turn later, cell by cell as the rule is told. */
export function nextTurn(board: Band, topology: Topology): Band {
  const next = blankBand(board.size);
  for (let y = 0; y < board.size; y++) {
    for (let x = 0; x < board.size; x++) {
      const neighbours = countAround(board, topology, x, y);
      if (neighbours === 3 || (neighbours === 2 && isAlive(board, x, y))) flip(next, x, y);
    }
  }
  return next;
}

/** A whole board so many turns later. */
export function turnsLater(board: Band, topology: Topology, turns: number): Band {
  let later = board;
  for (let turn = 0; turn < turns; turn++) later = nextTurn(later, topology);
  return later;
}

function countAround(board: Band, topology: Topology, x: number, y: number): number {
  const { size } = board;
  let alive = 0;
  for (const [dx, dy] of AROUND) {
    const [column, row] = [x + dx, y + dy];
    const isOff = column < 0 || row < 0 || column >= size || row >= size;
    if (isOff && topology === "plane") continue;
    if (isAlive(board, (column + size) % size, (row + size) % size)) alive += 1;
  }
  return alive;
}

const AROUND = [-1, 0, 1]
  .flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy] as const))
  .filter(([dx, dy]) => dx !== 0 || dy !== 0);
