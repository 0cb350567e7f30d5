import type { PeerId } from "../../core/peer-id.ts";
import type { Entry } from "../../protocols/raft/message.ts";
import type { Fold } from "./journals.ts";

/** What Raft's records say. */
export interface RaftJournal {
  currentTerm: number;
  /** Who got the vote of that term. */
  votedFor: PeerId | null;
  /** The entry of index 1 comes first. */
  readonly log: Entry[];
  /** The highest term and the longest log that it ever was, whatever was forgotten or cut since. */
  highestTerm: number;
  longestLog: number;
}

/** Raft's records, as a life that begins with them takes them. */
export const raftJournal: Fold<RaftJournal> = {
  fresh: () => ({ currentTerm: 0, votedFor: null, log: [], highestTerm: 0, longestLog: 0 }),
  apply: (journal, entry) => {
    if (entry.protocol !== "raft") return;
    const { record } = entry;
    switch (record.kind) {
      case "hard-state":
        journal.currentTerm = record.currentTerm;
        journal.votedFor = record.votedFor;
        journal.highestTerm = Math.max(journal.highestTerm, record.currentTerm);
        return;
      case "append":
        return append(journal, record.entries);
      case "forget":
        journal.currentTerm = 0;
        journal.votedFor = null;
        journal.log.length = 0;
    }
  },
};

function append(journal: RaftJournal, entries: readonly Entry[]): void {
  const { log } = journal;
  const before = (entries[0]?.index ?? log.length + 1) - 1;
  if (before < log.length) log.length = before;
  for (const entry of entries) log.push(entry);
  journal.longestLog = Math.max(journal.longestLog, log.length);
}
