import { dotsOf } from "../board-window.ts";
import type { Glyphs } from "../theme.ts";

/** What is drawn of a picture: its dots, each `times` by `times` as large. */
export interface Dots {
  readonly rows: readonly string[];
  /** Dots of a row. */
  readonly width: number;
  readonly times: number;
}

/** By column, then by line, the dot of a Braille character as Unicode numbers them. */
const BRAILLE_BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BRAILLE = 0x2800;

/** Lines that so many rows of dots take. */
export function linesOf({ rows, times }: Dots, braille: boolean): number {
  return Math.ceil((rows.length * times) / (braille ? 4 : 2));
}

/** The characters of a line, one for each column. */
export function charactersOf(dots: Dots, line: number, braille: boolean, glyphs: Glyphs): string {
  return braille ? brailleLine(dots, line) : halvesLine(dots, line, glyphs);
}

function halvesLine(dots: Dots, line: number, { halves }: Glyphs): string {
  const upper = sampled(dots, 2 * line);
  const lower = sampled(dots, 2 * line + 1);
  let text = "";
  for (let column = 0; column < dots.width * dots.times; column++)
    text += halves[(upper[column] ?? 0) * 2 + (lower[column] ?? 0)];
  return text;
}

function brailleLine(dots: Dots, line: number): string {
  const rows = [0, 1, 2, 3].map((down) => sampled(dots, 4 * line + down));
  let text = "";
  for (let column = 0; column < Math.ceil((dots.width * dots.times) / 2); column++) {
    let sign = 0;
    for (const [across, bits] of BRAILLE_BITS.entries())
      for (const [down, bit] of bits.entries()) sign |= rows[down]?.[2 * column + across] === 1 ? bit : 0;
    // The blank of Braille is no blank to every font.
    text += sign === 0 ? " " : String.fromCharCode(BRAILLE + sign);
  }
  return text;
}

/** A row of dots as it is drawn: 1 where one is set. */
function sampled({ rows, width, times }: Dots, row: number): Uint8Array {
  const dots = dotsOf(rows[Math.floor(row / times)] ?? "", width);
  return times === 1 ? dots : Uint8Array.from({ length: width * times }, (_, at) => dots[Math.floor(at / times)] ?? 0);
}
