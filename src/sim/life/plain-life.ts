/**
 * The Game of Life as its rule is written, a cell after the other: what the peers compute is compared with it. It shares
 * nothing with the kernel of `apps/life`.
 */
import { type Band, blankBand, countAlive, flip, isAlive, type Topology } from "../../core/board.ts";

/** Neighbours with which a cell lives on, and with which alone one is born. */
const LIVES_ON_WITH = 2;
const BORN_WITH = 3;

/** A cell a byte, row behind row. */
interface Cells {
  readonly rows: number;
  readonly alive: Uint8Array;
}

/** A board as it goes on, turn by turn. */
export class Course {
  readonly #topology: Topology;
  readonly #size: number;
  #turn: number;
  #cells: Cells;

  /** @param turn which the board is of */
  constructor(board: Band, topology: Topology, turn = 0) {
    this.#topology = topology;
    this.#size = board.size;
    this.#turn = turn;
    this.#cells = cellsOf(board);
  }

  /** The latest turn that was asked for. */
  get turn(): number {
    return this.#turn;
  }

  /** Goes on to a turn that is not before the latest one: the board, and how many cells of it live. */
  at(turn: number): { readonly board: Band; readonly alive: number } {
    for (; this.#turn < turn; this.#turn++) this.#cells = next(this.#around(), this.#size, this.#topology);
    const board = bandOf(this.#cells, this.#size);
    return { board, alive: countAlive(board) };
  }

  /** The rows with one more above and below. */
  #around(): Cells {
    const size = this.#size;
    const { rows, alive } = this.#cells;
    const around = new Uint8Array((rows + 2) * size);
    around.set(alive, size);
    if (this.#topology === "torus") {
      around.set(alive.subarray((rows - 1) * size), 0);
      around.set(alive.subarray(0, size), (rows + 1) * size);
    }
    return { rows: rows + 2, alive: around };
  }
}

/** All rows but the first and the last, a turn later. */
function next({ rows, alive }: Cells, size: number, topology: Topology): Cells {
  const later = new Uint8Array((rows - 2) * size);
  for (let row = 1; row < rows - 1; row++) {
    for (let x = 0; x < size; x++) {
      const at = row * size + x;
      const neighbours = neighboursOf(alive, row, x, size, topology);
      const lives = neighbours === BORN_WITH || (alive[at] === 1 && neighbours === LIVES_ON_WITH);
      later[at - size] = lives ? 1 : 0;
    }
  }
  return { rows: rows - 2, alive: later };
}

function neighboursOf(alive: Uint8Array, row: number, x: number, size: number, topology: Topology): number {
  let count = 0;
  for (let dx = -1; dx <= 1; dx++) {
    let column = x + dx;
    if (column < 0 || column === size) {
      if (topology === "plane") continue;
      column = (column + size) % size;
    }
    const at = row * size + column;
    count += (alive[at - size] ?? 0) + (alive[at + size] ?? 0) + (dx === 0 ? 0 : (alive[at] ?? 0));
  }
  return count;
}

function cellsOf(band: Band): Cells {
  const { size, rows } = band;
  const alive = new Uint8Array(rows * size);
  for (let row = 0; row < rows; row++)
    for (let x = 0; x < size; x++) alive[row * size + x] = isAlive(band, x, row) ? 1 : 0;
  return { rows, alive };
}

function bandOf({ rows, alive }: Cells, size: number): Band {
  const band = blankBand(size, rows);
  for (let at = 0; at < alive.length; at++) if (alive[at] === 1) flip(band, at % size, Math.floor(at / size));
  return band;
}
