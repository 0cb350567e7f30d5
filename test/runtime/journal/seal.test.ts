import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recoverSegment } from "../../../src/storage/recovery.ts";
import { highestNumber, sampleCheckpoint, sampleSegment } from "../../storage/samples.ts";
import { append, FIRST, open, reopened, SECOND, until } from "./opened.ts";
import { UnreliableDisk } from "./unreliable-disk.ts";

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
