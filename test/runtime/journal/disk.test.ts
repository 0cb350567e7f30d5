import * as fs from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DiskFile, fileSystem } from "../../../src/runtime/journal/disk.ts";

vi.mock(import("node:fs"), { spy: true });

let directory: string;
let file: DiskFile;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "disk-"));
  file = await fileSystem().open(join(directory, "file"), "create");
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.clearAllMocks();
  await file.close();
  await rm(directory, { recursive: true });
});

/** Makes every save take so long, ms, as far as anybody can tell. */
function savesTake(ms: number): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += ms;
    return now;
  });
}

const SMALL = Buffer.from("a small batch");

describe("the file system of this machine", () => {
  it("waits itself for small saves on a quick disk, and leaves large ones to another thread", async () => {
    savesTake(0.1);
    for (let i = 0; i < 20; i++) await file.save(SMALL, i * SMALL.length);
    expect(fs.writeSync).toHaveBeenCalled();
    vi.mocked(fs.writeSync).mockClear();
    await file.save(Buffer.alloc(100_000, 1), 20 * SMALL.length);
    expect(fs.writeSync).not.toHaveBeenCalled();
    const bytes = await readFile(join(directory, "file"));
    expect(bytes.equals(Buffer.concat([...Array(20).fill(SMALL), Buffer.alloc(100_000, 1)]))).toBe(true);
  });

  it("never waits itself on a slow disk", async () => {
    savesTake(0.6);
    for (let i = 0; i < 50; i++) await file.save(SMALL, i * SMALL.length);
    expect(fs.writeSync).not.toHaveBeenCalled();
    expect(await readFile(join(directory, "file"), "utf8")).toBe(SMALL.toString().repeat(50));
  });

  it("rejects with the system's error, whoever waits", async () => {
    const full = Object.assign(new Error("simulated"), { code: "ENOSPC" });
    savesTake(0.1);
    vi.mocked(fs.write).mockImplementationOnce((...given: readonly unknown[]) => {
      const told = given.at(-1);
      if (typeof told === "function") told(full, 0);
    });
    await expect(file.save(SMALL, 0)).rejects.toBe(full);
    for (let i = 0; i < 20; i++) await file.save(SMALL, 0);
    vi.mocked(fs.writeSync).mockImplementationOnce(() => {
      throw full;
    });
    await expect(file.save(SMALL, 0)).rejects.toBe(full);
  });
});
