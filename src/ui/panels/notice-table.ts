import type { PeerNames } from "../../control/peer-names.ts";
import type { NoticeRow, PeerView } from "../../peer/peer-view.ts";
import { age, size } from "../format.ts";
import { labelOf, noticeLabel } from "../labels.ts";
import { fit, type Span, span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { payloadLine } from "../payload.ts";
import { textWidth } from "../safe-text.ts";
import type { Style } from "../theme.ts";

/** One column of the table of notices. */
interface Column {
  readonly title: string;
  readonly least: number;
  readonly align: "left" | "right";
  readonly cell: (notice: NoticeRow, context: Context) => Span;
}

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
} as const satisfies Record<string, Column>;

type ColumnName = keyof typeof COLUMNS;

/** Where there is no room these columns go, the first one first; details have them all. */
const SPARE: readonly ColumnName[] = ["size", "duplicates", "sent", "lamport", "hops", "from"];

/** Columns for data, so that it says something. */
const LEAST_DATA = 22;

const GAP = " ";

/** All notices under the headings of their columns, newest first; names are cut first, then columns go. */
export function noticeTable(view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const notices = view.notifications.notices.toReversed();
  const attempts = [
    { labelWidth: 16, spared: 0 },
    { labelWidth: 8, spared: 0 },
    ...SPARE.map((_, index) => ({ labelWidth: 8, spared: index + 1 })),
    { labelWidth: 5, spared: SPARE.length },
  ];
  let rows: PanelRow[] = [];
  for (const { labelWidth, spared } of attempts) {
    const shown = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => !SPARE.slice(0, spared).includes(name));
    const columns: readonly Column[] = shown.map((name) => COLUMNS[name]);
    const cells = notices.map((notice) => columns.map(({ cell }) => cell(notice, { view, names, labelWidth })));
    const widths = columns.map(({ title, least }, at) =>
      Math.max(least, title.length, ...cells.map((row) => textWidth(row[at]?.text ?? ""))),
    );
    const left = width - 1 - widths.reduce((sum, wide) => sum + wide + GAP.length, 0);
    rows = tableRows(notices, columns, cells, widths, Math.max(1, left));
    if (left >= LEAST_DATA) break;
  }
  return rows;
}

/** Which one of its origin, life and type a notice is, from its ID. */
export function sequenceOf(id: string): number {
  return Number.parseInt(id.slice(8), 16);
}

function tableRows(
  notices: readonly NoticeRow[],
  columns: readonly Column[],
  cells: readonly (readonly Span[])[],
  widths: readonly number[],
  left: number,
): PanelRow[] {
  const titles = columns.map(({ title, align }, at) => fit(title, widths[at] ?? 0, align));
  const heading: PanelRow = {
    line: [span("dim", ` ${[...titles, "DATA"].join(GAP)}`)],
    subject: null,
    isHeading: true,
  };
  const rows = notices.map((notice, index): PanelRow => {
    const parts = columns.map(({ align }, at) => {
      const { style, text } = cells[index]?.[at] ?? span("plain", "");
      return [span(style, fit(text, widths[at] ?? 0, align)), GAP];
    });
    const data = payloadLine(Buffer.from(notice.preview, "hex"), notice.bytes, left);
    return {
      line: [" ", ...parts.flat(), data],
      subject: { kind: "notice", origin: notice.origin, id: notice.id },
    };
  });
  return [heading, ...rows];
}

/** `>=3/4`: how many peers are known to have it, of those that could. */
function knownSpan({ knownAt, knownOf }: NoticeRow): Span {
  return knownAt >= knownOf ? span("good", `${knownAt}/${knownOf}`) : span("plain", `>=${knownAt}/${knownOf}`);
}

function fromWord({ from, origin }: NoticeRow, { view, names, labelWidth }: Context): string {
  if (from !== null) return labelOf(names, from, labelWidth);
  return origin === view.self.id ? "you" : "foreign";
}
