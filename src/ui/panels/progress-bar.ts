import type { RaftPicture } from "../../peer/peer-view.ts";

/** How far another peer's log is: what it has, what it was sent, and what part of a snapshot. */
export type Sent = Pick<RaftPicture["progress"][number], "matchIndex" | "nextIndex" | "snapshotPart">;

/** What a leader keeps of its own log. */
export type Kept = Pick<RaftPicture, "firstLogIndex" | "lastLogIndex">;

/** What a cell of a bar stands for. */
const SIGNS = { held: "#", underWay: "=", snapshot: "s", missing: "." } as const;

/**
 * `[####==..]`: what a follower has of the entries that the leader keeps, what is on its way, and what is still to be
 * sent; `[ss......]`: how much of the snapshot it has that stands for older ones.
 */
export function progressBar(
  { matchIndex, nextIndex, snapshotPart }: Sent,
  { firstLogIndex, lastLogIndex }: Kept,
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

/** `[####....]`: how much of something is done; it is full only where all is. */
export function partBar(part: number, cells: number): string {
  const done = part >= 1 ? cells : Math.min(cells - 1, Math.floor(cells * Math.max(0, part)));
  return bar(SIGNS.held, done, 0, cells);
}

function bar(sign: string, held: number, underWay: number, cells: number): string {
  return `[${sign.repeat(held)}${SIGNS.underWay.repeat(underWay)}${SIGNS.missing.repeat(cells - held - underWay)}]`;
}
