/**
 * Conway's Game of Life on bits: a word is 32 cells side by side, and the neighbours of all 32 are summed at once. A sum is
 * two words, one of its low bits ("ones") and one of its high bits ("twos"). Each column of three cells is summed first, so
 * that what lies left and right of a word are the sums before and after it.
 */
import { assert } from "../../core/assert.ts";
import { type Band, type Topology, wordsPerRow } from "../../core/board.ts";

/** How far a band is taken, and where on its board it is. */
export interface Ahead {
  readonly topology: Topology;
  readonly turns: number;
  /** The row of the board that the first row of the result is; it matters on a plane only. */
  readonly y: number;
  /** Rows that the board has; unless told, as many as columns. */
  readonly boardRows?: number;
}

/** Rows in memory of their own, which can be handed to another thread. */
export interface OwnBand extends Band {
  readonly words: Uint32Array<ArrayBuffer>;
}

/** Rows at one turn. */
interface Sheet {
  readonly cells: Int32Array<ArrayBuffer>;
  /** By row, the word of its first live cell; in a row where none lives, the length of a row. */
  readonly first: Int32Array;
  /** By row, the word after that of its last live cell; in a row where none lives, 0. */
  readonly end: Int32Array;
}

/** What all rows have in common. */
interface Grid {
  readonly size: number;
  readonly perRow: number;
  readonly isTorus: boolean;
}

/**
 * The rows `turns` turns later. The band that is given has `turns` rows more above and below. Columns go on at the other
 * side where the board is a torus; beyond the edges of a plane nothing lives, whatever the band says of the rows there.
 *
 * @throws InvariantViolation for a band of fewer rows than that takes
 */
export function advance(band: Band, { topology, turns, y, boardRows = band.size }: Ahead): OwnBand {
  const { size, rows } = band;
  assert(rows >= 2 * turns, `${rows} rows for ${turns} turns`);
  const grid: Grid = { size, perRow: wordsPerRow(size), isTorus: topology === "torus" };
  // Those of the rows that are on the board.
  const top = grid.isTorus ? 0 : within(turns - y, rows);
  const bottom = grid.isTorus ? rows : within(turns - y + boardRows, rows);
  let now = sheetOf(cellsOf(band, top, bottom, grid), rows, grid);
  let next = sheetOf(new Int32Array(now.cells.length), rows, grid);
  for (let turn = 1; turn <= turns; turn++) {
    // Of each row the two beside it are known, so there is one less at either end every turn.
    const end = Math.min(bottom, rows - turn);
    for (let row = Math.max(top, turn); row < end; row++) turnRow(now, next, row, grid);
    [now, next] = [next, now];
  }
  const kept = now.cells.slice(turns * grid.perRow, (rows - turns) * grid.perRow);
  return { size, rows: rows - 2 * turns, words: new Uint32Array(kept.buffer) };
}

function within(row: number, rows: number): number {
  return Math.max(0, Math.min(rows, row));
}

/** A copy with a sign, in which words are the engine's small integers; blank outside of the board. */
function cellsOf({ words }: Band, top: number, bottom: number, { perRow }: Grid): Int32Array<ArrayBuffer> {
  const cells = new Int32Array(words.length);
  cells.set(words.subarray(top * perRow, bottom * perRow), top * perRow);
  return cells;
}

function sheetOf(cells: Int32Array<ArrayBuffer>, rows: number, { perRow }: Grid): Sheet {
  const sheet = { cells, first: new Int32Array(rows), end: new Int32Array(rows) };
  for (let row = 0; row < rows; row++) noteExtent(sheet, row, 0, perRow, perRow);
  return sheet;
}

/** Notes where the live cells of a row are, all of which are in its words from `from` to `to`. */
function noteExtent({ cells, first, end }: Sheet, row: number, from: number, to: number, perRow: number): void {
  const start = row * perRow;
  let low = from;
  let high = to;
  while (low < high && cells[start + low] === 0) low++;
  while (low < high && cells[start + high - 1] === 0) high--;
  first[row] = low < high ? low : perRow;
  end[row] = low < high ? high : 0;
}

/** Computes one row of `next`: only as far as there is life near it, which in most rows of a sparse board is nowhere. */
function turnRow(now: Sheet, next: Sheet, row: number, grid: Grid): void {
  const { perRow } = grid;
  const low = lowest(now.first, row);
  const high = highest(now.end, row);
  let from = perRow;
  let to = perRow;
  if (low < high) {
    const isWhole = grid.isTorus && (low === 0 || high === perRow);
    from = isWhole ? 0 : Math.max(0, low - 1);
    to = isWhole ? perRow : Math.min(perRow, high + 1);
  }
  wipe(next, row, from, to, perRow);
  if (from < to) turnWords(now.cells, next.cells, row * perRow, from, to, grid);
  noteExtent(next, row, from, to, perRow);
}

function lowest(first: Int32Array, row: number): number {
  const beside = Math.min(first[row - 1] as number, first[row + 1] as number);
  return Math.min(beside, first[row] as number);
}

