import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setAside } from "../../../src/runtime/journal/directory.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { sampleSegment } from "../../storage/samples.ts";

const listener = { onSaved() {}, onFailure() {} };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "set-aside-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("setting saved state aside", () => {
  it("keeps a corrupt journal as it is, and lets a new one begin", async () => {
    const { bytes } = sampleSegment([1, 2]);
    bytes.writeUInt8(1, 3);
    for (const n of [1, 2]) {
      await writeFile(join(directory, "journal-0000000001"), bytes);
      expect((await openJournal(directory, listener)).kind).toBe("corrupt");
      expect(await setAside(directory)).toEqual({ kind: "set-aside", to: join(directory, `corrupt-${n}`) });
      expect((await readFile(join(directory, `corrupt-${n}`, "journal-0000000001"))).equals(bytes)).toBe(true);
      const opened = await openJournal(directory, listener);
      if (opened.kind !== "opened") return expect.unreachable(opened.message);
      expect(opened.records).toEqual([]);
      await opened.journal.close();
    }
  });

  it("moves every segment, finished or not, and nothing else", async () => {
    const ours = ["journal-0000000003", "journal-0000000004", "journal-0000000005.new"];
    for (const name of [...ours, "lock", "notes.txt"]) await writeFile(join(directory, name), name);
    expect(await setAside(directory, "earlier")).toEqual({ kind: "set-aside", to: join(directory, "earlier-1") });
    expect((await readdir(directory)).sort()).toEqual(["earlier-1", "lock", "notes.txt"]);
    expect((await readdir(join(directory, "earlier-1"))).sort()).toEqual(ours);
  });

  it("makes no directory where there is nothing to keep", async () => {
    expect(await setAside(directory)).toEqual({ kind: "set-aside", to: null });
    expect(await readdir(directory)).toEqual([]);
  });

  it("says why it cannot", async () => {
    const gone = join(directory, "gone");
    expect(await setAside(gone)).toMatchObject({ kind: "unusable", code: "ENOENT" });
  });
});
