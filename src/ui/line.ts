import stringWidth from "string-width";
import { cut, safeText } from "./safe-text.ts";
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
  return stringWidth(plain(line));
}

/**
 * The line as the terminal gets it, exactly `width` columns wide: cut or filled with blanks. This is the render
 * boundary: whatever a span holds is made safe here once more, so that no caller can forget to.
 */
export function paint(line: Line, width: number, theme: Theme): string {
  let painted = "";
  let left = width;
  const spans = spansOf(line);
  for (const [index, { text, style }] of spans.entries()) {
    if (left <= 0) break;
    const safe = safeText(text, Number.MAX_SAFE_INTEGER);
    const more = index < spans.length - 1 && spans.slice(index + 1).some((later) => later.text !== "");
    const wide = stringWidth(safe);
    const kept = wide > left || (wide === left && more) ? cut(`${safe} `, left) : safe;
    painted += theme.begin[style] === "" ? kept : theme.begin[style] + kept + END;
    left -= stringWidth(kept);
  }
  return painted + " ".repeat(Math.max(0, left));
}

/** Text in a column of `width`: cut, or filled with blanks on the other side. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const kept = cut(text, width);
  const blanks = " ".repeat(Math.max(0, width - stringWidth(kept)));
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

/** Breaks plain text into lines of at most `width` columns, at blanks where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && stringWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function spansOf(line: Line): Span[] {
  if (typeof line === "string") return [{ text: line, style: "plain" }];
  return line.map((piece) => (typeof piece === "string" ? { text: piece, style: "plain" } : piece));
}
