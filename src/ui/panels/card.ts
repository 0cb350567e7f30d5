import { type Line, span, wrap } from "../line.ts";

/** What stands over the panels: a title, and lines that scroll. */
export interface Card {
  readonly title: string;
  readonly lines: readonly Line[];
}

const FIELD_WIDTH = 14;

/** A line of a card: what it is called, and what it is. */
export function field(name: string, value: string): Line {
  return [span("dim", ` ${name.padEnd(FIELD_WIDTH)}`), value];
}

/** The same on as many lines as it needs. */
export function wrapField(name: string, value: string, columns: number): Line[] {
  const [first = "", ...rest] = wrap(value, columns - FIELD_WIDTH - 2);
  return [field(name, first), ...rest.map((text) => field("", text))];
}
