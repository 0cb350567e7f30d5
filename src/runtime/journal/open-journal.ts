import { join } from "node:path";
import type { JournalRecord } from "../../peer/journal-record.ts";
import { FORMAT_VERSION, HEADER_BYTES } from "../../storage/format.ts";
import { type Recovery, recoverSegment } from "../../storage/recovery.ts";
import { type Disk, fileSystem } from "./disk.ts";
import { type StorageFailure, storageFailure } from "./failure.ts";
import type { Journal, JournalListener } from "./journal.ts";
import { createSegment, findSegments, nameSegment, Segment, segmentName } from "./segment.ts";
import { SegmentedJournal } from "./segmented-journal.ts";

/** What became of opening a journal. Every `message` is one line that says what is wrong and what the user can do. */
export type OpenedJournal =
  /** `records`: all that earlier lives saved, in order; views into one buffer. */
  | { readonly kind: "opened"; readonly journal: Journal; readonly records: readonly JournalRecord[] }
  /** Acknowledged records are lost: call `setAside`, then start under a new id. */
  | {
      readonly kind: "corrupt";
      readonly file: string;
      /** Where in the file the first bad byte may be. */
      readonly offset: number;
      readonly reason: string;
      readonly message: string;
    }
  /** A newer program wrote it: nothing is wrong with it, and it must not be set aside. */
  | { readonly kind: "newer-version"; readonly file: string; readonly version: number; readonly message: string }
  | ({ readonly kind: "unusable" } & StorageFailure);

/**
 * Opens the journal in a data directory that this process has locked, or begins one. Rests of an unfinished write or
 * compaction are removed; what is read is durable before it is answered.
 */
export async function openJournal(
  directory: string,
  listener: JournalListener,
  disk: Disk = fileSystem(),
): Promise<OpenedJournal> {
  try {
    const { numbers, unfinished } = findSegments(await disk.list(directory));
    for (const name of unfinished) await disk.remove(join(directory, name));
    const newest = numbers.at(-1);
    if (newest === undefined) return await beginJournal(directory, listener, disk);

    const file = join(directory, segmentName(newest));
    const bytes = await disk.read(file);
    const recovery = checkNumber(recoverSegment(bytes), newest);
    if (recovery.kind !== "recovered") return explain(file, recovery);
    const segment = await resumeSegment(file, recovery, bytes.length, disk);
    // A name that an earlier life gave must be durable before the older segments, which could replace it, go.
    await disk.syncDirectory(directory);
    for (const number of numbers.slice(0, -1)) await disk.remove(join(directory, segmentName(number)));
    const { baseEnd, end, sealed } = recovery;
    const extent = { baseBytes: baseEnd - HEADER_BYTES, grownBytes: end - baseEnd, isSealed: sealed };
    const journal = new SegmentedJournal(disk, directory, listener, segment, extent);
    return { kind: "opened", journal, records: recovery.records };
  } catch (error) {
    return { kind: "unusable", ...storageFailure(directory, error) };
  }
}

async function beginJournal(directory: string, listener: JournalListener, disk: Disk): Promise<OpenedJournal> {
  const segment = await createSegment(disk, directory, 1, []);
  await nameSegment(disk, directory, 1);
  const extent = { baseBytes: 0, grownBytes: 0, isSealed: false };
  return { kind: "opened", journal: new SegmentedJournal(disk, directory, listener, segment, extent), records: [] };
}

/** Opens a recovered segment where it ends, without the rests of an unfinished write. */
async function resumeSegment(
  file: string,
  { version, segment, seed, end, torn }: Extract<Recovery, { kind: "recovered" }>,
  length: number,
  disk: Disk,
): Promise<Segment> {
  const handle = await disk.open(file, "existing");
  if (torn) await handle.truncate(end);
  // Batches of a killed process may be in the system's memory only.
  await handle.sync();
  return new Segment(handle, { version, number: segment, seed, end, allocated: torn ? end : length });
}

function checkNumber(recovery: Recovery, number: number): Recovery {
  if (recovery.kind !== "recovered" || recovery.segment === number) return recovery;
  return { kind: "corrupt", offset: 0, reason: `it is segment ${recovery.segment} under another's name` };
}

function explain(file: string, recovery: Exclude<Recovery, { kind: "recovered" }>): OpenedJournal {
  if (recovery.kind === "newer-version") {
    const { version } = recovery;
    const problem = `journal ${file} has format ${version}, newer than ${FORMAT_VERSION}, the newest known here`;
    return { kind: "newer-version", file, version, message: `${problem}: upgrade, or choose another with --data-dir` };
  }
  const { offset, reason } = recovery;
  const message = `journal ${file} is corrupt at byte ${offset} (${reason})`;
  return { kind: "corrupt", file, offset, reason, message };
}
