import type { PeerId } from "../../core/peer-id.ts";
import type { Configuration, Entry, Snapshot } from "../../protocols/raft/message.ts";
import type { Fold } from "./journals.ts";

/** What Raft's records say. */
export interface RaftJournal {
  currentTerm: number;
  /** Who got the vote of that term. */
  votedFor: PeerId | null;
  /** The entry of index 1 comes first; undefined where only a snapshot stands for it. */
  readonly log: (Entry | undefined)[];
  /** The end of the latest snapshot; 0 and 0 without one. */
  snapshotIndex: number;
  snapshotTerm: number;
  /** Where configurations stand in the log; the latest comes last. */
  readonly configurations: { readonly index: number; readonly configuration: Configuration }[];
  /** The highest term and the longest log that it ever was, whatever was forgotten or cut since. */
  highestTerm: number;
  longestLog: number;
}

/** The term of an entry, 0 before the first one; undefined where there is none, and where a snapshot has made it unknown. */
export function termAt({ log, snapshotIndex, snapshotTerm }: RaftJournal, index: number): number | undefined {
  if (index === 0) return 0;
  return log[index - 1]?.term ?? (index === snapshotIndex ? snapshotTerm : undefined);
}

/** Whether a log has another entry at an index, or ends before it; where it has none, a snapshot stands for it. */
export function lacks({ log }: RaftJournal, index: number, term: number): boolean {
  return index > log.length || (log[index - 1]?.term ?? term) !== term;
}

/** Raft's records, as a life that begins with them takes them. */
export const raftJournal: Fold<RaftJournal> = {
  fresh: () => ({
    currentTerm: 0,
    votedFor: null,
    log: [],
    snapshotIndex: 0,
    snapshotTerm: 0,
    configurations: [],
    highestTerm: 0,
    longestLog: 0,
  }),
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
      case "snapshot":
        return snapshot(journal, record);
      case "forget":
        journal.currentTerm = 0;
        journal.votedFor = null;
        journal.snapshotIndex = 0;
        journal.snapshotTerm = 0;
        cut(journal, 0);
    }
  },
};

function append(journal: RaftJournal, entries: readonly Entry[]): void {
  const [first] = entries;
  if (first !== undefined) cut(journal, first.index - 1);
  for (const entry of entries) {
    const { index, payload } = entry;
    journal.log.push(entry);
    if (payload.kind === "configuration") journal.configurations.push({ index, configuration: payload.configuration });
  }
  journal.longestLog = Math.max(journal.longestLog, journal.log.length);
}

/** What a snapshot stands for stays known as far as it was; entries behind stay where the log has its last one. */
function snapshot(journal: RaftJournal, { lastIndex, lastTerm, configuration }: Snapshot): void {
  const { log, configurations } = journal;
  if (termAt(journal, lastIndex) !== lastTerm) cut(journal, 0);
  if (log.length < lastIndex) log.length = lastIndex;
  journal.snapshotIndex = lastIndex;
  journal.snapshotTerm = lastTerm;
  if ((configurations.at(-1)?.index ?? 0) <= lastIndex) configurations.push({ index: lastIndex, configuration });
  journal.longestLog = Math.max(journal.longestLog, log.length);
}

/** Leaves so many entries. */
function cut({ log, configurations }: RaftJournal, length: number): void {
  if (length < log.length) log.length = length;
  while ((configurations.at(-1)?.index ?? 0) > length) configurations.pop();
}
