import { describe, expect, test } from "vitest";
import { A, ADDRESS, B, holder, inOffice, LEASE_MS, type OnBench, row, tickets } from "./on-bench.ts";

const release = { kind: "submit-broker", request: { kind: "leave-office", holder: A, term: 3 } };
const shut = (because: string) => [
  { kind: "office-shut" },
  { kind: "office-left", term: 3, because },
  { kind: "address-unwanted", term: 3 },
];

/** All ways out of the office, with what is said of them. */
const WAYS: Record<string, (bench: OnBench) => unknown[]> = {
  "leader-lost": (bench) => bench.follows(B),
  left: (bench) => bench.command({ kind: "leave" }),
  superseded: (bench) => bench.row(row(B, 4, holder(A, 3))),
  forgotten: (bench) => bench.command({ kind: "forget" }),
  "lease-expired": (bench) => bench.wait(LEASE_MS).filter((event) => event.kind !== "confirmation-wanted"),
};

describe("out of office", () => {
  test.each(Object.entries(WAYS))("it acts no more at once: %s", (because, happen) => {
    const bench = inOffice();
    bench.address("taken", 3);
    expect(happen(bench)).toEqual(shut(because));
    expect(bench.view).toMatchObject({ phase: "leaving", holdsAddress: true, leaseUntil: null, since: null });
  });

  test("nothing is said of an address where there is none", () => {
    const bench = inOffice({ address: null });
    expect(bench.follows(B)).toEqual([...shut("leader-lost").slice(0, 2), release]);
  });

  test("without demand and address it goes, and comes again in the same term", () => {
    const bench = inOffice({ address: null });
    expect(bench.command({ kind: "demand", on: false })).toEqual(shut("no-demand").slice(0, 2));
    expect(bench.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    const [ticket = 0] = tickets(bench.command({ kind: "demand", on: true }));
    expect(bench.readable(ticket)).toMatchObject([{ kind: "office-open" }, { kind: "office-entered" }]);
  });

  test("an answer that comes when it is over opens nothing", () => {
    const bench = inOffice();
    const [ticket = 0] = tickets(bench.wait(LEASE_MS / 4));
    bench.follows(B);
    expect(bench.readable(ticket)).toEqual([]);
  });

  test.each(["leader-lost", "left", "superseded"])("the order is told when the address is gone: %s", (way) => {
    const bench = inOffice();
    bench.address("taken", 3);
    WAYS[way]?.(bench);
    expect(bench.address("gone", 3, "let go")).toEqual([
      { kind: "address-lost", address: ADDRESS, term: 3, because: "let go" },
      release,
    ]);
    expect(bench.view).toMatchObject({ phase: "idle", holdsAddress: false, term: 0 });
  });

  test("or when it must be gone, if nobody says so", () => {
    const bench = inOffice();
    bench.address("taken", 3);
    bench.follows(B);
    expect(bench.wait(LEASE_MS - 1)).toEqual([]);
    expect(bench.wait(LEASE_MS + 1)).toEqual([expect.objectContaining({ kind: "address-lost" }), release]);
  });

  test("it is told again where the order has failed to take it, until it has", () => {
    const bench = inOffice({ address: null });
    bench.follows(B);
    const request = { kind: "leave-office", holder: A, term: 3 } as const;
    expect(bench.fails(request)).toEqual([]);
    expect(bench.wait(100)).toEqual([release]);
    bench.fails(request);
    bench.row(row(B, 4, holder(A, 3, { released: true })));
    expect(bench.wait(10_000)).toEqual([]);
  });

  test("a cluster that was given up is told nothing", () => {
    const bench = inOffice();
    bench.command({ kind: "forget" });
    expect(bench.address("gone", 3)).toEqual([]);
    expect(bench.wait(10_000)).toEqual([]);
  });

  test("whoever left never comes again", () => {
    const bench = inOffice();
    bench.command({ kind: "leave" });
    bench.address("gone", 3);
    expect(bench.leads(4)).toEqual([]);
  });

  test("elected again meanwhile, it begins when the address is gone", () => {
    const bench = inOffice();
    bench.address("taken", 3);
    bench.follows(null);
    expect(bench.leads(4)).toEqual([]);
    expect(bench.address("gone", 3).map(({ kind }) => kind)).toEqual([
      "address-lost",
      "submit-broker",
      "address-prepared",
      "submit-broker",
    ]);
  });
});

describe("a lease that was not renewed", () => {
  test("is over before anything else is looked at, however late this peer looks", () => {
    const bench = inOffice();
    bench.address("taken", 3);
    const [ticket = 0] = tickets(bench.wait(LEASE_MS / 4));
    // It stood still, and what was said meanwhile comes first.
    bench.now += LEASE_MS;
    expect(bench.readable(ticket)).toEqual(shut("lease-expired"));
    expect(bench.give({ kind: "resumed", gapMs: LEASE_MS })).toEqual([]);
    expect(bench.view.expiries).toBe(1);
  });

  test("is asked for anew once the address is gone, in the same term, without a word to the order", () => {
    const bench = inOffice();
    bench.address("taken", 3);
    bench.wait(LEASE_MS);
    const told = bench.address("gone", 3, "its lease is over");
    expect(told.map(({ kind }) => kind)).toEqual(["address-lost", "address-prepared", "confirmation-wanted"]);
    const [ticket = 0] = tickets(told);
    expect(bench.readable(ticket).map(({ kind }) => kind)).toEqual(["office-open", "office-entered", "address-wanted"]);
  });

  test("the order is told where the lead is lost after that", () => {
    const bench = inOffice({ address: null });
    bench.wait(LEASE_MS);
    expect(bench.view.phase).toBe("confirming");
    expect(bench.follows(B)).toEqual([release]);
  });
});
