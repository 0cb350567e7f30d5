import type { PeerId } from "../../core/peer-id.ts";
import { duration } from "../format.ts";
import { fit, joined, type Line, type Span, span, widthOf } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { textWidth } from "../safe-text.ts";
import { type Kept, progressBar, type Sent } from "./progress-bar.ts";

/** Columns of a member's label, at most. */
export const LABEL_WIDTH = 12;

const GAP = "   ";

/** Columns of what a line of several members begins with, at least. */
const TITLE_WIDTH = 10;

/** Cells of a bar: in a row of its own, and among others. */
const CELLS = { row: 12, wideRow: 24, packed: 6 } as const;

/** Columns from which on a bar is long. */
const WIDE_FROM = 80;

/** One of those that keep a log together. */
export interface LogMember {
  /** Null where nobody is known yet. */
  readonly peer: PeerId | null;
  readonly label: Span;
  /** What it is: `voter`, `observer`. */
  readonly as: string;
  /** Whether that is what most are. */
  readonly isUsual: boolean;
  readonly notes: readonly Span[];
  /** How far its log is; null where that is not known here. */
  readonly progress: LogProgress | null;
}

/** How far a log is, and how it gets what it lacks. */
interface LogProgress extends Sent {
  /** How it is sent what it lacks, and whether that is how it should be. */
  readonly state: string;
  readonly isUsual: boolean;
  /** The indexes in words. */
  readonly indexes: readonly (string | Span)[];
  readonly responseMs: number | null;
}

/** A row for each member; where this peer leads, for each of those that follow it, with how far its log is. */
export function memberRows(members: readonly LogMember[], kept: Kept, width: number): PanelRow[] {
  const measured = members.filter(({ progress }) => progress !== null);
  const labelWidth = Math.max(...measured.map(({ label }) => textWidth(label.text)), 0);
  const cells = width < WIDE_FROM ? CELLS.row : CELLS.wideRow;
  const states = members.map(({ progress }) => (progress === null ? "" : stateWord(progress)));
  const stateWidth = Math.max(...states.map((state) => state.length), 0);
  return members.map(({ peer, label, as, isUsual, notes, progress }, at) => {
    const blanks = " ".repeat(Math.max(0, labelWidth - textWidth(label.text)));
    const line: Line =
      progress === null
        ? [span("dim", ` ${as.padEnd(8)}`), label, ...notes]
        : [
            " ",
            label,
            blanks,
            ` ${progressBar(progress, kept, cells)} `,
            stateSpan(progress, fit(states[at] ?? "", stateWidth)),
            ...progress.indexes,
            isUsual ? "" : span("dim", `  ${as}`),
            progress.responseMs === null ? "" : span("dim", `  ${duration(progress.responseMs)}`),
            ...notes,
          ];
    return { line, subject: peer === null ? null : { kind: "peer", peer } };
  });
}

/** The same in as few lines as they fit in, those of each kind together. */
export function packedMembers(members: readonly LogMember[], kept: Kept, width: number): PanelRow[] {
  const kinds = [...new Set(members.map(({ as }) => as))];
  return kinds.flatMap((kind) => {
    const parts = members
      .filter(({ as }) => as === kind)
      .map(({ label, notes, progress }): Line => {
        const bar = progress === null ? "" : ` ${progressBar(progress, kept, CELLS.packed)} ${progress.matchIndex}`;
        const isUsual = progress === null || progress.isUsual;
        return [label, bar, isUsual ? "" : stateSpan(progress, ` ${stateWord(progress)}`), ...notes];
      });
    return packedRows(`${kind}s`, parts, width);
  });
}

/** Parts behind what they are, on as many lines as they need. */
export function packedRows(title: string, parts: readonly Line[], width: number): PanelRow[] {
  const lines: Line[][] = [[]];
  const titleWidth = Math.max(TITLE_WIDTH, title.length + 2);
  let used = titleWidth;
  for (const part of parts) {
    const wide = widthOf(part) + GAP.length;
    if (used + wide > width && lines.at(-1)?.length !== 0) {
      lines.push([]);
      used = titleWidth;
    }
    lines.at(-1)?.push(part);
    used += wide;
  }
  return lines.map((line, index) => ({
    line: [span("dim", (index === 0 ? ` ${title}` : "").padEnd(titleWidth)), ...joined(line, GAP)],
    subject: null,
  }));
}

/** How a follower is sent what it lacks. */
export function stateWord({ state, snapshotPart }: Pick<LogProgress, "state" | "snapshotPart">): string {
  return state === "snapshot" && snapshotPart !== null ? `snapshot ${Math.floor(100 * snapshotPart)}%` : state;
}

function stateSpan({ isUsual }: LogProgress, text: string): Span {
  return span(isUsual ? "dim" : "warn", text);
}
