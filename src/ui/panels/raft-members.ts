import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { duration } from "../format.ts";
import { labelOf } from "../labels.ts";
import { fit, joined, type Line, type Span, span, widthOf } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { textWidth } from "../safe-text.ts";
import { collator } from "./store.ts";

type Progress = PeerView["raft"]["progress"][number];

const LABEL_WIDTH = 12;
const GAP = "   ";

/** Cells of a bar: in a row of its own, and among others. */
const CELLS = { row: 12, wideRow: 24, packed: 6 } as const;

/** Columns from which on a bar is long. */
const WIDE_FROM = 80;

/** What a cell of a bar stands for. */
const SIGNS = { held: "#", underWay: "=", snapshot: "s", missing: "." } as const;

/** A row for each member; where this peer leads, for each of those that follow it, with how far its log is. */
export function memberRows(view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const members = membersOf(view, names);
  const labelWidth = Math.max(...members.map(({ peer }) => textWidth(labelOf(names, peer, LABEL_WIDTH))), 0);
  const cells = width < WIDE_FROM ? CELLS.row : CELLS.wideRow;
  const states = members.map(({ progress }) => (progress === undefined ? "" : stateWord(progress)));
  const stateWidth = Math.max(...states.map((state) => state.length), 0);
  return members.map(({ peer, as, progress }, at) => {
    const label = labelSpan(view, names, peer);
    const blanks = " ".repeat(Math.max(0, labelWidth - textWidth(label.text)));
    const line: Line =
      progress === undefined
        ? [span("dim", ` ${as.padEnd(8)}`), label, ...notesOf(view, peer)]
        : [
            " ",
            label,
            blanks,
            ` ${progressBar(progress, view.raft, cells)} `,
            stateSpan(progress, fit(states[at] ?? "", stateWidth)),
            ...indexSpans(progress),
            progress.responseMs === null ? "" : span("dim", `  ${duration(progress.responseMs)}`),
            as === "learner" ? span("dim", "  learner") : "",
            ...notesOf(view, peer),
          ];
    return { line, subject: { kind: "peer", peer } };
  });
}

/** The same in as few lines as they fit in. */
export function packedMembers(view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const members = membersOf(view, names);
  const kinds = ["voter", "learner"] as const;
  return kinds.flatMap((kind) => {
    const parts = members
      .filter(({ as }) => as === kind)
      .map(({ peer, progress }): Line => {
        const bar =
          progress === undefined ? "" : ` ${progressBar(progress, view.raft, CELLS.packed)} ${progress.matchIndex}`;
        const isUsual = progress === undefined || progress.state === "replicate";
        const state = isUsual ? "" : stateSpan(progress, ` ${stateWord(progress)}`);
        return [labelSpan(view, names, peer), bar, state, ...notesOf(view, peer)];
      });
    return parts.length === 0 ? [] : packed(` ${kind}s`.padEnd(10), parts, width);
  });
}

/**
 * `[####==..]`: what a follower has of the entries that the leader keeps, what is on its way, and what is still to be
 * sent; `[ss......]`: how much of the snapshot it has that stands for older ones.
 */
export function progressBar(
  { matchIndex, nextIndex, snapshotPart }: Pick<Progress, "matchIndex" | "nextIndex" | "snapshotPart">,
  { firstLogIndex, lastLogIndex }: Pick<PeerView["raft"], "firstLogIndex" | "lastLogIndex">,
  cells: number,
): string {
  const before = Math.max(0, firstLogIndex - 1);
  const entries = lastLogIndex - before;
  // Only whoever has all fills the bar, and what is on its way is seen however little it is.
  const part = (index: number): number =>
    index >= lastLogIndex ? cells : Math.floor((cells * Math.max(0, index - before)) / entries);
  if (snapshotPart !== null) return bar(SIGNS.snapshot, Math.floor(cells * Math.min(1, snapshotPart)), 0, cells);
  const held = Math.min(part(matchIndex), matchIndex < lastLogIndex ? cells - 1 : cells);
  const sent = nextIndex - 1 > matchIndex ? Math.min(cells, Math.max(held + 1, part(nextIndex - 1))) : held;
  return bar(SIGNS.held, held, sent - held, cells);
}

function bar(sign: string, held: number, underWay: number, cells: number): string {
  return `[${sign.repeat(held)}${SIGNS.underWay.repeat(underWay)}${SIGNS.missing.repeat(cells - held - underWay)}]`;
}

/** Whom the rows are of: by what they are called, ports and numbered names in the order of their numbers. */
function membersOf({ raft, self }: PeerView, names: PeerNames) {
  const { progress, voters, learners } = raft;
  const isLeading = progress.length > 0;
  const ordered = (peers: readonly PeerId[], as: "voter" | "learner") =>
    peers
      // How far a leader is itself is what all are measured by.
      .filter((peer) => !isLeading || peer !== self.id)
      .toSorted((a, b) => collator.compare(names.label(a), names.label(b)))
      .map((peer) => ({ peer, as, progress: progress.find((known) => known.peer === peer) }));
  return [...ordered(voters, "voter"), ...ordered(learners, "learner")];
}

function labelSpan({ raft }: PeerView, names: PeerNames, peer: PeerId): Span {
  const isMissing = raft.quorum.missing.includes(peer);
  return span(isMissing ? "bad" : peer === raft.leader ? "strong" : "plain", labelOf(names, peer, LABEL_WIDTH));
}

function notesOf({ raft, self }: PeerView, peer: PeerId): readonly Span[] {
  return [
    ...(raft.quorum.missing.includes(peer) ? [span("bad", " missing")] : []),
    ...(peer === self.id ? [span("dim", " you")] : []),
  ];
}

/** How a follower is sent what it lacks. */
export function stateWord({ state, snapshotPart }: Pick<Progress, "state" | "snapshotPart">): string {
  return state === "snapshot" && snapshotPart !== null ? `snapshot ${Math.floor(100 * snapshotPart)}%` : state;
}

function stateSpan({ state }: Progress, text: string): Span {
  return span(state === "replicate" ? "dim" : "warn", text);
}

function indexSpans({ matchIndex, nextIndex }: Progress): readonly (string | Span)[] {
  return [span("dim", " match "), String(matchIndex), span("dim", " next "), String(nextIndex)];
}

function packed(title: string, parts: readonly Line[], width: number): PanelRow[] {
  const lines: Line[][] = [[]];
  let used = title.length;
  for (const part of parts) {
    const wide = widthOf(part) + GAP.length;
    if (used + wide > width && lines.at(-1)?.length !== 0) {
      lines.push([]);
      used = title.length;
    }
    lines.at(-1)?.push(part);
    used += wide;
  }
  return lines.map((line, index) => ({
    line: [span("dim", index === 0 ? title : " ".repeat(title.length)), ...joined(line, GAP)],
    subject: null,
  }));
}
