import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { AnyRecord } from "../../../src/peer/registry.ts";
import { protocolNames } from "../../../src/peer/registry.ts";
import { SEAL_DELAY_MS } from "../../../src/storage/upkeep.ts";
import { records } from "../../wire/protocol-samples.ts";
import { DiskBench, numbered, startedBench } from "./disk-bench.ts";

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe("a simulated disk", () => {
  it("gives back every record of every protocol, in order, to the next process", () => {
    const bench = startedBench();
    const { disk } = bench;
    const samples = protocolNames.flatMap((protocol) =>
      records[protocol].map((record) => ({ protocol, record }) as AnyRecord),
    );
    disk.append(samples, 1);
    disk.append([numbered(7)], 2);
    bench.run(5);
    disk.crash();
    expect(disk.open({ saved: () => {}, failed: () => {} })).toEqual({
      kind: "opened",
      records: [...samples, numbered(7)],
    });
  });

  it("gathers what is appended while a batch is written into the next one", () => {
    const bench = startedBench();
    for (let i = 0; i < 5; i++) bench.append();
    expect(bench.saved).toEqual([]);
    bench.run(1);
    expect(bench.saved).toEqual([1]);
    bench.run(1);
    expect(bench.saved).toEqual([1, 5]);
  });

  it("acknowledges a token without records when all before it is durable, and never from within append", () => {
    const bench = startedBench();
    bench.append();
    bench.append(0);
    bench.run(1);
    bench.run(0);
    expect(bench.saved).toEqual([1, 2]);
    bench.append(0);
    expect(bench.saved).toEqual([1, 2]);
    bench.run(0);
    expect(bench.saved).toEqual([1, 2, 3]);
  });

  it("takes as long for each write as it is told to", () => {
    const bench = startedBench();
    bench.disk.writeMs = [20, 30];
    const took = new Set<number>();
    for (let token = 1; token <= 50; token++) {
      const start = bench.around.now;
      bench.append();
      while (bench.saved.at(-1) !== token) bench.run(0.5);
      took.add(bench.around.now - start);
    }
    expect(Math.min(...took)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...took)).toBeLessThanOrEqual(30.5);
    expect(took.size).toBeGreaterThan(10);
  });

  it("is opened before it is used, once at a time, and takes tokens that grow only", () => {
    const { disk } = new DiskBench(seededRandom(1));
    const told = { saved: () => {}, failed: () => {} };
    expect(() => disk.append([], 1)).toThrow("append to a disk that is not open");
    expect(() => disk.compact([])).toThrow("compact a disk that is not open");
    disk.open(told);
    expect(() => disk.open(told)).toThrow("a disk that is open is opened");
    disk.append([], 5);
    expect(() => disk.append([], 5)).toThrow("token 5 after 5");
  });
});

describe("a simulated disk at rest", () => {
  it("plans nothing but one seal, however much was written, and then nothing at all", () => {
    const bench = startedBench();
    for (let i = 0; i < 1000; i++) {
      bench.append();
      bench.run(0.1);
      // The write, and the seal that waits for its end.
      expect(bench.around.planned).toBeLessThanOrEqual(2);
    }
    bench.run(SEAL_DELAY_MS + 10);
    expect(bench.around.planned).toBe(0);
    bench.reopen();
    expect(bench.around.planned).toBe(0);
  });

  it("seals its last batch when it has rested long enough, so that damage to it is found", () => {
    for (const seed of seeds) {
      const bench = startedBench(seed);
      bench.append();
      bench.run(50);
      bench.append(300);
      bench.run(1 + SEAL_DELAY_MS + 1);
      bench.disk.crash();
      bench.disk.flipBit();
      expect(bench.open()).toMatch(/^the journal is corrupt at byte /);
    }
  });

  it("waits with the seal until the rest is over", () => {
    const bench = startedBench();
    bench.append();
    bench.run(SEAL_DELAY_MS);
    bench.append();
    bench.run(SEAL_DELAY_MS);
    expect(bench.around.planned).toBe(1);
    bench.run(2);
    expect(bench.around.planned).toBe(0);
  });
});

