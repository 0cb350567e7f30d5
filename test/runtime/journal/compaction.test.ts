import { describe, expect, it, vi } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { Journal } from "../../../src/runtime/journal/journal.ts";
import { range, sampleCheckpoint } from "../../storage/samples.ts";
import { append, open, SECOND, until } from "./opened.ts";
import { UnreliableDisk } from "./unreliable-disk.ts";

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
