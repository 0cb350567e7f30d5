/** Patterns as they look: lines of "!" and comment, then a line a row, "." a dead cell and "O" a live one. */
import { type Band, blankBand, flip } from "../../core/board.ts";
import { type BadPattern, bad, type Parsed, tooLong } from "./parsed.ts";
import { quoted } from "./rle.ts";

/** A line that stands for a row. */
interface Row {
  readonly cells: string;
  readonly line: number;
}

/** Reads a pattern as it looks; rows may be of different lengths. */
export function readPlaintext(text: string): Parsed {
  const rows: Row[] = [];
  let width = 1;
  for (const row of linesOf(text.trimEnd())) {
    if (row.cells.startsWith("!")) continue;
    rows.push(row);
    width = Math.max(width, row.cells.length);
    const refused = tooLong("wide", width) ?? tooLong("high", rows.length);
    if (refused !== undefined) return bad(row.line, 1, refused);
  }
  if (rows.length === 0) return bad(1, 1, "it has no line of . and O");
  const pattern = blankBand(width, rows.length);
  for (const [y, row] of rows.entries()) {
    const problem = readRow(pattern, y, row);
    if (problem !== undefined) return problem;
  }
  return { kind: "pattern", pattern };
}

/** One after the other: where there are too many, the rest is never looked at. */
function* linesOf(text: string): Generator<Row> {
  let start = 0;
  for (let line = 1; start <= text.length; line++) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    yield { cells: text.slice(start, end).trimEnd(), line };
    start = end + 1;
  }
}

function readRow(pattern: Band, y: number, { cells, line }: Row): BadPattern | undefined {
  for (let x = 0; x < cells.length; x++) {
    const cell = cells.charAt(x);
    if (cell === "O") flip(pattern, x, y);
    else if (cell !== ".") return bad(line, x + 1, `${quoted(cells, x)} is neither . nor O`);
  }
  return undefined;
}
