import { type Band, isAlive } from "../../src/core/board.ts";

/** Life as it is mostly written: a byte a cell on a torus, one cell at a time, with the cells beyond the edges copied. */
export class PlainLife {
  readonly #size: number;
  #now: Uint8Array;
  #next: Uint8Array;

  constructor(board: Band) {
    this.#size = board.size;
    const width = board.size + 2;
    this.#now = new Uint8Array(width * width);
    this.#next = new Uint8Array(width * width);
    for (let y = 0; y < board.size; y++) {
      for (let x = 0; x < board.size; x++) this.#now[(y + 1) * width + x + 1] = isAlive(board, x, y) ? 1 : 0;
    }
  }

  /** Live cells. */
  get alive(): number {
    let alive = 0;
    const width = this.#size + 2;
    for (let y = 1; y <= this.#size; y++) {
      for (let x = 1; x <= this.#size; x++) alive += this.#now[y * width + x] ?? 0;
    }
    return alive;
  }

  /** One turn. */
  turn(): void {
    this.#copyEdges();
    const now = this.#now;
    const next = this.#next;
    const width = this.#size + 2;
    for (let y = 1; y <= this.#size; y++) {
      const end = y * width + this.#size;
      for (let at = y * width + 1; at <= end; at++) next[at] = turned(now, at, width);
    }
    [this.#now, this.#next] = [next, now];
  }

  #copyEdges(): void {
    const cells = this.#now;
    const size = this.#size;
    const width = size + 2;
    for (let y = 1; y <= size; y++) {
      cells[y * width] = cells[y * width + size] ?? 0;
      cells[y * width + size + 1] = cells[y * width + 1] ?? 0;
    }
    cells.copyWithin(0, size * width, (size + 1) * width);
    cells.copyWithin((size + 1) * width, width, 2 * width);
  }
}

function turned(cells: Uint8Array, at: number, width: number): number {
  const above = at - width;
  const below = at + width;
  const neighbours =
    (cells[above - 1] as number) +
    (cells[above] as number) +
    (cells[above + 1] as number) +
    (cells[at - 1] as number) +
    (cells[at + 1] as number) +
    (cells[below - 1] as number) +
    (cells[below] as number) +
    (cells[below + 1] as number);
  return neighbours === 3 || (neighbours === 2 && cells[at] === 1) ? 1 : 0;
}
