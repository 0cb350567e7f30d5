import { fit, type Span, span } from "../line.ts";
import type { PanelRow, Subject } from "../model.ts";
import { textWidth } from "../safe-text.ts";

/** One column of a table of things. */
export interface Column<T> {
  readonly title: string;
  readonly least: number;
  readonly align: "left" | "right";
  readonly cell: (thing: T) => Span;
}

/** The column behind all others, which takes what they leave. */
interface LastColumn<T> {
  readonly title: string;
  /** Columns of the screen below which it says nothing. */
  readonly least: number;
  readonly cell: (thing: T, width: number) => string;
}

const GAP = " ";

/**
 * Things under the headings of their columns, a row each.
 *
 * @param choices ever fewer or narrower columns: the first that leaves enough room for the last column, else the last
 */
export function tableRows<T>(
  things: readonly T[],
  choices: readonly (readonly Column<T>[])[],
  last: LastColumn<T>,
  subjectOf: (thing: T) => Subject,
  width: number,
): PanelRow[] {
  let rows: PanelRow[] = [];
  for (const columns of choices) {
    const cells = things.map((thing) => columns.map(({ cell }) => cell(thing)));
    const widths = columns.map(({ title, least }, at) =>
      Math.max(least, title.length, ...cells.map((row) => textWidth(row[at]?.text ?? ""))),
    );
    const left = width - 1 - widths.reduce((sum, wide) => sum + wide + GAP.length, 0);
    const lines = things.map((thing, index): PanelRow => {
      const parts = columns.map(({ align }, at) => {
        const { style, text } = cells[index]?.[at] ?? span("plain", "");
        return [span(style, fit(text, widths[at] ?? 0, align)), GAP];
      });
      return { line: [" ", ...parts.flat(), last.cell(thing, Math.max(1, left))], subject: subjectOf(thing) };
    });
    const titles = columns.map(({ title, align }, at) => fit(title, widths[at] ?? 0, align));
    const heading = [span("dim", ` ${[...titles, last.title].join(GAP)}`)];
    rows = [{ line: heading, subject: null, isHeading: true }, ...lines];
    if (left >= last.least) break;
  }
  return rows;
}
