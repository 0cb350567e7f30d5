import { type Band, blankBand, flip } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";

/** Rows in which so many cells of a hundred live. */
export function randomBand(size: number, rows: number, percent: number, seed: number): Band {
  const random = seededRandom(seed);
  const band = blankBand(size, rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < size; x++) if (random.below(100) < percent) flip(band, x, y);
  }
  return band;
}
