import { describe, expect, test } from "vitest";
import { A, ADDRESS, B, C, DRIFT, holder, inOffice, LEASE_MS, OnBench, row, tickets, WAIT_MS } from "./on-bench.ts";

const take = (term: number) => ({
  kind: "submit-broker",
  request: { kind: "take-office", holder: A, term, leaseMs: LEASE_MS },
});
const prepared = { kind: "address-prepared", address: ADDRESS };

describe("whoever leads takes the office", () => {
  test("it asks the order for it, and tells that the address will be taken", () => {
    const bench = new OnBench();
    expect(bench.leads(3)).toEqual([prepared, take(3)]);
    expect(bench.view).toMatchObject({ phase: "asking", term: 3, holder: null, holdsAddress: false });
  });

  test("it does not where another leads, or nobody", () => {
    const bench = new OnBench();
    expect(bench.follows(B)).toEqual([]);
    expect(bench.follows(null)).toEqual([]);
    expect(bench.view).toMatchObject({ phase: "idle", term: 0 });
    expect(bench.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("without an address it does once there is a demand", () => {
    const bench = new OnBench({ address: null });
    expect(bench.leads(3)).toEqual([]);
    expect(bench.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(bench.command({ kind: "demand", on: true })).toEqual([take(3)]);
  });

  test("it asks once, however often it hears that it leads", () => {
    const bench = new OnBench();
    bench.leads(3);
    expect(bench.leads(3)).toEqual([]);
    expect(bench.wait(10_000)).toEqual([]);
  });

  test("it asks again soon where the order has failed to take it", () => {
    const bench = new OnBench();
    bench.leads(3);
    expect(bench.fails({ kind: "take-office", holder: A, term: 3, leaseMs: LEASE_MS })).toEqual([]);
    expect(bench.wait(100)).toEqual([take(3)]);
  });

  test("it does not ask again for what failed in an earlier term", () => {
    const bench = new OnBench();
    bench.leads(3);
    bench.leads(4);
    bench.fails({ kind: "take-office", holder: A, term: 3, leaseMs: LEASE_MS });
    expect(bench.wait(1_000)).toEqual([]);
  });

  test("elected anew, it asks in the new term", () => {
    const bench = new OnBench();
    bench.leads(3);
    expect(bench.leads(4)).toEqual([prepared, take(4)]);
  });

  test("it does not enter where a later term is in office by the order", () => {
    const bench = new OnBench();
    bench.leads(3);
    expect(bench.row(row(B, 4))).toEqual([]);
    expect(bench.wait(10_000)).toEqual([]);
    expect(bench.view.phase).toBe("idle");
  });
});

describe("the lease of a predecessor is waited for", () => {
  /** The ms from being elected to being in office. */
  const waited = (bench: OnBench): number => {
    const from = bench.now;
    while (bench.view.phase !== "in-office") bench.waitConfirmed(Math.min(1, bench.machine.deadline - bench.now || 1));
    return bench.now - from;
  };

  test.each([
    ["in full where it is not known when it was last heard", holder(B, 2), null, {}, WAIT_MS],
    ["less what its voters had not heard of it by then", holder(B, 2), 150, {}, WAIT_MS - 150],
    ["not at all where they had not for so long", holder(B, 2), 1_000, {}, 0],
    ["in full where reads go by leases, whatever the voters say", holder(B, 2), 150, { leaseReads: true }, WAIT_MS],
    ["for as long as the lease of the predecessor is, and not our own", holder(B, 2, { leaseMs: 50 }), 0, {}, 55],
    ["not at all where it is released", holder(B, 2, { released: true }), 0, {}, 0],
    ["not at all where nobody held it", null, 0, {}, 0],
    ["in full where it was this peer in an earlier life", holder(A, 2), null, {}, WAIT_MS],
  ])("%s", (_name, predecessor, quietMs, options, expected) => {
    const bench = new OnBench(options);
    bench.leads(3, quietMs);
    for (const ticket of tickets(bench.row(row(A, 3, predecessor)))) bench.readable(ticket);
    expect(waited(bench)).toBeCloseTo(expected, 6);
  });

  test("from when it was elected, not from when the order has it or it hears so again", () => {
    const bench = new OnBench();
    bench.leads(3);
    bench.wait(100);
    bench.leads(3);
    bench.row(row(A, 3, holder(B, 2)));
    expect(bench.view).toMatchObject({ phase: "waiting", waitUntil: 1_000 + WAIT_MS });
  });

  test("it ends when the predecessor says that it is out", () => {
    const bench = new OnBench();
    bench.leads(3);
    const [ticket = 0] = tickets(bench.row(row(A, 3, holder(B, 2))));
    bench.readable(ticket);
    expect(bench.view.phase).toBe("waiting");
    const told = bench.row(row(A, 3, holder(B, 2, { released: true })));
    expect(told.map(({ kind }) => kind)).toContain("office-entered");
  });

  test("whoever loses the lead meanwhile enters no more, and says nothing of it", () => {
    const bench = new OnBench();
    bench.leads(3);
    bench.row(row(A, 3, holder(B, 2)));
    expect(bench.follows(C)).toEqual([]);
    expect(bench.wait(10_000)).toEqual([]);
  });
});

describe("the lease", () => {
  test("counts from the asking, however late it is confirmed", () => {
    const bench = new OnBench();
    bench.leads(3);
    const [ticket = 0] = tickets(bench.row(row(A, 3)));
    bench.wait(LEASE_MS - 1);
    expect(bench.readable(ticket)).toEqual([
      { kind: "office-open", term: 3, until: 1_000 + LEASE_MS },
      { kind: "office-entered", term: 3, waitedMs: LEASE_MS - 1 },
      { kind: "address-wanted", address: ADDRESS, term: 3, until: 1_000 + LEASE_MS },
    ]);
    expect(bench.view).toMatchObject({ phase: "in-office", leaseUntil: 1_000 + LEASE_MS, since: bench.now });
  });

  test("confirmed when it would be over, it is none", () => {
    const bench = new OnBench();
    bench.leads(3);
    const [ticket = 0] = tickets(bench.row(row(A, 3)));
    bench.wait(LEASE_MS);
    expect(bench.readable(ticket)).toEqual([]);
    expect(bench.view.phase).toBe("confirming");
  });

  test("is asked for again at a quarter, whether confirmed or not, each time with a ticket of its own below zero", () => {
    const bench = new OnBench();
    bench.leads(3);
    const asked = [...tickets(bench.row(row(A, 3))), ...tickets(bench.wait(LEASE_MS))];
    expect(asked).toHaveLength(5);
    expect(new Set(asked).size).toBe(5);
    expect(Math.max(...asked)).toBeLessThan(0);
  });

  test("is extended by each answer that says more than those before", () => {
    const bench = inOffice();
    const [first = 0, second = 0] = tickets(bench.wait(LEASE_MS / 2));
    const until = 1_000 + LEASE_MS / 2 + LEASE_MS;
    expect(bench.readable(second)).toEqual([
      { kind: "office-open", term: 3, until },
      { kind: "address-extended", term: 3, until },
    ]);
    expect(bench.readable(first)).toEqual([]);
    expect(bench.readable(second)).toEqual([]);
    expect(bench.readable(-99)).toEqual([]);
    expect(bench.view).toMatchObject({ leaseUntil: until, renewals: 1 });
  });

  test("not confirmed, it is asked for as before", () => {
    const bench = inOffice();
    const [ticket = 0] = tickets(bench.wait(LEASE_MS / 4));
    expect(bench.command({ kind: "not-readable", ticket })).toEqual([]);
    expect(bench.readable(ticket)).toEqual([]);
    expect(tickets(bench.wait(LEASE_MS / 4))).toHaveLength(1);
  });

  test("goes on for as long as it is renewed", () => {
    const bench = inOffice();
    const told = new Set(bench.waitConfirmed(20 * LEASE_MS).map(({ kind }) => kind));
    // Nobody says what became of the address, so it is asked for again.
    expect([...told].sort()).toEqual(["address-extended", "confirmation-wanted", "office-open"]);
    expect(DRIFT).toBeGreaterThan(0);
  });
});
