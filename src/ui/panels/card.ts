import { type Line, span, wrap } from "../line.ts";
import { safeText } from "../safe-text.ts";

/** What stands over the panels: a title, and lines that scroll. */
export interface Card {
  readonly title: string;
  readonly lines: readonly Line[];
}

const FIELD_WIDTH = 14;

/** Columns that are shown of a line of text, at most. */
const LONGEST = 1000;

/** A line of a card: what it is called, and what it is. */
export function field(name: string, value: string): Line {
  return [span("dim", ` ${name.padEnd(FIELD_WIDTH)}`), value];
}

/** The same on as many lines as it needs. */
export function wrapField(name: string, value: string, columns: number): Line[] {
  const [first = "", ...rest] = wrap(value, columns - FIELD_WIDTH - 2);
  return [field(name, first), ...rest.map((text) => field("", text))];
}

/** A text from outside, made safe, each of its lines on as many as it needs. */
export function textFields(name: string, text: string, columns: number): readonly Line[] {
  return text
    .split(/\r\n|[\r\n]/)
    .flatMap((line, index) =>
      wrapField(index === 0 ? name : "", safeText(line.replaceAll("\t", " "), LONGEST), columns),
    );
}
