import { expect } from "vitest";
import type { JournalRecord } from "../../../src/peer/journal-record.ts";
import type { StorageFailure } from "../../../src/runtime/journal/failure.ts";
import type { Journal } from "../../../src/runtime/journal/journal.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { highestNumber, sampleRecord } from "../../storage/samples.ts";
import type { UnreliableDisk } from "./unreliable-disk.ts";

/** The names of its segments. */
export const FIRST = "journal-0000000001";
export const SECOND = "journal-0000000002";

/** A journal that is open, and what it told. */
export interface Opened {
  readonly journal: Journal;
  readonly records: readonly JournalRecord[];
  /** The tokens that were acknowledged. */
  readonly saved: number[];
  readonly failures: StorageFailure[];
}

/** Opens the journal on a disk, which must not fail. */
export async function open(disk: UnreliableDisk): Promise<Opened> {
  const saved: number[] = [];
  const failures: StorageFailure[] = [];
  const listener = {
    onSaved: (token: number) => saved.push(token),
    onFailure: (failure: StorageFailure) => failures.push(failure),
  };
  const opened = await openJournal("/data", listener, disk);
  if (opened.kind !== "opened") throw new Error(opened.message);
  return { journal: opened.journal, records: opened.records, saved, failures };
}

/** Appends one record, and its number as the token. */
export function append(journal: Journal, number: number): void {
  journal.append([sampleRecord(number)], number);
}

/** Lets the simulated disk work until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 10_000 && !condition(); turns++) await new Promise(setImmediate);
  expect(condition()).toBe(true);
}

/** The number up to which the next life finds all; null where one is missing. */
export async function reopened(disk: UnreliableDisk): Promise<number | null> {
  return highestNumber((await open(disk)).records);
}
