import { type BroadcastKind, ensembleHash, USUAL_MODES } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import { decodeRecord, type JournalRecord } from "../peer/journal-record.ts";
import type { AnyRecord } from "../peer/registry.ts";

/** All records of a journal, in order; undefined if one of them is of no known kind: then the journal is corrupt. */
export function decodeRecords(stored: readonly JournalRecord[]): readonly AnyRecord[] | undefined {
  const records: AnyRecord[] = [];
  for (const each of stored) {
    const record = decodeRecord(each);
    if (record === undefined) return undefined;
    records.push(record);
  }
  return records;
}

/** Whose state the records are; undefined where no earlier life saved who it is. */
export function identityIn(records: readonly AnyRecord[]): PeerId | undefined {
  for (const entry of records) {
    if (entry.protocol === "peer" && entry.record.kind === "identity") return entry.record.peer;
  }
  return undefined;
}

/** What put the changes of earlier lives into order, and the hash of its ensemble; undefined of a first life. */
export function orderIn(
  records: readonly AnyRecord[],
): { readonly broadcast: BroadcastKind; readonly ensemble: string } | undefined {
  if (records.length === 0) return undefined;
  for (const entry of records) {
    if (entry.protocol === "peer" && entry.record.kind === "order") return entry.record;
  }
  return { broadcast: USUAL_MODES.broadcast, ensemble: ensembleHash(USUAL_MODES.ensemble) };
}
