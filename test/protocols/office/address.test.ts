import { describe, expect, test } from "vitest";
import { ADDRESS, B, inOffice, LEASE_MS, type OfficeEvent } from "./on-bench.ts";

const failure = (because: string) => ({ kind: "address-failed", address: ADDRESS, term: 3, because });

function kinds(events: readonly OfficeEvent[], ...wanted: readonly OfficeEvent["kind"][]): string[] {
  return events.map(({ kind }) => kind).filter((kind) => wanted.includes(kind));
}

describe("the virtual address", () => {
  test("is told once it is taken, with the time that it took", () => {
    const bench = inOffice();
    bench.waitConfirmed(7);
    expect(bench.view.holdsAddress).toBe(false);
    const acquired = { kind: "address-acquired", address: ADDRESS, term: 3, tookMs: 7 };
    expect(bench.address("taken", 3)).toEqual([acquired]);
    expect(bench.address("taken", 3)).toEqual([]);
    expect(bench.view.holdsAddress).toBe(true);
  });

  test("what is said of another term is passed over", () => {
    const bench = inOffice();
    expect(bench.address("taken", 2)).toEqual([]);
    bench.address("taken", 3);
    expect(bench.address("gone", 2)).toEqual([]);
    expect(bench.address("refused", 2)).toEqual([]);
    expect(bench.view.holdsAddress).toBe(true);
  });

  test("refused, it is asked for again and again, ever more seldom, for as long as the lease lasts", () => {
    const bench = inOffice();
    expect(bench.address("refused", 3, "in use")).toEqual([failure("in use")]);
    const gaps: number[] = [];
    for (let i = 0; i < 8; i++) {
      const from = bench.now;
      while (kinds(bench.waitConfirmed(1), "address-wanted").length === 0);
      gaps.push(bench.now - from);
      // The same failure is no news.
      expect(bench.address("refused", 3, "in use")).toEqual([]);
    }
    expect(gaps).toEqual([20, 40, 80, 160, 320, 640, 1000, 1000]);
    expect(bench.address("refused", 3, "still in use")).toEqual([]);
    expect(kinds(bench.wait(10_000), "address-wanted", "address-unwanted")).toEqual(["address-unwanted"]);
  });

  test("another failure is news", () => {
    const bench = inOffice();
    bench.address("refused", 3, "in use");
    bench.waitConfirmed(20);
    expect(bench.address("refused", 3, "no right to")).toEqual([failure("no right to")]);
  });

  test("while it is refused there is nothing to extend", () => {
    const bench = inOffice();
    bench.address("refused", 3);
    expect(kinds(bench.waitConfirmed(19), "address-extended")).toEqual([]);
  });

  test("lost though it was to be kept, it is asked for again", () => {
    const bench = inOffice();
    bench.address("taken", 3);
    expect(bench.address("gone", 3, "its guardian ended")).toEqual([
      { kind: "address-lost", address: ADDRESS, term: 3, because: "its guardian ended" },
    ]);
    expect(bench.view).toMatchObject({ phase: "in-office", holdsAddress: false });
    expect(kinds(bench.waitConfirmed(20), "address-wanted")).toHaveLength(1);
  });

  test("whoever does not say what became of it is asked again", () => {
    const bench = inOffice();
    expect(kinds(bench.waitConfirmed(4_999), "address-wanted")).toEqual([]);
    expect(kinds(bench.waitConfirmed(1), "address-wanted")).toHaveLength(1);
  });

  test("taken when it is not wanted any more, it counts for nothing", () => {
    const bench = inOffice();
    bench.follows(B);
    expect(bench.address("taken", 3)).toEqual([]);
    expect(bench.view.holdsAddress).toBe(false);
    expect(kinds(bench.wait(2 * LEASE_MS), "address-lost")).toEqual([]);
  });
});
