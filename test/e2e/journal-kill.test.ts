import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { lockDirectory } from "../../src/runtime/journal/lock.ts";
import { openJournal } from "../../src/runtime/journal/open-journal.ts";
import { firstLine, kill, start } from "../runtime/journal/child.ts";
import { highestNumber } from "../storage/samples.ts";
import { bundleProgram } from "../support/bundle.ts";

const ROUNDS = 30;

/** A process is killed at some moment of so many ms, in which it writes hundreds of batches. */
const LIFE_MS = 100;

/** So that it compacts several times in a life. */
const RECORDS_A_COMPACTION = "1000";

let scratch: string;
let saver: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "journal-"));
  saver = await bundleProgram("test/runtime/journal/save-until-killed.ts", scratch);
});

afterAll(() => rm(scratch, { recursive: true }));

/** The number up to which the next process finds all; null where one is missing, or there twice. */
async function found(directory: string): Promise<number | null> {
  const locking = await lockDirectory(directory);
  if (locking.kind !== "locked") return expect.unreachable(locking.message);
  const opened = await openJournal(directory, { onSaved() {}, onFailure() {} });
  if (opened.kind !== "opened") return expect.unreachable(opened.message);
  const highest = highestNumber(opened.records);
  await opened.journal.close();
  await locking.lock.release();
  return highest;
}

describe("a process killed at any moment while it saves as fast as it can", () => {
  test("has left every record that it told of, in order, and the next one takes over its lock", async () => {
    const directory = join(scratch, "killed");
    let acknowledged = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const running = start(saver, directory, RECORDS_A_COMPACTION);
      onTestFinished(() => kill(running));
      await firstLine(running);
      await wait(Math.random() * LIFE_MS);
      await kill(running);
      // The last piece is empty, or was cut short by the kill.
      const last = Number(running.output().split("\n").at(-2));
      expect(last, `round ${round}`).toBeGreaterThan(acknowledged);
      const highest = await found(directory);
      expect(highest, `round ${round}`).toBeGreaterThanOrEqual(last);
      acknowledged = last;
    }
  });
});
