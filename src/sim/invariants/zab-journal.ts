import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import type { Entry, Snapshot, Zxid } from "../../protocols/zab/message.ts";
import type { Fold, Journals } from "./journals.ts";

const NOTHING: Zxid = { epoch: 0, counter: 0 };

/** What ZAB's records say. */
export interface ZabJournal {
  acceptedEpoch: number;
  currentEpoch: number;
  /** The entry of index 1 comes first; undefined where only a snapshot stands for it. */
  readonly history: (Entry | undefined)[];
  /** The end of the latest snapshot; zeros without one. */
  snapshotIndex: number;
  snapshotZxid: Zxid;
  /** Who was met first at each slot of the ensemble. */
  readonly pins: Map<Address, PeerId>;
  /** The longest history that it ever was, whatever was forgotten or cut since. */
  longestHistory: number;
}

/** Where an entry stands, zeros before the first one; undefined where there is none, and where a snapshot has made it unknown. */
export function zxidAt({ history, snapshotIndex, snapshotZxid }: ZabJournal, index: number): Zxid | undefined {
  if (index === 0) return NOTHING;
  return history[index - 1] ?? (index === snapshotIndex ? snapshotZxid : undefined);
}

/** Whether a history has an entry of another epoch at an index, or ends before it; where it has none, a snapshot stands for it. */
export function lacksEntry({ history }: ZabJournal, index: number, epoch: number): boolean {
  return index > history.length || (history[index - 1]?.epoch ?? epoch) !== epoch;
}

/** The slots of an ensemble at which no disk has an entry, as `met` says whom peers met there, and whether a quorum has it. */
export function missingOnDisks(
  ensemble: readonly Address[],
  met: readonly ZabJournal[],
  journals: Journals<ZabJournal>,
  { index, epoch }: Pick<Entry, "index" | "epoch">,
): { readonly missing: readonly Address[]; readonly isQuorum: boolean } {
  const missing = ensemble.filter((address) => {
    const peers = new Set(met.flatMap(({ pins }) => pins.get(address) ?? []));
    const saved = [...peers].flatMap((peer) => journals.ofPeer(peer)?.saved ?? []);
    return saved.every((journal) => lacksEntry(journal, index, epoch));
  });
  return { missing, isQuorum: ensemble.length - missing.length >= majority(ensemble.length) };
}

/** ZAB's records, as a life that begins with them takes them. */
export const zabJournal: Fold<ZabJournal> = {
  fresh: () => ({
    acceptedEpoch: 0,
    currentEpoch: 0,
    history: [],
    snapshotIndex: 0,
    snapshotZxid: NOTHING,
    pins: new Map(),
    longestHistory: 0,
  }),
  apply: (journal, entry) => {
    if (entry.protocol !== "zab") return;
    const { record } = entry;
    switch (record.kind) {
      case "accepted-epoch":
        journal.acceptedEpoch = record.epoch;
        return;
      case "current-epoch":
        journal.currentEpoch = record.epoch;
        return;
      case "append":
        journal.history.push(...record.entries);
        journal.longestHistory = Math.max(journal.longestHistory, journal.history.length);
        return;
      case "truncate":
        journal.history.length = Math.min(journal.history.length, record.index);
        return;
      case "snapshot":
        return snapshot(journal, record);
      case "member":
        journal.pins.set(record.address, record.peer);
        return;
      case "forget":
        journal.acceptedEpoch = 0;
        journal.currentEpoch = 0;
        journal.history.length = 0;
        journal.snapshotIndex = 0;
        journal.snapshotZxid = NOTHING;
        journal.pins.clear();
    }
  },
};

/** What it stands for stays known as far as it was the same; nothing stands behind it. */
function snapshot(journal: ZabJournal, { index, zxid }: Snapshot): void {
  const known = zxidAt(journal, index);
  if (known?.epoch !== zxid.epoch || known.counter !== zxid.counter) journal.history.length = 0;
  journal.history.length = index;
  journal.snapshotIndex = index;
  journal.snapshotZxid = zxid;
  journal.longestHistory = Math.max(journal.longestHistory, index);
}
