import { type Band, blankBand, flip, MAX_BOARD_SIZE } from "../core/board.ts";
import { seededRandom } from "../core/random.ts";
import { type Reading, wrong } from "./grammar.ts";

/** Side of a board where none is said and the pattern has room in it. */
const USUAL_SIZE = 128;

/** One cell of so many lives where chance decides. */
const ONE_IN = 3;

/** Cells of a pattern, in its own columns and rows. */
interface Shape {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly (readonly [x: number, y: number])[];
}

/** A board with a pattern in its middle, or why there is none. `size`: null for the usual one, or what it needs. */
export function boardOf(text: string, size: number | null): Reading<Band> {
  const shape = shapeOf(text);
  if (shape === undefined) return wrong("no pattern in RLE");
  const needed = Math.max(shape.width, shape.height);
  const side = size ?? Math.max(USUAL_SIZE, needed);
  if (needed > side) return wrong(`the pattern has ${shape.width} x ${shape.height} cells: say size ${needed}`);
  if (side > MAX_BOARD_SIZE) return wrong(`the pattern needs more than ${MAX_BOARD_SIZE} cells a side`);
  const board = blankBand(side);
  const left = (side - shape.width) >> 1;
  const top = (side - shape.height) >> 1;
  for (const [x, y] of shape.cells) flip(board, left + x, top + y);
  return { ok: true, value: board };
}

/** A board on which chance decides who lives; the same seed gives the same one. */
export function randomBoard(size: number | null, seed: number): Band {
  const random = seededRandom(seed);
  const board = blankBand(size ?? USUAL_SIZE);
  for (let y = 0; y < board.rows; y++)
    for (let x = 0; x < board.size; x++) if (random.below(ONE_IN) === 0) flip(board, x, y);
  return board;
}

function shapeOf(text: string): Shape | undefined {
  const body = text
    .split(/\r?\n/)
    .filter((line) => !/^\s*(#|x\s*=)/.test(line))
    .join("");
  const cells: [number, number][] = [];
  let [x, y, width] = [0, 0, 0];
  for (const [, digits = "", sign = ""] of body.matchAll(/(\d*)([bo$!])/g)) {
    if (sign === "!") return { width, height: y + 1, cells };
    const times = digits === "" ? 1 : Number(digits);
    if (times > MAX_BOARD_SIZE) return undefined;
    if (sign === "$") [x, y] = [0, y + times];
    else if (sign === "b") x += times;
    else for (let n = 0; n < times; n++) cells.push([x++, y]);
    width = Math.max(width, x);
  }
  return undefined;
}
