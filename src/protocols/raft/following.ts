import type { PeerId } from "../../core/peer-id.ts";
import type { RaftMessage } from "./message.ts";
import type { RaftState } from "./state.ts";

type AppendEntries = Extract<RaftMessage, { readonly kind: "append-entries" }>;

/** Whether the entries of an append follow each other and its head, as a leader's do. */
export function isWellFormed(message: AppendEntries): boolean {
  let { previousIndex: index, previousTerm: term } = message;
  if ((index === 0) !== (term === 0) || term > message.term) return false;
  for (const entry of message.entries) {
    if (entry.index !== index + 1 || entry.term < term || entry.term === 0 || entry.term > message.term) return false;
    ({ index, term } = entry);
  }
  return true;
}

/**
 * Takes what the leader of the current term sent (section 5.3): entries only behind one on which both logs agree.
 * What was taken is on disk before the leader hears so.
 */
export function follow(state: RaftState, leader: PeerId, message: AppendEntries): void {
  const { log, currentTerm } = state;
  const { round, previousIndex, previousTerm } = message;
  if (!log.matches(previousIndex, previousTerm)) {
    const conflict = conflictAt(state, previousIndex);
    state.sendAfterSaves(leader, { kind: "mismatch", term: currentTerm, round, ...conflict });
    return;
  }
  // What is already here stays: an old message that comes late must not cut what a newer one brought.
  const known = message.entries.findIndex((entry) => !log.matches(entry.index, entry.term));
  if (known >= 0) state.append(message.entries.slice(known));
  const matchIndex = previousIndex + message.entries.length;
  state.commitTo(Math.min(message.leaderCommit, matchIndex));
  // A heartbeat is answered at once, for what is on disk: a read that waits for it need not wait for the disk.
  if (message.entries.length === 0) {
    const onDisk = Math.min(matchIndex, log.savedIndex);
    state.send(leader, { kind: "appended", term: currentTerm, round, matchIndex: onDisk });
  } else state.sendAfterSaves(leader, { kind: "appended", term: currentTerm, round, matchIndex });
}

/** A leader of an older term is told of the newer one, or it would go on for ever. */
export function refuseOldTerm(state: RaftState, leader: PeerId, round: number): void {
  const { currentTerm: term, log } = state;
  state.send(leader, { kind: "mismatch", term, round, conflictIndex: log.lastIndex + 1, conflictTerm: 0 });
}

/** Where the leader should look next: before the whole term that conflicts, so that one answer skips it (section 5.3). */
function conflictAt({ log, commitIndex }: RaftState, previousIndex: number) {
  if (previousIndex > log.lastIndex) return { conflictIndex: log.lastIndex + 1, conflictTerm: 0 };
  const conflictTerm = log.termAt(previousIndex);
  return { conflictIndex: Math.max(log.firstIndexOf(conflictTerm), commitIndex + 1), conflictTerm };
}
