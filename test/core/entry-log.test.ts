import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EntryLog } from "../../src/core/entry-log.ts";
import { KEPT_PART, MAX_APPEND_BYTES } from "../../src/core/order-limits.ts";

interface Entry {
  readonly index: number;
  readonly bytes: number;
}

class Log extends EntryLog<Entry> {
  constructor() {
    super(({ bytes }) => bytes);
  }

  begin(index: number): void {
    this.restartAt(index);
  }
}

/** A log with entries of so many bytes each, from index 1 on. */
function logOf(...sizes: readonly number[]): Log {
  const log = new Log();
  for (const [n, bytes] of sizes.entries()) log.push({ index: n + 1, bytes });
  return log;
}

const indexesOf = (entries: readonly Entry[]): readonly number[] => entries.map(({ index }) => index);

describe("the entries of an order", () => {
  test("have no gaps", () => {
    const log = logOf(1, 1);
    expect(() => log.push({ index: 4, bytes: 1 })).toThrow("entry 4 after 2");
    expect(() => log.entryAt(3)).toThrow("no entry 3 in a log of 1 to 2");
  });

  test("go into messages as far as one carries, one at least", () => {
    const half = MAX_APPEND_BYTES / 2;
    const log = logOf(half, half, 1, 2 * MAX_APPEND_BYTES, 1);
    expect(indexesOf(log.slice(1, 9))).toEqual([1, 2]);
    expect(indexesOf(log.slice(4, 9))).toEqual([4]);
    expect(indexesOf(log.slice(5, 9))).toEqual([5]);
    expect(indexesOf(log.slice(1, 1))).toEqual([1]);
    expect(log.slice(6, 9)).toEqual([]);
  });

  test("are on disk as far as the saves that are done covered them, and what was cut since is not", () => {
    const log = logOf(1, 1, 1);
    log.saving(1);
    log.push({ index: 4, bytes: 1 });
    log.saving(2);
    log.saved(1);
    expect(log.savedIndex).toBe(3);
    log.cut(3);
    expect([log.lastIndex, log.savedIndex]).toEqual([2, 2]);
    log.push({ index: 3, bytes: 1 });
    log.saved(2);
    // That save was of another third entry.
    expect(log.savedIndex).toBe(2);
    log.saving(3);
    log.saved(3);
    expect(log.savedIndex).toBe(3);
  });

  test("of a log that begins anew behind a snapshot are on disk when a later save is done", () => {
    const log = logOf(1, 1);
    log.saving(1);
    log.begin(10);
    log.saved(1);
    expect([log.baseIndex, log.lastIndex, log.savedIndex]).toEqual([10, 10, 0]);
    log.saving(2);
    log.saved(2);
    expect(log.savedIndex).toBe(10);
  });

  test("are kept behind a snapshot for those that lag a little, by bytes", () => {
    const log = logOf(...Array.from({ length: 20 }, () => 10));
    expect(log.keptFrom(20, 50 / KEPT_PART)).toBe(15);
    expect(log.keptFrom(20, 1_000 / KEPT_PART)).toBe(0);
  });

  test("that are gone are in no range; what is left stays where it was", () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(40), fc.nat(40), (count, gone, first, last) => {
        const log = logOf(...Array.from({ length: count }, () => 1));
        log.compact(Math.min(gone, count));
        const kept = Array.from({ length: count }, (_, n) => n + 1).filter((index) => index > Math.min(gone, count));
        expect(indexesOf(log.range(first, last))).toEqual(kept.filter((index) => index >= first && index <= last));
        expect(log.lastIndex).toBe(count);
      }),
    );
  });
});
