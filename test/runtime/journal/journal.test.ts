import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { JournalRecord } from "../../../src/peer/journal-record.ts";
import { type StorageFailure, storageFailure } from "../../../src/runtime/journal/failure.ts";
import type { Journal } from "../../../src/runtime/journal/journal.ts";
import { memoryJournal } from "../../../src/runtime/journal/memory-journal.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { recoverSegment } from "../../../src/storage/recovery.ts";
import {
  highestNumber,
  range,
  sampleCheckpoint,
  sampleHeader,
  sampleRecord,
  sampleSegment,
} from "../../storage/samples.ts";
import { UnreliableDisk } from "./unreliable-disk.ts";

const FIRST = "journal-0000000001";
const SECOND = "journal-0000000002";

interface Opened {
  readonly journal: Journal;
  readonly records: readonly JournalRecord[];
  /** The tokens that were acknowledged. */
  readonly saved: number[];
  readonly failures: StorageFailure[];
}

async function open(disk: UnreliableDisk): Promise<Opened> {
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

function append(journal: Journal, number: number): void {
  journal.append([sampleRecord(number)], number);
}

/** Lets the simulated disk work until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 10_000 && !condition(); turns++) await new Promise(setImmediate);
  expect(condition()).toBe(true);
}

async function reopened(disk: UnreliableDisk): Promise<number | null> {
  return highestNumber((await open(disk)).records);
}

describe("the journal", () => {
  it("begins empty, under a name that says which segment it is", async () => {
    const disk = new UnreliableDisk();
    const { journal, records } = await open(disk);
    expect(records).toEqual([]);
    expect(await disk.list()).toEqual([FIRST]);
    await journal.close();
  });

  it("gives back every record, in order, to the next life", async () => {
    const disk = new UnreliableDisk();
    const { journal, saved } = await open(disk);
    for (const number of range(1, 30)) append(journal, number);
    await journal.close();
    expect(saved.at(-1)).toBe(30);
    const { records } = await open(disk.restart("all"));
    expect(records.map(({ tag, bytes }) => ({ tag, bytes: Buffer.from(bytes) }))).toEqual(
      range(1, 30).map(sampleRecord),
    );
  });

  it("gathers what is appended while a batch is written into the next one", async () => {
    const disk = new UnreliableDisk();
    const { journal, saved } = await open(disk);
    append(journal, 1);
    await until(() => saved.length === 1);
    const savesBefore = disk.saves;
    append(journal, 2);
    await new Promise(setImmediate);
    for (const number of range(3, 50)) append(journal, number);
    await until(() => saved.at(-1) === 50);
    expect(disk.saves - savesBefore).toBe(2);
    expect(saved).toEqual([1, 2, 50]);
  });

  it("puts what is appended in one turn of the event loop into one batch", async () => {
    const { journal, saved } = await open(new UnreliableDisk());
    for (const number of range(1, 5)) append(journal, number);
    await journal.close();
    expect(saved).toEqual([5]);
  });

  it("acknowledges a token without records when all before it is durable, and never from within append", async () => {
    const { journal, saved } = await open(new UnreliableDisk());
    append(journal, 1);
    journal.append([], 2);
    expect(saved).toEqual([]);
    await until(() => saved.length === 1);
    journal.append([], 3);
    expect(saved).toEqual([2]);
    await until(() => saved.length === 2);
    expect(saved).toEqual([2, 3]);
  });

  it("refuses tokens that do not grow, and appends after close", async () => {
    const { journal } = await open(new UnreliableDisk());
    append(journal, 5);
    expect(() => append(journal, 5)).toThrow("token 5 after 5");
    await journal.close();
    expect(() => append(journal, 6)).toThrow("append to a closed journal");
  });

  it("recovers what was written before a tail torn at any byte, and what is appended behind it later", async () => {
    const { bytes, starts } = sampleSegment([2, 1, 3]);
    for (let length = starts.at(-2) ?? 0; length < bytes.length; length++) {
      const disk = new UnreliableDisk();
      disk.put(FIRST, Buffer.concat([bytes.subarray(0, length), Buffer.alloc(40)]));
      const { journal, records } = await open(disk);
      expect(highestNumber(records)).toBe(3);
      if (length > (starts.at(-2) ?? 0)) expect(disk.get(FIRST).length).toBe(starts.at(-2));
      append(journal, 4);
      await journal.close();
      expect(await reopened(disk.restart("all")), `length ${length}`).toBe(4);
    }
  });

  it("removes what an unfinished compaction left", async () => {
    const disk = new UnreliableDisk();
    disk.put(FIRST, sampleSegment([3]).bytes);
    disk.put(`${SECOND}.new`, Buffer.from("half a segm"));
    expect(await reopened(disk)).toBe(3);
    expect(await disk.list()).toEqual([FIRST]);
  });
});

describe("the seal", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is written when the journal has rested for 100 ms: a wrong bit in the last batch is corruption from then on", async () => {
    const disk = new UnreliableDisk();
    const { journal, saved } = await open(disk);
    append(journal, 1);
    await until(() => saved.length > 0);
    const savesBefore = disk.saves;
    expect(recoverSegment(damaged(disk.get(FIRST)))).toMatchObject({ kind: "recovered", records: [] });
    await vi.advanceTimersByTimeAsync(100);
    await until(() => disk.saves > savesBefore);
    expect(recoverSegment(damaged(disk.get(FIRST))).kind).toBe("corrupt");
    await vi.advanceTimersByTimeAsync(1000);
    expect(disk.saves).toBe(savesBefore + 1);
    append(journal, 2);
    await journal.close();
    expect(await reopened(disk)).toBe(2);
  });

  it("stays when more is appended, and is not written again in a life that appends nothing", async () => {
    const disk = new UnreliableDisk();
    const first = await open(disk);
    append(first.journal, 1);
    await first.journal.close();
    const sealed = Buffer.from(disk.get(FIRST));
    await (await open(disk)).journal.close();
    expect(disk.get(FIRST).equals(sealed)).toBe(true);
    const third = await open(disk);
    append(third.journal, 2);
    await until(() => third.saved.length > 0);
    // As though the write after the seal had been torn.
    const torn = damaged(disk.get(FIRST)).subarray(0, endOfSeal(sealed) + 10);
    expect(recoverSegment(torn)).toMatchObject({
      kind: "corrupt",
      reason: expect.stringContaining("yet a good batch"),
    });
    await third.journal.close();
    expect(await reopened(disk)).toBe(2);
  });

  it("is overwritten in a segment of version 1, which stays one until it is compacted", async () => {
    const disk = new UnreliableDisk();
    disk.put(FIRST, sampleSegment([2, 0], { version: 1 }).bytes);
    const { journal, saved } = await open(disk);
    append(journal, 3);
    await until(() => saved.length > 0);
    const savesBefore = disk.saves;
    await vi.advanceTimersByTimeAsync(100);
    await until(() => disk.saves > savesBefore);
    append(journal, 4);
    await journal.close();
    const written = recoverSegment(disk.get(FIRST));
    expect(written).toMatchObject({ version: 1, torn: false });
    expect(highestNumber(written.kind === "recovered" ? written.records : [])).toBe(4);

    const next = await open(disk);
    next.journal.compact([sampleCheckpoint(4)]);
    await next.journal.close();
    expect(recoverSegment(disk.get(SECOND))).toMatchObject({ version: 2 });
    expect(await reopened(disk)).toBe(4);
  });

  it("is written at close", async () => {
    const disk = new UnreliableDisk();
    const { journal } = await open(disk);
    append(journal, 1);
    await journal.close();
    expect(recoverSegment(damaged(disk.get(FIRST))).kind).toBe("corrupt");
  });

  /** Where a seal, whose count of records is four zeros, ends at the end of what was written. */
  function endOfSeal(bytes: Buffer): number {
    return bytes.findLastIndex((byte) => byte !== 0) + 5;
  }

  /** The bytes with one wrong in the record of the only batch: base and batch have 21 bytes before their records. */
  function damaged(bytes: Buffer): Buffer {
    const wrong = Buffer.from(bytes);
    wrong.writeUInt8(0x77, 22 + 21 + 21 + 7);
    return wrong;
  }
});

