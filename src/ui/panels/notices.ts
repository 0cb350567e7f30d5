import type { PeerNames } from "../../control/peer-names.ts";
import { isSubscribedByPerson } from "../../control/subscriptions.ts";
import { isLoopback, portOf } from "../../core/address.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { count, size } from "../format.ts";
import { labelsOf } from "../labels.ts";
import { fit, joined, type Line, span, widthOf, wrap } from "../line.ts";
import type { Model, PanelRow } from "../model.ts";
import { noticeTable } from "./notice-table.ts";

type Picture = PeerView["notifications"];
type TypeRow = Picture["types"][number];
type SubscriberRow = Picture["subscribers"][number];

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
  const above = roomy
    ? [
        ...limited(
          "types",
          types.map((type) => typeRow(type, view, names)),
        ),
        ...limited("subscribers", subscribers.map(subscriberRow)),
      ]
    : [typesLine(types, width), deliveriesLine(subscribers, width)].filter((row) => row !== null);
  return [...above, ...(notices.length === 0 ? emptyRows(model, width) : noticeTable(view, names, width))];
}

/** How many lines the panel would fill where each notice has one; 0 where nobody has announced or subscribed anything. */
export function noticeLinesWanted({ notifications }: PeerView): number {
  const { notices, types, subscribers } = notifications;
  if (notices.length === 0 && subscribers.length === 0) return 0;
  return (types.length > 0 ? 1 : 0) + (subscribers.length > 0 ? 1 : 0) + 1 + notices.length;
}

/** What was counted since the start, for the title. */
export function noticeTotals({ notifications }: PeerView): readonly string[] {
  const { announced, received, delivered, duplicates, cached } = notifications;
  if (announced + received === 0) return [];
  return [
    `announced ${announced}, received ${received}`,
    `delivered ${delivered}`,
    `duplicates ${duplicates}`,
    `held ${cached.notices}, ${size(cached.bytes)}`,
  ];
}

/** `1337: 3 here, 4 peers`: who subscribes what, as far as it is known. */
function typesLine(types: readonly TypeRow[], width: number): PanelRow | null {
  const parts = types.map(({ dataType, here, peers }): Line => {
    const who = [...(here === 0 ? [] : [`${here} here`]), ...(peers.length === 0 ? [] : [count(peers.length, "peer")])];
    return [span("strong", String(dataType)), `: ${who.length === 0 ? "nobody" : who.join(", ")}`];
  });
  const [only, ...others] = types;
  return packed("types", parts, width, others.length === 0 ? (only?.dataType ?? null) : null);
}

/** `program 6: 2, 3 queued`: how many each subscriber here was told, those who lag first. */
function deliveriesLine(subscribers: readonly SubscriberRow[], width: number): PanelRow | null {
  const sorted = subscribers.toSorted((a, b) => b.queued - a.queued);
  const parts = sorted.map(({ session, queued, delivered }): Line => {
    const waiting = queued === 0 ? "" : span("warn", `, ${queued} queued`);
    return [span("strong", subscriberWord(session)), `: ${delivered}`, waiting];
  });
  return packed("delivered", parts, width, null);
}

/** Who subscribes: the person at this peer, or a program. */
export function subscriberWord(session: number | null): string {
  return session === null ? "you" : `program ${session}`;
}

function typeRow(type: TypeRow, view: PeerView, names: PeerNames): PanelRow {
  const you = isSubscribedByPerson(view, type.dataType);
  const programs = type.here - (you ? 1 : 0);
  const here = [...(you ? ["you"] : []), ...(programs > 0 ? [count(programs, "program")] : [])];
  const row = `type ${type.dataType}`;
  return {
    line: [
      " ",
      span("strong", fit(row, HEAD_WIDTH)),
      span("dim", "  here "),
      here.length === 0 ? "-" : here.join(", "),
      span("dim", "  peers "),
      labelsOf(names, type.peers),
    ],
    subject: { kind: "subscriptions", row, dataType: type.dataType },
  };
}

function subscriberRow(subscriber: SubscriberRow): PanelRow {
  const { session, dataTypes } = subscriber;
  const row = subscriberWord(session);
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

/** As many parts as fit in one line behind what they are, and how many more there are; null where there is none. */
function packed(row: string, parts: readonly Line[], width: number, dataType: number | null): PanelRow | null {
  if (parts.length === 0) return null;
  const lineOf = (shown: number): Line => {
    const more = parts.length - shown;
    return [
      span("dim", ` ${fit(row, HEAD_WIDTH)} `),
      ...joined(parts.slice(0, shown), "   "),
      ...(more === 0 ? [] : [span("dim", `   +${more}`)]),
    ];
  };
  let shown = parts.length;
  while (shown > 1 && widthOf(lineOf(shown)) > width) shown -= 1;
  return { line: lineOf(shown), subject: { kind: "subscriptions", row, dataType } };
}

function emptyRows({ view, simulation }: Model, width: number): PanelRow[] {
  const { address } = view.self;
  const target = isLoopback(address) ? String(portOf(address)) : address;
  const ways = [
    `nothing announced yet: a announces, s subscribes a type${simulation === null ? "," : ""}`,
    ...(simulation === null ? [`or p2p-node announce ${target} --type 1337 hello`] : []),
  ];
  return ways
    .flatMap((text) => wrap(text, width - 2))
    .map((line) => ({ line: [span("dim", ` ${line}`)], subject: null }));
}
