import type { PeerNames } from "../../control/peer-names.ts";
import { isLost, quorumsOf } from "../../control/quorum.ts";
import type { EntryId, OrderPicture, PeerView } from "../../peer/peer-view.ts";
import { labelOf } from "../labels.ts";
import { joined, type Line, span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { beforeWords, entryRows } from "./log-entries.ts";
import { memberRows, packedMembers } from "./member-rows.ts";
import { orderMembers } from "./order-members.ts";

/** Entries that are worth their room wherever there is room at all. */
const LEAST_ENTRIES = 3;

const TITLES = { raft: "Raft", zab: "ZAB", none: "no order" } as const;

/** ZAB's phases as they follow each other. */
const PHASES = ["election", "discovery", "synchronization", "broadcast"] as const;

/**
 * The Order panel: what puts changes into one order, who leads it in which epoch and phase, how far it is, whose
 * majority decides and how far their logs are, and its newest entries. In little room how far it is comes first.
 *
 * @param height lines that it has
 */
export function orderRows(view: PeerView, names: PeerNames, width: number, height: number): readonly PanelRow[] {
  const { order } = view;
  if (order.kind === "none") return [row([span("dim", " no order: the peers agree on a leader only")])];
  const office = row(officeLine(order, names));
  const phases = order.kind === "zab" ? [row(phasesLine(order))] : [];
  const quorum = row(quorumLine(view));
  const kept = { firstLogIndex: order.firstIndex, lastLogIndex: order.lastIndex };
  const followers = orderMembers(view, names);
  const packed = packedMembers(followers, kept, width);
  const reach = reachRow(order, width);
  const entries = orderEntryRows(order);
  const heads: readonly (readonly PanelRow[])[] = [
    [office, ...phases, quorum, ...memberRows(followers, kept, width), reach],
    [office, ...phases, quorum, ...packed, reach],
  ];
  const head = heads.find(({ length }) => length + Math.min(LEAST_ENTRIES, entries.length) <= height);
  if (head !== undefined) return [...head, ...entries];
  const isUnderWay = order.phase !== "broadcast";
  return isUnderWay
    ? [reach, ...phases, ...packed, ...entries, office, quorum]
    : [reach, ...packed, ...entries, office, ...phases, quorum];
}

/** How an entry is called: `(4,25)` of a term and an index, `4:12` of an epoch and a counter. */
export function entryName(kind: OrderPicture["kind"], [epoch, number]: EntryId): string {
  return kind === "zab" ? `${epoch}:${number}` : `(${epoch},${number})`;
}

/** The newest entries, the newest first. */
function orderEntryRows(order: OrderPicture): readonly PanelRow[] {
  const entries = order.tail.map(({ id, ...entry }) => ({
    ...entry,
    name: entryName(order.kind, id),
    note: "",
    subject: { kind: "order-entry", index: entry.index } as const,
  }));
  return entryRows(entries, order);
}

function officeLine(order: OrderPicture, names: PeerNames): Line {
  const { kind, role, leader, epoch, currentEpoch } = order;
  const word = kind === "zab" ? "epoch " : "term ";
  const accepted = epoch === currentEpoch ? [] : [span("warn", `, accepted ${epoch}`)];
  const parts: Line[] = [
    [span("strong", ` ${TITLES[kind]} `), role],
    [span("dim", word), String(currentEpoch), ...accepted],
    [span("dim", "leader "), leader === null ? span("warn", "none") : span("strong", labelOf(names, leader, 12))],
  ];
  return joined(parts, "  ");
}

/** `election > [discovery] > synchronization > broadcast`. */
function phasesLine({ phase }: OrderPicture): Line {
  const style = phase === "broadcast" ? "good" : "warn";
  const parts = PHASES.map((each): Line => (each === phase ? [span(style, `[${each}]`)] : [span("dim", each)]));
  return [" ", ...joined(parts, " > ")];
}

function quorumLine(view: PeerView): Line {
  const quorum = quorumsOf(view)[0];
  if (quorum === undefined) return [span("dim", " quorum    of nobody")];
  const { noun, size, needed, up } = quorum;
  const style = isLost(quorum) ? "bad" : up === needed && size > 1 ? "warn" : "plain";
  const lost = isLost(quorum) ? span("bad", ": nothing is committed") : "";
  return [span("dim", " quorum    "), span(style, `${up} of ${size} ${noun}s up`), `, ${needed} needed`, lost];
}

/** How far the order is here, where what is kept of it begins, and what stands for all that came before. */
function reachRow(order: OrderPicture, width: number): PanelRow {
  const { kind, committed, last, lastApplied } = order;
  return {
    line: [
      span("dim", " committed "),
      entryName(kind, committed),
      span("dim", "  applied "),
      String(lastApplied),
      span("dim", "  last "),
      entryName(kind, last),
      span("dim", beforeWords(order, width)),
    ],
    subject: { kind: "order" },
  };
}

function row(line: Line): PanelRow {
  return { line, subject: null };
}
