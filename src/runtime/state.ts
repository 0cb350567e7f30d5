import { randomBytes } from "node:crypto";
import { ensembleHash, type Modes } from "../core/modes.ts";
import { type PeerId, parsePeerId } from "../core/peer-id.ts";
import type { AnyRecord } from "../peer/registry.ts";
import { decodeRecords, identityIn, orderIn } from "../storage/saved-state.ts";
import { setAside } from "./journal/directory.ts";
import type { Journal, JournalListener } from "./journal/journal.ts";
import { type DirectoryLock, lockDirectory } from "./journal/lock.ts";
import { memoryJournal } from "./journal/memory-journal.ts";
import { openJournal } from "./journal/open-journal.ts";
import { StartError } from "./start-error.ts";

/** The saved state of a peer, open for more. */
export interface StoredState {
  /** Who this peer is: as saved, or drawn for a first life. */
  readonly id: PeerId;
  readonly records: readonly AnyRecord[];
  readonly journal: Journal;
  /** What was odd, a line each. */
  readonly notices: readonly string[];
  /** Whether there was an earlier state, too corrupt to go on with. */
  readonly isLost: boolean;
  /** Waits until all that was appended is durable, then lets the directory go. */
  close(): Promise<void>;
  /** Lets the directory go at once: what is not durable yet is lost. */
  abandon(): Promise<void>;
}

/**
 * Opens the state in a data directory, or a state in memory where there is none. Corrupt state is set aside, never
 * deleted, and the peer begins under a new ID: the old one may have voted.
 *
 * @throws StartError with one line that says what is wrong and what to do
 */
export async function openState(
  directory: string | null,
  { fresh, modes }: { readonly fresh: boolean; readonly modes: Modes },
  listener: JournalListener,
): Promise<StoredState> {
  if (directory === null) {
    const journal = memoryJournal(listener);
    const close = (): Promise<void> => journal.close();
    return {
      id: newPeerId(),
      records: [],
      journal,
      notices: [],
      isLost: false,
      close,
      abandon: () => journal.abandon(),
    };
  }
  const locking = await lockDirectory(directory);
  if (locking.kind !== "locked") throw new StartError(locking.message);
  try {
    const opened = await openLocked(directory, fresh, listener, locking.lock);
    const flaw = otherOrder(opened.records, modes);
    if (flaw === null) return opened;
    await opened.journal.close();
    throw new StartError(`the state in ${directory} ${flaw}, or use --fresh or another --data-dir`);
  } catch (error) {
    await locking.lock.release();
    throw error;
  }
}

async function openLocked(
  directory: string,
  fresh: boolean,
  listener: JournalListener,
  lock: DirectoryLock,
): Promise<StoredState> {
  const notices: string[] = [];
  let isLost = false;
  if (fresh) {
    const to = await moveAway(directory, "earlier");
    if (to !== null) notices.push(`the earlier state is kept in ${to}`);
  }
  let opened = await openJournal(directory, listener);
  let records = opened.kind === "opened" ? decodeRecords(opened.records) : undefined;
  if (opened.kind === "corrupt" || (opened.kind === "opened" && records === undefined)) {
    if (opened.kind === "opened") await opened.journal.close();
    const reason =
      opened.kind === "corrupt" ? opened.message : `journal in ${directory} holds records of no known kind`;
    const to = await moveAway(directory, "corrupt");
    isLost = true;
    notices.push(`${reason}; kept in ${to ?? directory}. This peer begins anew under another ID`);
    opened = await openJournal(directory, listener);
    records = [];
  }
  if (opened.kind !== "opened" || records === undefined) {
    throw new StartError(opened.kind === "opened" ? `data directory ${directory} cannot be read` : opened.message);
  }
  const { journal } = opened;
  const close = async (): Promise<void> => {
    await journal.close();
    await lock.release();
  };
  const abandon = async (): Promise<void> => {
    await journal.abandon();
    await lock.release();
  };
  return { id: identityIn(records) ?? newPeerId(), records, journal, notices, isLost, close, abandon };
}

/** Why saved state cannot be gone on with in these modes; null where it can. */
function otherOrder(records: readonly AnyRecord[], { broadcast, ensemble }: Modes): string | null {
  const saved = orderIn(records);
  if (saved === undefined) return null;
  if (saved.broadcast !== broadcast) return `was made with --broadcast ${saved.broadcast}: say that`;
  return saved.ensemble === ensembleHash(ensemble) ? null : "was made with another --ensemble: name that";
}

async function moveAway(directory: string, why: "corrupt" | "earlier"): Promise<string | null> {
  const moved = await setAside(directory, why);
  if (moved.kind === "unusable") throw new StartError(moved.message, moved.code);
  return moved.to;
}

function newPeerId(): PeerId {
  // Zero, which is nobody, comes up once in 2^64.
  return parsePeerId(randomBytes(8).toString("hex")) ?? newPeerId();
}
