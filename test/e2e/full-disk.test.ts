import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openJournal } from "../../src/runtime/journal/open-journal.ts";
import { highestNumber } from "../storage/samples.ts";
import { bundleProgram } from "../support/bundle.ts";
import { freePorts } from "../support/free-ports.ts";
import { cleanEnvironment, PROGRAM } from "../support/processes.ts";

/** What sh counts the size of files in. */
const BLOCK_BYTES = 512;

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "full-disk-"));
});

afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs a program to its end where no file may grow past a limit: as on a full disk, a write stops short, the next fails. */
function runWithin(bytes: number, ...command: readonly string[]) {
  const script = `ulimit -f ${bytes / BLOCK_BYTES} && exec "$0" "$@"`;
  return spawnSync("sh", ["-c", script, process.execPath, ...command], {
    encoding: "utf8",
    env: cleanEnvironment(),
    timeout: 30_000,
  });
}

describe("where a file cannot grow further", () => {
  test("a journal acknowledges what is there, then nothing, and says so in one line", async () => {
    const saver = await bundleProgram("test/runtime/journal/save-until-killed.ts", scratch);
    const directory = join(scratch, "journal");
    const { status, stdout, stderr } = runWithin(300 * 1024, saver, directory, "Infinity");
    expect(status).toBe(1);
    expect(stderr).toBe(
      `data directory ${directory}: a file may not grow further there (EFBIG): ` +
        "raise the limit (ulimit -f), or choose another with --data-dir\n",
    );
    const acknowledged = Number(stdout.trimEnd().split("\n").at(-1));
    expect(acknowledged).toBeGreaterThan(1000);
    const opened = await openJournal(directory, { onSaved() {}, onFailure() {} });
    if (opened.kind !== "opened") return expect.unreachable(opened.message);
    expect(highestNumber(opened.records)).toBeGreaterThanOrEqual(acknowledged);
    await opened.journal.close();
  });

  test("a peer ends with one line", async () => {
    const [port = 0] = await freePorts(1);
    const directory = join(scratch, "peer");
    const flags = ["--headless", "--found", "--port", String(port), "--data-dir", directory];
    const { status, stderr } = runWithin(100 * 1024, PROGRAM, ...flags);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^p2p-node: data directory .*peer: a file may not grow further there \(EFBIG\): [^\n]+\n$/);
  });
});
