import type { RaftPicture } from "../../peer/peer-view.ts";
import { span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { beforeWords, entryRows } from "./log-entries.ts";

/** How far the log is here, where it begins, and what stands for all that came before. */
export function logRow(raft: RaftPicture, width: number): PanelRow {
  const { commitIndex, lastApplied, lastLogIndex, firstLogIndex } = raft;
  return {
    line: [
      " log  ",
      span("dim", "commit "),
      String(commitIndex),
      span("dim", "  applied "),
      String(lastApplied),
      span("dim", "  last "),
      String(lastLogIndex),
      span("dim", beforeWords({ ...raft, firstIndex: firstLogIndex }, width)),
    ],
    subject: { kind: "log" },
  };
}

/** The newest entries, the newest first. */
export function raftEntryRows(raft: RaftPicture): readonly PanelRow[] {
  const entries = raft.tail.map(({ term, ...entry }) => ({
    ...entry,
    name: String(entry.index),
    note: `T${term}`,
    subject: { kind: "log-entry", index: entry.index } as const,
  }));
  return entryRows(entries, raft);
}
