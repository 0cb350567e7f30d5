import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { age, count } from "../format.ts";
import { labelOf } from "../labels.ts";
import { fit, joined, type Line, span, widthOf } from "../line.ts";
import type { PanelRow } from "../model.ts";

/** Rumours that stand above the exchanges where there is little room. */
const RUMOURS_FIRST = 3;
const MOST_ID_LINES = 2;
const GAP = "  ";
const AGE_WIDTH = 9;

/** Columns from which on all totals fit. */
const WIDE_FROM = 80;

/**
 * The gossip panel: how many IDs are held and verified, the IDs with counter and address, then rumours and exchanges,
 * newest first.
 * @param roomy one ID a row, and all rumours
 */
export function gossipRows(view: PeerView, names: PeerNames, width: number, roomy: boolean): PanelRow[] {
  const { gossip } = view;
  const rumours = gossip.rumours.toReversed().map((rumour): PanelRow => {
    const about = rumour.about === view.self.id ? "you" : labelOf(names, rumour.about);
    const line = [
      ...ago(rumour.ageMs),
      `${labelOf(names, rumour.from)} says ${about} `,
      span(rumour.status === "healthy" ? "good" : rumour.status === "left" ? "dim" : "warn", rumour.status),
      span("dim", ` incarnation ${rumour.incarnation}`),
    ];
    return { line, subject: { kind: "peer", peer: rumour.about } };
  });
  const exchanges = gossip.exchanges.toReversed().map(({ ageMs, kind, direction, peer, ids }): PanelRow => {
    const arrow = direction === "out" ? "->" : "<-";
    const line = [
      ...ago(ageMs),
      fit(kind, 8),
      ` ${arrow} ${labelOf(names, peer)}`,
      span("dim", `  ${count(ids, "ID")}`),
    ];
    return { line, subject: { kind: "peer", peer } };
  });
  const quiet = exchanges.length === 0 ? [row([span("dim", "  no exchange yet")])] : exchanges;
  return [
    row(totals(view, width)),
    ...(roomy ? idRows(view, names) : packedIds(view, width)),
    ...(roomy ? rumours : rumours.slice(0, RUMOURS_FIRST)),
    ...quiet,
  ];
}

/** Addresses among the IDs that answer health checks now; our own counts. */
function verifiedIds(view: PeerView): number {
  const healthy = new Set<string>([view.self.address]);
  for (const peer of view.peers) if (peer.status === "healthy") healthy.add(peer.address);
  return view.gossip.ids.filter((id) => healthy.has(id.address)).length;
}

function totals(view: PeerView, width: number): Line {
  const { gossip } = view;
  const verified = verifiedIds(view);
  const answered = width < WIDE_FROM ? "" : `  responses ${gossip.responses}`;
  return [
    ` ids ${gossip.ids.length}, `,
    span(verified === gossip.ids.length ? "plain" : "warn", `verified ${verified}`),
    span("dim", `  rounds ${gossip.rounds}  pushes ${gossip.pushes}  pulls ${gossip.pulls}${answered}`),
    gossip.refused === 0 ? "" : span("warn", `  refused ${gossip.refused}`),
  ];
}

function idRows(view: PeerView, names: PeerNames): PanelRow[] {
  return view.gossip.ids.map(({ counter, address }) => {
    const peer = view.peers.find((candidate) => candidate.address === address);
    const who = address === view.self.address ? "you" : peer === undefined ? "unknown" : labelOf(names, peer.id);
    const status = peer === undefined ? "" : `  ${peer.status}`;
    const line = [span("dim", `${String(counter).padStart(4)} `), fit(address, 22), ` ${who}${status}`];
    return { line, subject: peer === undefined ? null : { kind: "peer", peer: peer.id } };
  });
}

/** As many IDs a line as fit, in a few lines. */
function packedIds(view: PeerView, width: number): PanelRow[] {
  const lines: Line[][] = [];
  let used = width;
  for (const { counter, address } of view.gossip.ids) {
    const id = [span("dim", `${counter} `), address];
    const wide = widthOf(id) + GAP.length;
    if (used + wide > width) {
      if (lines.length === MOST_ID_LINES) break;
      lines.push([]);
      used = 1;
    }
    lines.at(-1)?.push(id);
    used += wide;
  }
  const hidden = view.gossip.ids.length - lines.flat().length;
  const more = hidden === 0 ? [] : [row([span("dim", ` and ${hidden} more`)])];
  return [...lines.map((line) => row([" ", ...joined(line, GAP)])), ...more];
}

function ago(ms: number) {
  return [span("dim", ` ${fit(`${age(ms)} ago`, AGE_WIDTH, "right")}  `)];
}

function row(line: Line): PanelRow {
  return { line, subject: null };
}
