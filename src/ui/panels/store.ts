import { isLoopback, portOf } from "../../core/address.ts";
import { count } from "../format.ts";
import { type Span, span, wrap } from "../line.ts";
import type { Model, PanelRow, Sort, SortedName } from "../model.ts";
import type { Column } from "./table.ts";

/** One column of the table of files, or of values. `sort`: what the panel is sorted by where it is sorted by this column. */
export type StoreColumn<T, Name extends SortedName> = Omit<Column<T>, "cell"> & {
  readonly sort?: Sort<Name>;
  /** `width`: of a name, at most. */
  readonly cell: (thing: T, width: number) => Span;
};

/** Orders names as people do: those with numbers by their numbers. */
export const collator = new Intl.Collator("en", { numeric: true });

/** The title of a column, with a sign where the panel is sorted by it because somebody chose so. */
export function headed<Name extends SortedName>(
  { title, sort }: { readonly title: string; readonly sort?: Sort<Name> },
  by: Sort<Name>,
  usual: Sort<Name>,
): string {
  return sort === by && by !== usual ? `${title} v` : title;
}

/** What to do where there is nothing. */
export function emptyRows({ view, simulation }: Model, way: string, width: number): PanelRow[] {
  const { address } = view.self;
  const target = isLoopback(address) ? String(portOf(address)) : address;
  const text = simulation === null ? `${way}, or p2p-node client ${target}` : way;
  return wrap(text, width - 2).map((line) => ({ line: [span("dim", ` ${line}`)], subject: null }));
}

/** How many more there are than the peer shows. */
export function moreRow(number: number, noun: string): readonly PanelRow[] {
  return number <= 0
    ? []
    : [
        {
          line: [span("dim", ` and ${count(number, noun)} that ${number === 1 ? "was" : "were"} written before`)],
          subject: null,
        },
      ];
}
