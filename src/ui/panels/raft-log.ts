import type { PeerView } from "../../peer/peer-view.ts";
import { size } from "../format.ts";
import { fit, span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import type { Style } from "../theme.ts";

type Raft = PeerView["raft"];

/** How far an entry is at this peer, which goes from one to the next. */
type Stage = "appended" | "committed" | "applied";

const STYLES: Record<Stage, Style> = { appended: "warn", committed: "accent", applied: "good" };

/** Columns from which on there is room for words. */
const WIDE_FROM = 80;
const STAGE_WIDTH = "committed".length;

/** How far the log is here, where it begins, and what stands for all that came before. */
export function logRow(raft: Raft, width: number): PanelRow {
  const { commitIndex, lastApplied, lastLogIndex, firstLogIndex, snapshotIndex, snapshotBytes } = raft;
  const word = width < WIDE_FROM ? "snap" : `snapshot of ${snapshotIndex},`;
  const before = snapshotIndex === 0 ? "" : `  from ${firstLogIndex}, ${word} ${size(snapshotBytes)}`;
  return {
    line: [
      " log  ",
      span("dim", "commit "),
      String(commitIndex),
      span("dim", "  applied "),
      String(lastApplied),
      span("dim", "  last "),
      String(lastLogIndex),
      span("dim", before),
    ],
    subject: { kind: "log" },
  };
}

/** The newest entries, the newest first: how far each is here, then its term, the Lamport time, and what it says. */
export function entryRows(raft: Raft): readonly PanelRow[] {
  const entries = raft.tail.toReversed();
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const indexWidth = Math.max(4, widest(entries.map(({ index }) => String(index))));
  const termWidth = widest(entries.map(({ term }) => `T${term}`));
  const lamportWidth = widest(entries.map(({ lamport }) => lamportWord(lamport)));
  return entries.map(({ index, term, lamport, text }) => {
    const stage = stageOf(raft, index);
    return {
      line: [
        ` ${fit(String(index), indexWidth, "right")} `,
        span(STYLES[stage], fit(stage, STAGE_WIDTH)),
        span("dim", ` ${fit(`T${term}`, termWidth)} ${fit(lamportWord(lamport), lamportWidth)} `),
        text,
      ],
      subject: { kind: "log-entry", index },
    };
  });
}

/** How far an entry is at this peer. */
export function stageOf({ commitIndex, lastApplied }: Raft, index: number): Stage {
  if (index <= lastApplied) return "applied";
  return index <= commitIndex ? "committed" : "appended";
}

function lamportWord(lamport: number | null): string {
  return lamport === null ? "-" : `L${lamport}`;
}
