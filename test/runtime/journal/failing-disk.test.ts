import { describe, expect, it, vi } from "vitest";
import { storageFailure } from "../../../src/runtime/journal/failure.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { range, sampleCheckpoint, sampleSegment } from "../../storage/samples.ts";
import { append, FIRST, open, reopened, SECOND, until } from "./opened.ts";
import { UnreliableDisk } from "./unreliable-disk.ts";

describe("a disk that fails", () => {
  it.each(["ENOSPC", "EIO"])(
    "stops the journal for good at the first %s: one failure, no acknowledgement",
    async (code) => {
      const disk = new UnreliableDisk();
      const { journal, saved, failures } = await open(disk);
      append(journal, 1);
      await until(() => saved.length === 1);
      disk.failureCode = code;
      disk.failFrom = disk.steps;
      append(journal, 2);
      await until(() => failures.length === 1);
      disk.failFrom = Number.POSITIVE_INFINITY;
      append(journal, 3);
      journal.compact([sampleCheckpoint(3)]);
      await journal.close();
      expect(saved).toEqual([1]);
      expect(failures).toHaveLength(1);
      expect(failures[0]?.code).toBe(code);
      expect(failures[0]?.message).toMatch(/^data directory \/data: .*choose another with --data-dir$/);
    },
  );

  it("stops the journal when it fails at any step of a compaction, and what was acknowledged stays", async () => {
    let failed = true;
    for (let goodSteps = 0; failed; goodSteps++) {
      const disk = new UnreliableDisk();
      const { journal, saved, failures } = await open(disk);
      append(journal, 1);
      await until(() => saved.length === 1);
      disk.failFrom = disk.steps + 1 + goodSteps;
      journal.compact([sampleCheckpoint(1)]);
      append(journal, 2);
      await journal.close();
      failed = failures.length > 0;
      expect(failures.length).toBe(failed ? 1 : 0);
      const found = await reopened(disk.restart("all"));
      expect(found, `after ${goodSteps} good steps`).toBeGreaterThanOrEqual(saved.at(-1) ?? 0);
      if (!failed) expect(goodSteps).toBeGreaterThan(10);
    }
  });

  it("stops the journal when it is so slow that more waits for it than memory should hold", async () => {
    const { journal, saved, failures } = await open(new UnreliableDisk());
    append(journal, 1);
    const record = { tag: 1, bytes: Buffer.alloc(2 ** 20) };
    for (const token of range(2, 258)) journal.append([record], token);
    await until(() => failures.length === 1);
    await journal.close();
    expect(saved).toEqual([]);
    expect(failures[0]?.message).toMatch(/^data directory \/data: its disk is too slow: \d+ bytes wait to be saved: /);
  });

  it("says at opening what is wrong, and what to do", async () => {
    const disk = new UnreliableDisk();
    disk.failureCode = "EROFS";
    disk.failFrom = 0;
    expect(await openJournal("/data", { onSaved() {}, onFailure() {} }, disk)).toEqual({
      kind: "unusable",
      code: "EROFS",
      message: "data directory /data: its file system is read-only (EROFS): choose another with --data-dir",
    });
  });

  it("is never taken for a corrupt journal, at whichever step of opening it fails, and takes nothing away", async () => {
    const { bytes } = sampleSegment([2, 0, 3]);
    let failed = true;
    for (let goodSteps = 0; failed; goodSteps++) {
      const disk = new UnreliableDisk();
      // An older segment, rests of a compaction, and a torn write have to be cleared away.
      disk.put("journal-0000000000", sampleSegment([1]).bytes);
      disk.put(FIRST, bytes.subarray(0, -3));
      disk.put(`${SECOND}.new`, Buffer.from("half a segm"));
      disk.failFrom = goodSteps + 1;
      const opened = await openJournal("/data", { onSaved() {}, onFailure() {} }, disk);
      failed = opened.kind !== "opened";
      expect(opened.kind, `after ${goodSteps} good steps`).toBe(failed ? "unusable" : "opened");
      if (opened.kind === "unusable")
        expect(opened.message).toMatch(/^data directory \/data: its disk fails \(EIO\): /);
      if (opened.kind === "opened") await opened.journal.abandon();
      expect(await reopened(disk.restart("some"))).toBe(2);
      if (!failed) expect(goodSteps).toBeGreaterThan(8);
    }
  });

  it("lets bugs through instead of calling them failures of the disk", async () => {
    const disk = new UnreliableDisk();
    vi.spyOn(disk, "list").mockRejectedValue(new TypeError("a bug"));
    await expect(openJournal("/data", { onSaved() {}, onFailure() {} }, disk)).rejects.toThrow("a bug");
    const outOfRange = Object.assign(new RangeError("another"), { code: "ERR_OUT_OF_RANGE" });
    expect(() => storageFailure("/data", outOfRange)).toThrow("another");
  });
});