describe("compaction", () => {
  it("puts the checkpoint in the place of what was appended, keeps what is appended meanwhile, and frees the rest", async () => {
    const disk = new UnreliableDisk();
    const { journal, saved } = await open(disk);
    for (const number of range(1, 20)) append(journal, number);
    journal.compact([sampleCheckpoint(20)]);
    append(journal, 21);
    await until(() => saved.at(-1) === 21);
    append(journal, 22);
    await journal.close();
    expect(await disk.list()).toEqual([SECOND]);
    const { records } = await open(disk.restart("all"));
    expect(records.map(({ bytes }) => Buffer.from(bytes).readUInt32BE())).toEqual([20, 21, 22]);
  });

  it("does not hold up what is appended while the base is written", async () => {
    const disk = new UnreliableDisk(seededRandom(3));
    const { journal, saved } = await open(disk);
    let createdAt: number | null = null;
    const create = disk.open.bind(disk);
    vi.spyOn(disk, "open").mockImplementation(async (path, mode) => {
      // A base that takes as long as the test likes.
      while (saved.length < 10) await new Promise(setImmediate);
      createdAt = saved.length;
      return create(path, mode);
    });
    journal.compact([sampleCheckpoint(1)]);
    for (const number of range(1, 12)) {
      append(journal, number);
      await until(() => saved.at(-1) === number);
    }
    expect(createdAt).toBeGreaterThanOrEqual(10);
    await journal.close();
  });

  it("does nothing while another one runs", async () => {
    const disk = new UnreliableDisk();
    const { journal } = await open(disk);
    append(journal, 1);
    journal.compact([sampleCheckpoint(1)]);
    append(journal, 2);
    journal.compact([sampleCheckpoint(2)]);
    await journal.close();
    expect(await disk.list()).toEqual([SECOND]);
    const { records } = await open(disk);
    expect(records.map(({ bytes }) => Buffer.from(bytes).readUInt32BE())).toEqual([1, 2]);
  });

  it("is due when the journal has grown by 4 MiB, and by as much as its base, in this life and the next one", async () => {
    const disk = new UnreliableDisk();
    const first = await open(disk);
    let token = 0;
    const grow = (journal: Journal, mebibytes: number): void =>
      journal.append([{ tag: 1, bytes: Buffer.alloc(mebibytes * 2 ** 20) }], ++token);
    grow(first.journal, 3);
    expect(first.journal.isGrown).toBe(false);
    grow(first.journal, 1);
    expect(first.journal.isGrown).toBe(true);

    first.journal.compact([{ tag: 1, bytes: Buffer.alloc(6 * 2 ** 20) }]);
    grow(first.journal, 7);
    // Nobody needs to ask while one runs.
    expect(first.journal.isGrown).toBe(false);
    await until(() => first.journal.isGrown);
    first.journal.compact([{ tag: 1, bytes: Buffer.alloc(6 * 2 ** 20) }]);
    grow(first.journal, 5);
    await first.journal.close();

    const second = await open(disk);
    expect(second.journal.isGrown).toBe(false);
    grow(second.journal, 2);
    expect(second.journal.isGrown).toBe(true);
    await second.journal.close();
  });

  it("writes a large base piece by piece, and lets others have their turn between", async () => {
    const disk = new UnreliableDisk();
    const { journal, saved } = await open(disk);
    const savesBefore = disk.saves;
    const base = { tag: 1, bytes: Buffer.alloc(16 * 2 ** 20, 7) };
    journal.compact([base]);
    let savedMeanwhile = 0;
    for (let number = 1; (await disk.list()).every((name) => name !== SECOND); number++) {
      append(journal, number);
      await until(() => saved.at(-1) === number);
      savedMeanwhile = number;
    }
    expect(savedMeanwhile).toBeGreaterThan(4);
    expect(disk.saves - savesBefore - savedMeanwhile).toBeGreaterThan(16);
    await journal.close();
    const { records } = await open(disk.restart("all"));
    expect(records.length).toBe(1 + savedMeanwhile);
    expect(records[0]?.bytes.length).toBe(base.bytes.length);
  });
});

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

  it("lets bugs through instead of calling them failures of the disk", async () => {
    const disk = new UnreliableDisk();
    vi.spyOn(disk, "list").mockRejectedValue(new TypeError("a bug"));
    await expect(openJournal("/data", { onSaved() {}, onFailure() {} }, disk)).rejects.toThrow("a bug");
    const outOfRange = Object.assign(new RangeError("another"), { code: "ERR_OUT_OF_RANGE" });
    expect(() => storageFailure("/data", outOfRange)).toThrow("another");
  });
});

