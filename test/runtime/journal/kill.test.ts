import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { lockDirectory } from "../../../src/runtime/journal/lock.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { highestNumber } from "../../storage/samples.ts";
import { bundleProgram } from "../../support/bundle.ts";
import { firstLine, kill, start } from "./child.ts";

let scratch: string;
let saver: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "journal-"));
  saver = await bundleProgram("test/runtime/journal/save-until-killed.ts", scratch);
});

afterAll(() => rm(scratch, { recursive: true }));

describe("a process killed at any moment", () => {
  it("has left every record that it told of, and the next one takes over its lock", async () => {
    const directory = join(scratch, "killed");
    let acknowledged = 0;
    for (let round = 0; round < 10; round++) {
      const running = start(saver, directory);
      onTestFinished(() => kill(running));
      await firstLine(running);
      await wait(Math.random() * 60);
      await kill(running);
      const lines = running.output().split("\n");
      // The last piece is empty, or was cut short by the kill.
      const last = Number(lines.at(-2));
      expect(last).toBeGreaterThan(acknowledged);
      acknowledged = last;

      const locking = await lockDirectory(directory);
      if (locking.kind !== "locked") return expect.unreachable(locking.message);
      const opened = await openJournal(directory, { onSaved() {}, onFailure() {} });
      if (opened.kind !== "opened") return expect.unreachable(opened.message);
      expect(highestNumber(opened.records)).toBeGreaterThanOrEqual(acknowledged);
      await opened.journal.close();
      await locking.lock.release();
    }
  }, 20_000);
});