describe("a crash of a simulated disk", () => {
  it("loses what waits for its turn, and of a write under way leaves nothing, all or a part", () => {
    const found = seeds.map((seed) => {
      const bench = startedBench(seed);
      bench.append(3);
      bench.run(1);
      bench.append(2);
      bench.append(4);
      return bench.reopen();
    });
    expect(new Set(found)).toEqual(new Set([3, 5]));
    expect(found.filter((number) => number === 5).length).toBeLessThan(found.length / 2);
  });

  it("tears the write under way where it is asked to", () => {
    for (const seed of seeds) {
      const bench = startedBench(seed);
      bench.append();
      bench.run(SEAL_DELAY_MS + 2);
      // A seal stands where this begins.
      bench.append(40);
      // But for its last byte, which is zero, it may be whole.
      expect([1, 41]).toContain(bench.reopen(true));
    }
  });

  it("tells nobody any more", () => {
    const bench = startedBench();
    bench.append();
    const { saved } = bench;
    bench.disk.crash();
    bench.disk.crash();
    bench.run(500);
    expect(saved).toEqual([]);
    expect(bench.around.planned).toBe(0);
  });

  it("may come from whoever is told", () => {
    const bench = new DiskBench(seededRandom(1));
    bench.disk.open({ saved: () => bench.disk.crash(), failed: () => {} });
    bench.disk.append([numbered(1)], 1);
    bench.disk.append([numbered(2)], 2);
    bench.run(500);
    expect(bench.open()).toBe(1);
  });
});

describe("a compaction of a simulated disk", () => {
  it("puts the base in the place of all that was appended, and acknowledges it", () => {
    const bench = startedBench();
    for (let i = 0; i < 5; i++) bench.append();
    bench.compact();
    bench.append();
    bench.run(3);
    expect(bench.saved).toEqual([1, 6]);
    bench.append();
    bench.run(3);
    expect(bench.reopen()).toBe(7);
  });

  it("is there as a whole after a crash, or not at all", () => {
    for (const tear of [false, true]) {
      const found = seeds.map((seed) => {
        const bench = startedBench(seed);
        bench.append(2);
        bench.run(1);
        bench.compact();
        bench.append();
        return bench.reopen(tear);
      });
      // What was appended after it waits for the next turn.
      expect(new Set(found)).toEqual(new Set([2]));
    }
  });
});

describe("a full disk", () => {
  it("fails the write once, and acknowledges nothing until there is room and a process opens it", () => {
    const bench = startedBench();
    bench.append(2);
    bench.run(1);
    bench.disk.isFull = true;
    bench.append(20);
    expect(bench.failures).toEqual([]);
    bench.run(1);
    expect(bench.failures).toEqual(["no space is left on its disk"]);
    bench.disk.isFull = false;
    bench.append();
    bench.compact();
    bench.run(500);
    expect(bench.saved).toEqual([1]);
    expect(bench.failures.length).toBe(1);

    bench.disk.isFull = true;
    expect([2, 22]).toContain(bench.reopen());
    bench.append();
    bench.run(500);
    expect([bench.saved, bench.failures.length]).toEqual([[], 1]);

    bench.disk.isFull = false;
    bench.reopen();
    bench.append();
    bench.run(500);
    expect([bench.saved, bench.failures]).toEqual([[1], []]);
  });

  it("never has all of a write that would have failed, when a crash comes before the failure", () => {
    const found = seeds.map((seed) => {
      const bench = startedBench(seed);
      bench.append(2);
      bench.run(1);
      bench.disk.isFull = true;
      bench.append(50);
      return bench.reopen();
    });
    expect(new Set(found)).toEqual(new Set([2]));
  });

  it("fails a compaction, and keeps what was there", () => {
    const bench = startedBench();
    bench.append(2);
    bench.run(1);
    bench.disk.isFull = true;
    bench.compact();
    bench.run(1);
    expect(bench.failures.length).toBe(1);
    expect(bench.reopen()).toBe(2);
  });
});

describe("damage to a simulated disk", () => {
  it("there is none of a disk that was never used", () => {
    const bench = new DiskBench(seededRandom(1));
    expect(bench.disk.flipBit()).toBe(false);
    expect(bench.open()).toBe(0);
    expect(bench.disk.flipBit()).toBe(true);
  });

  it("sets the content aside, and leaves an empty disk that goes on", () => {
    const bench = startedBench();
    bench.append(3);
    bench.run(SEAL_DELAY_MS + 2);
    bench.disk.flipBit();
    expect(bench.reopen()).toMatch(/corrupt/);
    expect(bench.disk.setAside.map((bytes) => bytes.length > 80)).toEqual([true]);
    bench.append(2);
    bench.run(1);
    expect(bench.reopen()).toBe(2);
  });

  it("is gone where a compaction replaces what it was in", () => {
    const bench = startedBench();
    bench.append(3);
    bench.run(SEAL_DELAY_MS + 2);
    bench.disk.flipBit();
    bench.compact();
    bench.run(1);
    expect(bench.reopen()).toBe(3);
  });
});