describe("a journal that cannot be trusted", () => {
  const listener = { onSaved() {}, onFailure() {} };

  it("is told apart as corrupt, with file, offset and reason, and is left alone", async () => {
    const { bytes, starts } = sampleSegment([1, 2, 3]);
    bytes.writeUInt8(0xff, (starts[2] ?? 0) + 25);
    const disk = new UnreliableDisk();
    disk.put(FIRST, bytes);
    const opened = await openJournal("/data", listener, disk);
    expect(opened).toMatchObject({ kind: "corrupt", file: `/data/${FIRST}`, offset: starts[2] });
    expect(disk.get(FIRST).equals(bytes)).toBe(true);
  });

  it("is corrupt when it is another segment than its name says", async () => {
    const disk = new UnreliableDisk();
    disk.put(SECOND, sampleSegment([1]).bytes);
    expect((await openJournal("/data", listener, disk)).kind).toBe("corrupt");
  });

  it("is not corrupt when a newer program wrote it", async () => {
    const disk = new UnreliableDisk();
    disk.put(FIRST, sampleHeader(3).bytes);
    expect(await openJournal("/data", listener, disk)).toEqual({
      kind: "newer-version",
      file: `/data/${FIRST}`,
      version: 3,
      message:
        "journal /data/journal-0000000001 has format 3, newer than 2, the newest known here: " +
        "upgrade, or choose another with --data-dir",
    });
  });
});

describe("the journal in memory", () => {
  it("acknowledges everything, never from within append", async () => {
    const saved: number[] = [];
    const journal = memoryJournal({ onSaved: (token) => saved.push(token) });
    append(journal, 1);
    append(journal, 2);
    expect(saved).toEqual([]);
    await Promise.resolve();
    expect(saved).toEqual([2]);
    append(journal, 3);
    journal.compact([]);
    await journal.close();
    expect(saved).toEqual([2, 3]);
    expect(journal.isGrown).toBe(false);
  });
});
