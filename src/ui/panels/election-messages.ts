import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { ElectionPicture } from "../../peer/peer-view.ts";
import { age, count, duration } from "../format.ts";
import { labelOf } from "../labels.ts";
import { fit, type Line, span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { safeText, textWidth } from "../safe-text.ts";
import { collator } from "./store.ts";

type Message = ElectionPicture["messages"][number];

const TIME_WIDTH = 8;

/** Columns of a peer in the diagram, and of what a message says behind it, at least. */
const COLUMN = { least: 6, most: 10 } as const;
const LEAST_TEXT = 18;

/** Columns of what a message is called. */
const KIND_WIDTH = 12;

/**
 * The messages of the latest election, oldest first, with the time since the first one: arrows between a column for
 * each peer where there is room for that, else a list.
 */
export function messageRows({ messages }: ElectionPicture, names: PeerNames, width: number): readonly PanelRow[] {
  const [first] = messages;
  const last = messages.at(-1);
  if (first === undefined || last === undefined)
    return [row([span("dim", " no message of an election was seen here yet")])];
  const peers = peersOf(messages, names);
  const columnWidth = columnWidthOf(peers, names);
  const room = width - TIME_WIDTH - 3 - peers.length * columnWidth;
  const isDiagram = room >= LEAST_TEXT;
  const took = duration(first.ageMs - last.ageMs);
  const heading = row([
    ` ${count(messages.length, "message")}`,
    span("dim", ` in ${took}, the latest ${age(last.ageMs)} ago`),
  ]);
  const columns = isDiagram ? [row(headingOf(peers, names, columnWidth))] : [];
  const lines = messages.map((message, at): PanelRow => {
    const time = span("dim", ` ${fit(`+${duration(first.ageMs - message.ageMs)}`, TIME_WIDTH, "right")} `);
    const way = isDiagram ? arrow(message, peers, columnWidth) : listed(message, peers, names);
    return { line: [time, ...way, ...saidOf(message)], subject: { kind: "election-message", at } };
  });
  return [heading, ...columns, ...lines];
}

/** What a message says, in one line. */
function saidOf({ kind, text }: Message): Exclude<Line, string> {
  return [
    span("accent", fit(safeText(kind), text === "" ? textWidth(safeText(kind)) : KIND_WIDTH)),
    ` ${safeText(text)}`,
  ];
}

/** Whoever sent or got one, by what they are called. */
function peersOf(messages: readonly Message[], names: PeerNames): readonly PeerId[] {
  const peers = [...new Set(messages.flatMap(({ from, to }) => [from, to]))];
  return peers.toSorted((a, b) => collator.compare(names.label(a), names.label(b)));
}

function columnWidthOf(peers: readonly PeerId[], names: PeerNames): number {
  const widest = Math.max(...peers.map((peer) => textWidth(labelOf(names, peer, COLUMN.most - 2))));
  return Math.max(COLUMN.least, widest + 2);
}

function headingOf(peers: readonly PeerId[], names: PeerNames, columnWidth: number): Line {
  const labels = peers.map((peer) => {
    const label = labelOf(names, peer, columnWidth - 2);
    const before = " ".repeat(Math.floor((columnWidth - textWidth(label)) / 2));
    return fit(before + label, columnWidth);
  });
  return [" ".repeat(TIME_WIDTH + 2), span("strong", labels.join(""))];
}

/** `|---->|`: from one column to another, past those between. */
function arrow({ from, to }: Message, peers: readonly PeerId[], columnWidth: number): readonly string[] {
  const middle = (index: number): number => index * columnWidth + Math.floor(columnWidth / 2);
  const [begin, end] = [middle(peers.indexOf(from)), middle(peers.indexOf(to))];
  const [left, right] = [Math.min(begin, end), Math.max(begin, end)];
  const signs: string[] = Array.from({ length: peers.length * columnWidth }, (_, at) =>
    at > left && at < right ? "-" : " ",
  );
  for (const index of peers.keys()) {
    const at = middle(index);
    signs[at] = at > left && at < right ? "+" : "|";
  }
  if (begin < end) signs[end - 1] = ">";
  if (begin > end) signs[end + 1] = "<";
  return [`${signs.join("")} `];
}

function listed({ from, to }: Message, peers: readonly PeerId[], names: PeerNames): readonly string[] {
  const widest = Math.max(...peers.map((peer) => textWidth(labelOf(names, peer, COLUMN.most))));
  const [sender, receiver] = [from, to].map((peer) => fit(labelOf(names, peer, COLUMN.most), widest));
  return [` ${sender} -> ${receiver}  `];
}

function row(line: Line): PanelRow {
  return { line, subject: null };
}
