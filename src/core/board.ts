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

/** Live cells. */
export function countAlive({ words }: Band): number {
  let alive = 0;
  for (const word of words) alive += bitsOf(word);
  return alive;
}

/** Bits of a word that are set, summed in parallel. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
