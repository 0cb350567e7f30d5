import type { PeerNames } from "../../control/peer-names.ts";
import { portOf } from "../../core/address.ts";
import { isLoopback } from "../../core/address.ts";
import type { NoticeRow, PeerView } from "../../peer/peer-view.ts";
import { age, count, size } from "../format.ts";
import { labelOf, labelsOf, noticeLabel } from "../labels.ts";
import { fit, joined, type Line, type Span, span, widthOf, wrap } from "../line.ts";
import type { Model, PanelRow } from "../model.ts";
import { payloadLine } from "../payload.ts";
import { textWidth } from "../safe-text.ts";
import type { Style } from "../theme.ts";

type Picture = PeerView["notifications"];
type TypeRow = Picture["types"][number];
type SubscriberRow = Picture["subscribers"][number];

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
const LEAST_DATA = 18;

const GAP = " ";

/** Lines for types, and for subscribers, where each has a line of its own. */
const MOST_LINES = 6;

/** Columns of the first word of those lines. */
const HEAD_WIDTH = 10;

/**
 * The Notices panel: who subscribes what, the programs and their queues, then the notices, newest first.
 *
 * @param roomy a line for each type and each subscriber
 */
export function noticeRows(model: Model, width: number, roomy: boolean): PanelRow[] {
  const { view, names } = model;
  const { notices, types, subscribers } = view.notifications;
  const programs = subscribers.filter(({ session }) => session !== null);
  const above = roomy
    ? [...limited("types", types.map((type) => typeRow(type, view, names))), ...limited("subscribers", subscribers.map(subscriberRow))]
    : [
        ...packed("types", types.map((type) => [span("strong", String(type.dataType)), ` ${audience(type, view)}`]), width, onlyOf(types)),
        ...packed("programs", programs.map((program) => [span("strong", String(program.session)), ` ${queue(program)}`]), width, null),
      ];
  return [...above, ...(notices.length === 0 ? emptyRows(model, width) : table(view, names, width))];
}

/** How many lines the panel would fill where each notice has one; 0 where nobody has announced or subscribed anything. */
export function noticeLinesWanted({ notifications }: PeerView): number {
  const { notices, types, subscribers } = notifications;
  if (notices.length === 0 && subscribers.length === 0) return 0;
  const programs = subscribers.some(({ session }) => session !== null) ? 1 : 0;
  return (types.length > 0 ? 1 : 0) + programs + 1 + notices.length;
}

/** What was counted since the start, for the title. */
export function noticeTotals({ notifications }: PeerView, width: number): string {
  const { announced, received, delivered, duplicates, cached } = notifications;
  if (announced + received === 0) return "";
  const narrow = `announced ${announced}, received ${received}`;
  const held = `held ${cached.notices}, ${size(cached.bytes)}`;
  return width < 90 ? narrow : `${narrow}, delivered ${delivered}, duplicates ${duplicates}, ${held}`;
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
  return origin === view.self.id ? "you" : "abroad";
}

/** All notices under their headings; names are cut first, then columns go. */
function table(view: PeerView, names: PeerNames, width: number): PanelRow[] {
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

function tableRows(
  notices: readonly NoticeRow[],
  columns: readonly Column[],
  cells: readonly (readonly Span[])[],
  widths: readonly number[],
  left: number,
): PanelRow[] {
  const titles = columns.map(({ title, align }, at) => fit(title, widths[at] ?? 0, align));
  const heading: PanelRow = { line: [span("dim", ` ${[...titles, "DATA"].join(GAP)}`)], subject: null, isHeading: true };
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

/** `you, 2 programs, 3 peers`: who subscribes a type, as far as it is known. */
function audience(type: TypeRow, view: PeerView): string {
  const parts = [...audienceHere(type, view), ...(type.peers.length === 0 ? [] : [count(type.peers.length, "peer")])];
  return parts.length === 0 ? "nobody" : parts.join(", ");
}

function audienceHere({ dataType, here }: TypeRow, { notifications }: PeerView): readonly string[] {
  const you = notifications.subscribers.some(
    ({ session, dataTypes }) => session === null && dataTypes.includes(dataType),
  );
  const programs = here - (you ? 1 : 0);
  return [...(you ? ["you"] : []), ...(programs > 0 ? [count(programs, "program")] : [])];
}

function typeRow(type: TypeRow, view: PeerView, names: PeerNames): PanelRow {
  const here = audienceHere(type, view);
  const row = `type ${type.dataType}`;
  return {
    line: [
      " ",
      span("strong", fit(row, HEAD_WIDTH)),
      span("dim", "  here "),
      here.length === 0 ? "nobody" : here.join(", "),
      span("dim", "  peers "),
      labelsOf(names, type.peers),
    ],
    subject: { kind: "subscriptions", row, dataType: type.dataType },
  };
}

function subscriberRow(subscriber: SubscriberRow): PanelRow {
  const { session, dataTypes } = subscriber;
  const row = session === null ? "you" : `program ${session}`;
  return {
    line: [
      " ",
      span("strong", fit(row, HEAD_WIDTH)),
      span("dim", dataTypes.length === 1 ? "  type " : "  types "),
      dataTypes.slice(0, MOST_LINES).join(" "),
      dataTypes.length > MOST_LINES ? span("dim", ` and ${dataTypes.length - MOST_LINES} more`) : "",
      `  ${queue(subscriber)}`,
    ],
    subject: { kind: "subscriptions", row, dataType: dataTypes.length === 1 ? (dataTypes[0] ?? null) : null },
  };
}

/** `3 queued, 1.2 KB, 9 delivered`. */
export function queue({ queued, queuedBytes, delivered }: SubscriberRow): string {
  return queued === 0 ? `${delivered} delivered` : `${queued} queued, ${size(queuedBytes)}, ${delivered} delivered`;
}

/** The first of many rows, and how many more there are. */
function limited(row: string, rows: readonly PanelRow[]): readonly PanelRow[] {
  if (rows.length <= MOST_LINES) return rows;
  const shown = rows.slice(0, MOST_LINES - 1);
  const line = [span("dim", ` and ${rows.length - shown.length} more ${row}: Enter lists them`)];
  return [...shown, { line, subject: { kind: "subscriptions", row, dataType: null } }];
}

/** As many parts as fit in one line behind what they are, and how many more there are; none where there is nothing. */
function packed(row: string, parts: readonly Line[], width: number, dataType: number | null): readonly PanelRow[] {
  if (parts.length === 0) return [];
  const lineOf = (shown: number): Line => {
    const more = parts.length - shown;
    return [
      " ",
      span("dim", fit(row, HEAD_WIDTH)),
      ...joined(parts.slice(0, shown), "  "),
      ...(more === 0 ? [] : [span("dim", `  +${more}`)]),
    ];
  };
  let shown = parts.length;
  while (shown > 1 && widthOf(lineOf(shown)) > width) shown -= 1;
  return [{ line: lineOf(shown), subject: { kind: "subscriptions", row, dataType } }];
}

function onlyOf(types: readonly TypeRow[]): number | null {
  return types.length === 1 ? (types[0]?.dataType ?? null) : null;
}

function emptyRows({ view, simulation }: Model, width: number): PanelRow[] {
  const { address } = view.self;
  const target = isLoopback(address) ? String(portOf(address)) : address;
  const shell = simulation === null ? `, or p2p-node announce ${target} --type 1337 hello` : "";
  const text = `nothing announced yet: a announces, s subscribes a type${shell}`;
  return wrap(text, width - 2).map((line) => ({ line: [span("dim", ` ${line}`)], subject: null }));
}
