import { Fingerprint } from "./fingerprint.ts";

/** Side of the smallest and of the largest board of a job, in cells. */
export const MIN_BOARD_SIZE = 16;
export const MAX_BOARD_SIZE = 16_384;

/** Rows of cells, 32 to a word: the leftmost cell of a word is its highest bit; what is right of a row's end is zero. */
export interface Band {
  /** Cells in a row: the side of the board that it is of. */
  readonly size: number;
  readonly rows: number;
  /** Row behind row, each in whole words. */
  readonly words: Uint32Array;
}

/** What is beyond the edges of a board: its other side, or nothing that lives. */
export const TOPOLOGIES = ["torus", "plane"] as const;

/** One of those. */
export type Topology = (typeof TOPOLOGIES)[number];

/** Words that a row of so many cells takes. */
export function wordsPerRow(size: number): number {
  return (size + 31) >>> 5;
}

/** Rows without a live cell; a board where there are as many rows as cells in a row. */
export function blankBand(size: number, rows: number = size): Band {
  return { size, rows, words: new Uint32Array(rows * wordsPerRow(size)) };
}

/** Whether a cell lives. */
export function isAlive({ size, words }: Band, x: number, y: number): boolean {
  return (((words[y * wordsPerRow(size) + (x >>> 5)] ?? 0) >>> (31 - (x & 31))) & 1) === 1;
}

/** Turns a cell over. */
export function flip({ size, words }: Band, x: number, y: number): void {
  const at = y * wordsPerRow(size) + (x >>> 5);
  words[at] = (words[at] ?? 0) ^ (0x8000_0000 >>> (x & 31));
}

/** Turns those cells over that live in `mask`, a band of the same size and rows. */
export function flipAll({ words }: Band, mask: Band): void {
  for (let at = 0; at < words.length; at++) words[at] = (words[at] as number) ^ (mask.words[at] as number);
}

/** `count` rows from `first` on: a view of the same words, not a copy. */
export function rowsOf({ size, words }: Band, first: number, count: number): Band {
  const perRow = wordsPerRow(size);
  return { size, rows: count, words: words.subarray(first * perRow, (first + count) * perRow) };
}

/**
 * A copy of `count` rows of a whole board from `first` on, which may be above the board as the last may be below it: there
 * are the rows of its other side on a torus, and blank ones on a plane.
 */
export function rowsAround(board: Band, topology: Topology, first: number, count: number): Band {
  const { size } = board;
  const around = blankBand(size, count);
  for (let row = 0; row < count; ) {
    const from = first + row;
    const within = ((from % size) + size) % size;
    const here = Math.min(size - within, count - row);
    const isBlank = topology === "plane" && from !== within;
    if (!isBlank) putRows(around, rowsOf(board, within, here), row);
    row += here;
  }
  return around;
}

/** Puts rows where others were, from row `at` on. */
export function putRows(into: Band, rows: Band, at: number): void {
  into.words.set(rows.words, at * wordsPerRow(into.size));
}

/** A name for these rows: 16 hex digits, the same wherever they are the same. No defence against forgery. */
export function hashOf({ size, words }: Band): string {
  const fingerprint = new Fingerprint();
  fingerprint.number(size);
  fingerprint.words(words);
  return fingerprint.hex();
}

/** Live cells. */
export function countAlive({ words }: Band): number {
  let alive = 0;
  for (let at = 0; at < words.length; at++) alive += bitsOf(words[at] as number);
  return alive;
}

/** Bits of a word that are set, summed in parallel. */
function bitsOf(word: number): number {
  // All within 32 bits with a sign: more would cost several times as much.
  const pairs = ((word | 0) - ((word >>> 1) & 0x5555_5555)) | 0;
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
