import { cut, safeText, textWidth } from "./safe-text.ts";
import { END, type Style, type Theme } from "./theme.ts";

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** A line of the screen before it is painted: a plain string, or pieces. */
export type Line = string | readonly (string | Span)[];

/** A piece in a style. */
export function span(style: Style, text: string): Span {
  return { text, style };
}

/** The text of a line without its styles. */
export function plain(line: Line): string {
  return spansOf(line)
    .map((piece) => piece.text)
    .join("");
}

/** Columns that a line takes. */
export function widthOf(line: Line): number {
  return textWidth(plain(line));
}

/**
 * The line as the terminal gets it, cut at `width` columns and without blanks at its end: ink fills the rest, and every
 * character that it is given costs time. This is the render boundary: whatever a span holds is made safe here once more,
 * so that no caller can forget to.
 */
export function paint(line: Line, width: number, theme: Theme): string {
  const pieces = spansOf(line).filter((piece) => piece.text !== "");
  let painted = "";
  let left = width;
  for (const [index, { text, style }] of pieces.entries()) {
    if (left <= 0) break;
    const safe = safeText(text, Number.MAX_SAFE_INTEGER);
    const wide = textWidth(safe);
    const full = wide > left || (wide === left && index < pieces.length - 1);
    const whole = full ? cut(`${safe} `, left) : safe;
    const kept = index === pieces.length - 1 ? whole.trimEnd() : whole;
    painted += theme.begin[style] === "" ? kept : theme.begin[style] + kept + END;
    left -= full ? left : wide;
  }
  return painted;
}

/** Text in a column of `width`: cut, or filled with blanks on the other side. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const kept = cut(text, width);
  const blanks = " ".repeat(Math.max(0, width - textWidth(kept)));
  return align === "left" ? kept + blanks : blanks + kept;
}

/** A line with `right` at its right end, if both fit into `width`; else `left` alone. */
export function spread(left: Line, right: Line, width: number): Line {
  const gap = width - widthOf(left) - widthOf(right);
  return gap < 1 ? left : [...spansOf(left), " ".repeat(gap), ...spansOf(right)];
}

/** Pieces joined by a separator. */
export function joined(parts: readonly Line[], separator: string): readonly (string | Span)[] {
  return parts.flatMap((part, index) => (index === 0 ? spansOf(part) : [span("dim", separator), ...spansOf(part)]));
}

/** Breaks plain text into lines of at most `width` columns, at blanks where there are any, else within words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((whole) => piecesOf(whole, width))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A word in pieces that fit. */
function piecesOf(word: string, width: number): readonly string[] {
  if (textWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (piece !== "" && textWidth(piece + character) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}

function spansOf(line: Line): Span[] {
  if (typeof line === "string") return [{ text: line, style: "plain" }];
  return line.map((piece) => (typeof piece === "string" ? { text: piece, style: "plain" } : piece));
}
