import type { PeerView } from "../../peer/peer-view.ts";
import { count } from "../format.ts";
import { span } from "../line.ts";
import type { Model, PanelRow, Subject } from "../model.ts";
import { textLine } from "../payload.ts";
import { safeText } from "../safe-text.ts";
import { collator, emptyRows, headed, moreRow, type StoreColumn } from "./store.ts";
import { type Column, tableRows } from "./table.ts";

type ValueRow = PeerView["values"]["recent"][number];

/** In their order on the screen; how the value begins stands behind them. */
const COLUMNS = {
  key: {
    title: "KEY",
    sort: "key",
    least: 8,
    align: "left",
    cell: ({ key }, width) => span("strong", safeText(key, width)),
  },
  at: {
    title: "AT",
    sort: "written",
    least: 5,
    align: "right",
    cell: ({ writtenAt }) => span("plain", `${writtenAt}`),
  },
  versions: {
    title: "KEPT",
    sort: "versions",
    least: 4,
    align: "right",
    cell: ({ versions }) => span(versions > 1 ? "plain" : "dim", String(versions)),
  },
  log: { title: "LOG", least: 5, align: "right", cell: ({ index }) => span("plain", String(index)) },
  lamport: { title: "LAMPORT", least: 7, align: "right", cell: ({ lamport }) => span("dim", String(lamport)) },
} as const satisfies Record<string, StoreColumn<ValueRow, "values">>;

type ColumnName = keyof typeof COLUMNS;

/** Columns for a value, so that it says something. */
const LEAST_VALUE = 12;

/** The widest keys, and the columns that go, where there is ever less room; details have them all. */
const CHOICES: readonly { readonly keyWidth: number; readonly without: readonly ColumnName[] }[] = [
  { keyWidth: 32, without: [] },
  { keyWidth: 24, without: [] },
  { keyWidth: 16, without: [] },
  { keyWidth: 16, without: ["lamport"] },
];

/** The Values panel: the latest version of what was written last, or how to write one. */
export function valueRows(model: Model, width: number): PanelRow[] {
  const { view, state } = model;
  const { recent, count: number } = view.values;
  if (number === 0) return emptyRows(model, "no value yet: w or :write colour blue writes one", width);
  const choices = CHOICES.map(({ keyWidth, without }) => {
    const shown = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => !without.includes(name));
    return shown.map((name): Column<ValueRow> => {
      const column: StoreColumn<ValueRow, "values"> = COLUMNS[name];
      const title = headed(column, state.sort.values, "written");
      return { ...column, title, cell: (value) => column.cell(value, keyWidth) };
    });
  });
  const content = {
    title: "VALUE",
    least: LEAST_VALUE,
    cell: ({ value }: ValueRow, room: number) => textLine(value, true, room),
  };
  const subjectOf = ({ key }: ValueRow): Subject => ({ kind: "value", key });
  return [
    ...tableRows(sorted(recent, state.sort.values), choices, content, subjectOf, width),
    ...moreRow(number - recent.length, "value"),
  ];
}

/** Lines that the panel would fill; 0 where there is no value. */
export function valueLinesWanted({ values }: PeerView): number {
  return values.count === 0 ? 0 : values.recent.length + 1;
}

/** How many values and versions there are, and the store's clock, for the title. */
export function valueTotals({ values }: PeerView): readonly string[] {
  const used = values.count === 0 ? [] : [`${count(values.count, "value")}, ${count(values.versions, "version")}`];
  return [...used, `clock ${values.clock}`];
}

function sorted(values: readonly ValueRow[], by: Model["state"]["sort"]["values"]): readonly ValueRow[] {
  switch (by) {
    case "written":
      return values;
    case "key":
      return values.toSorted((a, b) => collator.compare(a.key, b.key));
    case "versions":
      return values.toSorted((a, b) => b.versions - a.versions);
  }
}
