import { describe, expect, test } from "vitest";
import { BrokerRows } from "../../src/apps/broker-table.ts";
import { Store } from "../../src/apps/store.ts";
import { type BrokerOperation, MAX_ENDED_JOBS, MAX_JOBS } from "../../src/core/job.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import type { Answer } from "../../src/core/request.ts";

const ONE = "0000000000000001" as PeerId;
const TWO = "0000000000000002" as PeerId;
const LEASE_MS = 225;

const mark = (turn: number) => ({ turn, alive: 5, hash: turn.toString(16).padStart(16, "0") });
const take = (holder: PeerId, term: number): BrokerOperation => ({
  kind: "take-office",
  holder,
  term,
  leaseMs: LEASE_MS,
});
const leave = (holder: PeerId, term: number): BrokerOperation => ({ kind: "leave-office", holder, term });
const begin = (term: number, size = 16, turns: number | null = 100): BrokerOperation => ({
  kind: "begin-job",
  ...{ term, size, turns, topology: "torus", pace: 0, mark: mark(0) },
});
const markJob = (
  term: number,
  job: number,
  turn: number,
  state: "running" | "paused" | "finished" | "killed" = "running",
): BrokerOperation => ({ kind: "mark-job", term, job, state, mark: mark(turn) });

/** Rows to which these were applied, at the indexes from 1 on; and what the last was answered. */
function applied(...operations: readonly BrokerOperation[]): { readonly rows: BrokerRows; readonly last: Answer } {
  const rows = new BrokerRows();
  const answers = operations.map((operation, at) => rows.run(operation, at + 1));
  return { rows, last: answers.at(-1) as Answer };
}

describe("the office in the order", () => {
  test("is of the latest term that asked, and names who held it before", () => {
    const { rows } = applied(take(ONE, 3), take(TWO, 5));
    expect(rows.table.office).toEqual({
      ...{ holder: TWO, term: 5, leaseMs: LEASE_MS, released: false },
      predecessor: { holder: ONE, term: 3, leaseMs: LEASE_MS, released: false },
    });
  });

  test.each([
    ["an earlier term", take(TWO, 2)],
    ["another peer in the same term", take(TWO, 3)],
  ])("is not given to %s", (_what, operation) => {
    const { rows, last } = applied(take(ONE, 3), operation);
    expect(last).toMatchObject({ kind: "error", code: "not-in-office", definite: true });
    expect(rows.table.office).toMatchObject({ holder: ONE, term: 3 });
  });

  test("asked for twice is held once, and nobody precedes himself", () => {
    const { rows, last } = applied(take(ONE, 3), take(ONE, 3));
    expect(last.kind).toBe("display");
    expect(rows.table.office).toMatchObject({ holder: ONE, term: 3, predecessor: null });
  });

  test("is let go by whoever holds it, or held it before", () => {
    expect(applied(take(ONE, 3), leave(ONE, 3)).rows.table.office).toMatchObject({ released: true });
    expect(applied(take(ONE, 3), leave(TWO, 3)).rows.table.office).toMatchObject({ released: false });
    const { rows } = applied(take(ONE, 3), take(TWO, 5), leave(ONE, 3));
    expect(rows.table.office).toMatchObject({ released: false, predecessor: { term: 3, released: true } });
  });
});

