import { describe, expect, it } from "vitest";
import { memoryJournal } from "../../../src/runtime/journal/memory-journal.ts";
import { openJournal } from "../../../src/runtime/journal/open-journal.ts";
import { highestNumber, range, sampleHeader, sampleRecord, sampleSegment } from "../../storage/samples.ts";
import { append, FIRST, open, reopened, SECOND, until } from "./opened.ts";
import { UnreliableDisk } from "./unreliable-disk.ts";

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
