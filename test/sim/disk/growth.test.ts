import { describe, expect, it, vi } from "vitest";
import { type DiskBench, startedBench } from "./disk-bench.ts";

const LEAST_BYTES = 200;

// What takes a journal millions of bytes takes these a few hundred.
vi.mock(import("../../../src/storage/upkeep.ts"), async (original) => ({
  ...(await original()),
  isGrown: (grownBytes, baseBytes) => grownBytes > Math.max(LEAST_BYTES, baseBytes),
}));

/** How many records have to be appended, one at a time, until a compaction is due. */
function untilGrown(bench: DiskBench): number {
  for (let records = 0; ; records++) {
    if (bench.disk.isGrown) return records;
    bench.append();
    bench.run(1);
  }
}

describe("the growth of a simulated disk", () => {
  it("is what was appended since the base, in every life", () => {
    const bench = startedBench();
    const inOneLife = untilGrown(bench);
    expect(inOneLife).toBeGreaterThan(3);
    expect(bench.reopen()).toBe(inOneLife);
    expect(bench.disk.isGrown).toBe(true);
    bench.compact();
    bench.run(1);
    expect(bench.disk.isGrown).toBe(false);
    bench.append();
    bench.run(1);
    bench.reopen();
    expect(untilGrown(bench)).toBe(inOneLife - 1);
  });

  it("is none while a compaction waits for its turn, nor where no process is", () => {
    const bench = startedBench();
    untilGrown(bench);
    bench.append();
    bench.compact();
    bench.append(100);
    expect(bench.disk.isGrown).toBe(false);
    bench.run(2);
    expect(bench.disk.isGrown).toBe(true);
    bench.disk.crash();
    expect(bench.disk.isGrown).toBe(false);
  });

  it("is whole or as before after a crash in the middle of a compaction", () => {
    const grown = Array.from({ length: 40 }, (_, seed) => {
      const bench = startedBench(seed);
      untilGrown(bench);
      bench.compact();
      bench.reopen();
      return bench.disk.isGrown;
    });
    expect(new Set(grown)).toEqual(new Set([true, false]));
  });
});
