import type { JournalRecord } from "../peer/journal-record.ts";
import { type DecodedBatch, decodeBatch, decodeHeader, HEADER_BYTES, mayBeginAt, sealsStay } from "./format.ts";

/** What a segment holds, or why it cannot be trusted. */
export type Recovery =
  | {
      readonly kind: "recovered";
      readonly version: number;
      readonly segment: number;
      /** What the checksums of further batches begin with. */
      readonly seed: number;
      /** Views into the segment's bytes. */
      readonly records: readonly JournalRecord[];
      /** Where the base ends, and what was appended to it begins. */
      readonly baseEnd: number;
      /** Where the next batch goes. */
      readonly end: number;
      /** Whether a seal ends it, which the next batch follows. */
      readonly sealed: boolean;
      /** Whether rests of an unfinished write follow, which have to be cut off before anything is appended. */
      readonly torn: boolean;
    }
  | { readonly kind: "corrupt"; readonly offset: number; readonly reason: string }
  | { readonly kind: "newer-version"; readonly version: number };

/**
 * Reads a segment as a crash or an orderly end left it. Never throws.
 *
 * A write is durable before the next one begins, so a crash can spoil the last batch only: bad bytes at the end are an
 * unfinished write that nobody was told of, and are left out. Bad bytes before a good batch, or at the beginning, which
 * is durable before the file has its name, are corruption: what they held was acknowledged. The last batch has no
 * witness until the next one or a seal follows it.
 */
export function recoverSegment(segmentBytes: Buffer): Recovery {
  const writtenEnd = endOfWritten(segmentBytes);
  const header = decodeHeader(segmentBytes);
  if (header.kind === "bad") return { kind: "corrupt", offset: 0, reason: header.reason };
  if (header.kind === "newer-version") return header;
  const { version, segment, seed } = header;

  const records: JournalRecord[] = [];
  let end = HEADER_BYTES;
  let batch = decodeBatch(seed, segmentBytes, end);
  if (batch.kind !== "base") return { kind: "corrupt", offset: end, reason: reasonOf(batch, "the base is missing") };
  const baseEnd = batch.end;
  let sealed = false;
  while (batch.kind !== "bad" && (batch.kind !== "seal" || sealsStay(version))) {
    for (const record of batch.records) records.push(record);
    sealed = batch.kind === "seal";
    end = batch.end;
    batch = decodeBatch(seed, segmentBytes, end);
  }

  const witness = nextBatch(seed, segmentBytes, end + 1, writtenEnd);
  if (witness !== undefined) {
    const reason = reasonOf(batch, "it was overwritten by an older one");
    return { kind: "corrupt", offset: end, reason: `${reason}, yet a good batch follows at byte ${witness}` };
  }
  // In version 1 a seal is where the next batch goes.
  const used = batch.kind === "seal" ? batch.end : end;
  return { kind: "recovered", version, segment, seed, records, baseEnd, end, sealed, torn: writtenEnd > used };
}

/** Where the first good batch from `from` on, and before `to`, begins. */
function nextBatch(seed: number, segmentBytes: Buffer, from: number, to: number): number | undefined {
  for (let at = from; at < to; at++) {
    if (mayBeginAt(segmentBytes, at) && decodeBatch(seed, segmentBytes, at).kind !== "bad") return at;
  }
  return undefined;
}

function reasonOf(batch: DecodedBatch, otherwise: string): string {
  return batch.kind === "bad" ? batch.reason : otherwise;
}

/** Where the zeros at the end begin. */
function endOfWritten(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
