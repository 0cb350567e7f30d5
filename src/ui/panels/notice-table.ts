import type { PeerNames } from "../../control/peer-names.ts";
import type { NoticeRow, PeerView } from "../../peer/peer-view.ts";
import { age, size } from "../format.ts";
import { labelOf, noticeLabel } from "../labels.ts";
import { type Span, span } from "../line.ts";
import type { PanelRow, Subject } from "../model.ts";
import { payloadLine } from "../payload.ts";
import type { Style } from "../theme.ts";
import { type Column, tableRows } from "./table.ts";

/** One column of the table of notices. */
type NoticeColumn = Omit<Column<NoticeRow>, "cell"> & {
  readonly cell: (notice: NoticeRow, context: Context) => Span;
};

interface Context {
  readonly view: PeerView;
  readonly names: PeerNames;
  readonly labelWidth: number;
}

const STATES: Record<NoticeRow["state"], Style> = { pending: "warn", accepted: "plain", rejected: "bad" };

/** In their order on the screen; the data stands behind them and takes what is left. */
const COLUMNS = {
  age: { title: "AGE", least: 5, align: "right", cell: ({ ageMs }) => span("dim", age(ageMs)) },
  type: { title: "TYPE", least: 5, align: "right", cell: ({ dataType }) => span("plain", String(dataType)) },
  notice: {
    title: "NOTICE",
    least: 7,
    align: "left",
    cell: ({ origin, id }, { names, labelWidth }) =>
      span("strong", noticeLabel(names, origin, sequenceOf(id), labelWidth)),
  },
  state: { title: "STATE", least: 8, align: "left", cell: ({ state }) => span(STATES[state], state) },
  known: { title: "KNOWN", least: 5, align: "right", cell: (notice) => knownSpan(notice) },
  from: { title: "FROM", least: 4, align: "left", cell: (notice, context) => span("plain", fromWord(notice, context)) },
  hops: { title: "HOPS", least: 4, align: "right", cell: ({ hops }) => span("dim", String(hops)) },
  lamport: { title: "LAMPORT", least: 7, align: "right", cell: ({ lamport }) => span("dim", String(lamport)) },
  sent: { title: "SENT", least: 4, align: "right", cell: ({ sentTo }) => span("dim", String(sentTo)) },
  duplicates: {
    title: "DUP",
    least: 3,
    align: "right",
    cell: ({ duplicates }) => span(duplicates > 0 ? "plain" : "dim", String(duplicates)),
  },
  size: { title: "SIZE", least: 6, align: "right", cell: ({ bytes }) => span("dim", size(bytes)) },
} as const satisfies Record<string, NoticeColumn>;

type ColumnName = keyof typeof COLUMNS;

/** Where there is no room these columns go, the first one first; details have them all. */
const SPARE: readonly ColumnName[] = ["size", "duplicates", "sent", "lamport", "hops", "from"];

/** Columns for data, so that it says something. */
const LEAST_DATA = 22;

/** All notices under the headings of their columns, newest first; names are cut first, then columns go. */
export function noticeTable(view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const attempts = [
    { labelWidth: 16, spared: 0 },
    { labelWidth: 8, spared: 0 },
    ...SPARE.map((_, index) => ({ labelWidth: 8, spared: index + 1 })),
    { labelWidth: 5, spared: SPARE.length },
  ];
  const choices = attempts.map(({ labelWidth, spared }) => {
    const shown = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => !SPARE.slice(0, spared).includes(name));
    return shown.map((name): Column<NoticeRow> => {
      const column: NoticeColumn = COLUMNS[name];
      return { ...column, cell: (notice) => column.cell(notice, { view, names, labelWidth }) };
    });
  });
  const data = {
    title: "DATA",
    least: LEAST_DATA,
    cell: ({ preview, bytes }: NoticeRow, room: number) => payloadLine(Buffer.from(preview, "hex"), bytes, room),
  };
  const subjectOf = ({ origin, id }: NoticeRow): Subject => ({ kind: "notice", origin, id });
  return tableRows(view.notifications.notices.toReversed(), choices, data, subjectOf, width);
}

/** Which one of its origin, life and type a notice is, from its ID. */
export function sequenceOf(id: string): number {
  return Number.parseInt(id.slice(8), 16);
}

/** `>=3/4`: how many peers are known to have it, of those that could. */
function knownSpan({ knownAt, knownOf }: NoticeRow): Span {
  return knownAt >= knownOf ? span("good", `${knownAt}/${knownOf}`) : span("plain", `>=${knownAt}/${knownOf}`);
}

function fromWord({ from, origin }: NoticeRow, { view, names, labelWidth }: Context): string {
  if (from !== null) return labelOf(names, from, labelWidth);
  return origin === view.self.id ? "you" : "foreign";
}
