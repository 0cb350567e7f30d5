import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { lockDirectory } from "../../../src/runtime/journal/lock.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { bundleProgram } from "../../support/bundle.ts";
import { firstLine, kill, start } from "./child.ts";

let scratch: string;
let holder: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "lock-"));
  holder = await bundleProgram("test/runtime/journal/hold-lock.ts", scratch);
});

afterAll(() => rm(scratch, { recursive: true }));

describe("the lock of a data directory", () => {
  it("names its process, refuses a second one in one clear line, and is free when released", async () => {
    const directory = join(scratch, "named", "deep");
    const first = await lockDirectory(directory);
    if (first.kind !== "locked") return expect.unreachable(first.message);
    expect(JSON.parse(await readFile(join(directory, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
    expect(await lockDirectory(directory)).toEqual({
      kind: "in-use",
      pid: process.pid,
      message:
        `data directory ${directory} is in use by process ${process.pid}: ` +
        "stop it, or choose another with --data-dir",
    });
    await first.lock.release();
    expect(await readdir(directory)).toEqual([]);
    const second = await lockDirectory(directory);
    expect(second.kind).toBe("locked");
  });

  it("lies in a directory for this user alone", async () => {
    const directory = join(scratch, "private");
    await lockDirectory(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, "lock"))).mode & 0o777).toBe(0o600);
    const opened = await openJournal(directory, { onSaved() {}, onFailure() {} });
    if (opened.kind !== "opened") return expect.unreachable(opened.message);
    await opened.journal.close();
    expect((await stat(join(directory, "journal-0000000001"))).mode & 0o777).toBe(0o600);
  });

  it("is held by a process that lives, and taken over when that one was killed", async () => {
    const directory = join(scratch, "taken-over");
    const running = start(holder, directory);
    onTestFinished(() => kill(running));
    expect(await firstLine(running)).toBe("locked");
    expect(await lockDirectory(directory)).toMatchObject({ kind: "in-use", pid: running.child.pid });
    await kill(running);
    const locking = await lockDirectory(directory);
    expect(locking.kind).toBe("locked");
  });

  it("is taken over from a process whose number another one has now", async () => {
    const directory = join(scratch, "reused");
    const locking = await lockDirectory(directory);
    if (locking.kind !== "locked") return expect.unreachable(locking.message);
    const path = join(directory, "lock");
    const held = JSON.parse(await readFile(path, "utf8"));
    // Without a start time the number alone decides.
    if (held.started === null) return;
    await writeFile(path, JSON.stringify({ ...held, started: "1" }));
    expect((await lockDirectory(directory)).kind).toBe("locked");
    await writeFile(path, JSON.stringify({ ...held, boot: "an earlier one" }));
    expect((await lockDirectory(directory)).kind).toBe("locked");
    await writeFile(path, JSON.stringify({ ...held, started: null, boot: null }));
    expect((await lockDirectory(directory)).kind).toBe("in-use");
  });

  it.each(["", "{", '{"pid":0,"nonce":"0123456789abcdef"}', '{"pid":1,"nonce":"../../x"}'])(
    "is taken over when it says %j, as a crash of the machine may leave it",
    async (content) => {
      const directory = await mkdtemp(join(scratch, "unreadable-"));
      await writeFile(join(directory, "lock"), content);
      const locking = await lockDirectory(directory);
      expect(locking.kind).toBe("locked");
      expect((await lockDirectory(directory)).kind).toBe("in-use");
      expect(await readdir(directory)).toEqual(["lock"]);
    },
  );

  it("is taken over though a process was killed while it did just that", async () => {
    const directory = await mkdtemp(join(scratch, "halfway-"));
    const gone = { pid: 2 ** 22 + 1, started: "1", boot: null };
    const [stale, claim] = ["00000000000000aa", "00000000000000bb"];
    await writeFile(join(directory, "lock"), JSON.stringify({ ...gone, nonce: stale }));
    await writeFile(join(directory, `lock.${stale}`), JSON.stringify({ ...gone, nonce: claim }));
    expect((await lockDirectory(directory)).kind).toBe("locked");
    expect(await readdir(directory)).toEqual(["lock"]);
  });

  it("goes to one alone of many processes that take it at the same instant, free or stale", async () => {
    const gone = { pid: 2 ** 22 + 1, started: "1", boot: null, nonce: "00000000000000cc" };
    for (const stale of [false, true]) {
      const directory = await mkdtemp(join(scratch, "race-"));
      if (stale) await writeFile(join(directory, "lock"), JSON.stringify(gone));
      const startAt = String(Date.now() + 700);
      const contenders = Array.from({ length: 5 }, () => start(holder, directory, startAt));
      onTestFinished(async () => {
        await Promise.all(contenders.map(kill));
      });
      const results = await Promise.all(contenders.map(firstLine));
      expect(results.sort()).toEqual(["in-use", "in-use", "in-use", "in-use", "locked"]);
      await Promise.all(contenders.map(kill));
    }
  }, 20_000);

  it("goes to one alone of many takers within a process, over and over", async () => {
    const directory = await mkdtemp(join(scratch, "many-"));
    const gone = { pid: 2 ** 22 + 1, started: "1", boot: null, nonce: "00000000000000dd" };
    for (let round = 0; round < 40; round++) {
      if (round % 2 === 0) await writeFile(join(directory, "lock"), JSON.stringify(gone));
      const lockings = await Promise.all(Array.from({ length: 8 }, () => lockDirectory(directory)));
      const winners = lockings.flatMap((locking) => (locking.kind === "locked" ? [locking.lock] : []));
      expect(winners).toHaveLength(1);
      await winners[0]?.release();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it("is refused, with the reason, where no directory can be", async () => {
    const file = join(scratch, "a-file");
    await writeFile(file, "");
    expect(await lockDirectory(file)).toEqual({
      kind: "unusable",
      code: "EEXIST",
      message: `data directory ${file}: there is a file of that name (EEXIST): choose another with --data-dir`,
    });
    expect(await lockDirectory(join(file, "below"))).toMatchObject({ kind: "unusable", code: "ENOTDIR" });
  });
});