describe("jobs in the order", () => {
  test("are called by the index at which they began", () => {
    const { rows, last } = applied(take(ONE, 3), begin(3));
    expect(last).toEqual({ kind: "job", job: 2 });
    expect(rows.table.jobs).toEqual([
      { id: 2, size: 16, topology: "torus", turns: 100, pace: 0, state: "running", mark: mark(0) },
    ]);
  });

  test.each([
    ["an earlier term", [take(ONE, 3), take(TWO, 5), begin(3)]],
    ["a term that nobody entered", [take(ONE, 3), begin(4)]],
    ["a term that was let go", [take(ONE, 3), leave(ONE, 3), begin(3)]],
    ["before anybody was in office", [begin(1)]],
  ])("are not begun in %s", (_what, operations) => {
    const { rows, last } = applied(...operations);
    expect(last).toMatchObject({ kind: "error", code: "not-in-office", definite: true });
    expect(rows.table.jobs).toEqual([]);
  });

  test("are marked, never backwards, and in a later term by that alone", () => {
    const { rows, last } = applied(take(ONE, 3), begin(3), markJob(3, 2, 40), take(TWO, 5), markJob(3, 2, 50));
    expect(last).toMatchObject({ kind: "error", code: "not-in-office" });
    expect(rows.table.jobs).toMatchObject([{ mark: { turn: 40 } }]);
    expect(rows.run(markJob(5, 2, 39), 9)).toMatchObject({ kind: "error" });
    expect(rows.run(markJob(5, 2, 40, "paused"), 10)).toEqual({ kind: "job", job: 2 });
    expect(rows.table.jobs).toMatchObject([{ state: "paused", mark: { turn: 40 } }]);
  });

  test("that have ended stay so, and the latest of them are remembered", () => {
    const rows = new BrokerRows();
    rows.run(take(ONE, 3), 1);
    for (let index = 2; index < 2 + MAX_ENDED_JOBS + 3; index++) {
      rows.run(begin(3), index);
      rows.run(markJob(3, index, 1, "killed"), 1000 + index);
    }
    expect(rows.table.jobs).toHaveLength(MAX_ENDED_JOBS);
    expect(rows.table.jobs[0]).toMatchObject({ id: 5, state: "killed" });
    expect(rows.run(markJob(3, 6, 2, "running"), 2000)).toMatchObject({ kind: "error", code: "not-found" });
  });

  test("that are under way are so many at most, and their boards so large together", () => {
    const rows = new BrokerRows();
    rows.run(take(ONE, 3), 1);
    expect(rows.run(begin(3, 16_384), 2)).toEqual({ kind: "job", job: 2 });
    expect(rows.run(begin(3, 16_384), 3)).toEqual({ kind: "job", job: 3 });
    expect(rows.run(begin(3), 4)).toMatchObject({ kind: "error", code: "full" });
    rows.run(markJob(3, 2, 0, "killed"), 5);
    for (let index = 6; index < 6 + MAX_JOBS - 1; index++) expect(rows.run(begin(3), index).kind).toBe("job");
    expect(rows.run(begin(3), 99)).toMatchObject({ kind: "error", code: "full" });
  });

  test("without a turn to compute are finished as they begin", () => {
    expect(applied(take(ONE, 3), begin(3, 16, 0)).rows.table.jobs).toMatchObject([{ state: "finished" }]);
  });
});

describe("a snapshot", () => {
  const run = (store: Store, operation: BrokerOperation, index: number): Answer =>
    store.apply({ lamport: index, keepVersions: 1, salt: 7, once: null, operation }, index);

  test("holds the office and the jobs, and is as it always was where there are none", () => {
    const store = new Store();
    expect(store.snapshot()[0]).toBe(1);
    run(store, take(ONE, 3), 1);
    run(store, take(TWO, 4), 2);
    run(store, begin(4), 3);
    run(store, begin(4, 64, null), 4);
    run(store, markJob(4, 3, 9, "paused"), 5);
    const other = new Store();
    expect(other.restore(store.snapshot())).toBe(true);
    expect(other.broker()).toEqual(store.broker());
    expect(other.snapshot()).toEqual(store.snapshot());
  });

  test("cut short or with jobs out of order is none, and changes nothing", () => {
    const store = new Store();
    run(store, take(ONE, 3), 1);
    run(store, begin(3), 3);
    run(store, begin(3), 4);
    const whole = Buffer.from(store.snapshot());
    const other = new Store();
    for (let length = 0; length < whole.length; length++) expect(other.restore(whole.subarray(0, length))).toBe(false);
    const again = Buffer.from(whole);
    again.writeBigUInt64BE(3n, whole.lastIndexOf(Buffer.from("0000000000000004", "hex")));
    expect(other.restore(again)).toBe(false);
    expect(other.broker()).toEqual({ office: null, jobs: [] });
  });
});