function highest(end: Int32Array, row: number): number {
  const beside = Math.max(end[row - 1] as number, end[row + 1] as number);
  return Math.max(beside, end[row] as number);
}

/** Blanks what is left in a row of the turn before the last, except for its words from `from` to `to`. */
function wipe({ cells, first, end }: Sheet, row: number, from: number, to: number, perRow: number): void {
  const start = row * perRow;
  const low = first[row] as number;
  const high = end[row] as number;
  if (low < from) cells.fill(0, start + low, start + Math.min(from, high));
  if (high > to) cells.fill(0, start + Math.max(to, low), start + high);
}

/**
 * Computes the words `from` to `to` of the row that begins at `start`. Nothing lives in those before and after them, unless
 * the row begins or ends there.
 */
function turnWords(now: Int32Array, next: Int32Array, start: number, from: number, to: number, grid: Grid): void {
  const { size, perRow, isTorus } = grid;
  const unused = -size & 31;
  // Of the words beside the row only the one bit counts that is next to it.
  const wrapsLeft = isTorus && from === 0;
  const edge = start + perRow - 1;
  let leftOnes = wrapsLeft ? onesAt(now, edge, perRow) >>> unused : 0;
  let leftTwos = wrapsLeft ? twosAt(now, edge, perRow) >>> unused : 0;
  const wrapsRight = isTorus && to === perRow;
  const firstOnes = wrapsRight ? onesAt(now, start, perRow) >>> 31 : 0;
  const firstTwos = wrapsRight ? twosAt(now, start, perRow) >>> 31 : 0;

  let at = start + from;
  let here = now[at] as number;
  let outerOnes = outerOnesAt(now, at, perRow);
  let outerTwos = outerTwosAt(now, at, perRow);
  let ones = outerOnes ^ here;
  let twos = outerTwos | (outerOnes & here);
  for (const last = start + to - 1; at < last; at++) {
    const right = now[at + 1] as number;
    const rightOuterOnes = outerOnesAt(now, at + 1, perRow);
    const rightOuterTwos = outerTwosAt(now, at + 1, perRow);
    const rightOnes = rightOuterOnes ^ right;
    const rightTwos = rightOuterTwos | (rightOuterOnes & right);
    next[at] = turned(
      (ones >>> 1) | (leftOnes << 31),
      (twos >>> 1) | (leftTwos << 31),
      (ones << 1) | (rightOnes >>> 31),
      (twos << 1) | (rightTwos >>> 31),
      outerOnes,
      outerTwos,
      here,
    );
    leftOnes = ones;
    leftTwos = twos;
    ones = rightOnes;
    twos = rightTwos;
    outerOnes = rightOuterOnes;
    outerTwos = rightOuterTwos;
    here = right;
  }
  // The cell that is next to the last one goes beside it, which only in whole words is at their lowest bit.
  const gap = to === perRow ? unused : 0;
  const result = turned(
    (ones >>> 1) | (leftOnes << 31),
    (twos >>> 1) | (leftTwos << 31),
    (ones << 1) | (firstOnes << gap),
    (twos << 1) | (firstTwos << gap),
    outerOnes,
    outerTwos,
    here,
  );
  next[at] = result & (-1 << gap);
}

/** Low bits of the sums of the cells above and below a word. */
function outerOnesAt(cells: Int32Array, at: number, perRow: number): number {
  return (cells[at - perRow] as number) ^ (cells[at + perRow] as number);
}

/** High bits of those sums. */
function outerTwosAt(cells: Int32Array, at: number, perRow: number): number {
  return (cells[at - perRow] as number) & (cells[at + perRow] as number);
}

/** Low bits of the sums of a word's cells and those above and below. */
function onesAt(cells: Int32Array, at: number, perRow: number): number {
  return outerOnesAt(cells, at, perRow) ^ (cells[at] as number);
}

/** High bits of those sums. */
function twosAt(cells: Int32Array, at: number, perRow: number): number {
  return outerTwosAt(cells, at, perRow) | (outerOnesAt(cells, at, perRow) & (cells[at] as number));
}

/**
 * A word one turn later: who has three neighbours lives, and who has two and lives. Given are the sums of the columns left
 * and right of each cell, of what is above and below it, and the cells themselves.
 */
function turned(
  leftOnes: number,
  leftTwos: number,
  rightOnes: number,
  rightTwos: number,
  outerOnes: number,
  outerTwos: number,
  here: number,
): number {
  const sides = leftOnes ^ rightOnes;
  const isOdd = sides ^ outerOnes;
  const carried = (leftOnes & rightOnes) | (sides & outerOnes);
  // Two or three neighbours are exactly one two: an odd number of the four, and no pair of them.
  const oddSides = leftTwos ^ rightTwos;
  const oddRest = outerTwos ^ carried;
  const pairs = (leftTwos & rightTwos) | (outerTwos & carried);
  return (oddSides ^ oddRest) & ~pairs & (isOdd | here);
}
