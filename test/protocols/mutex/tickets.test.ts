import { describe, expect, test } from "vitest";
import { MAX_LOCKS } from "../../../src/core/lock.ts";
import { MAX_TICKETS } from "../../../src/protocols/mutex/tickets.ts";
import { A, B, kindsOf, OnBench } from "./on-bench.ts";

/** B alone, which needs nobody's consent. */
const alone = (settleMs = 0): OnBench => new OnBench("lamport", B, { settleMs });

describe("those who want a lock at one peer", () => {
  test("have it one after the other, each by a request of its own", () => {
    const bench = alone();
    expect(kindsOf(bench.acquire("l", 1))).toEqual(["lock-requested", "lock-acquired", "granted"]);
    bench.now += 7;
    expect(kindsOf(bench.acquire("l", 2))).toEqual([]);
    expect(bench.view.locks[0]).toMatchObject({ state: "held", waitingHere: 1, heldSince: 1000 });
    const { events } = bench.release("l", 1);
    expect(events.map(({ kind }) => kind)).toEqual([
      ...["lock-released", "lock-requested", "lock-acquired", "granted"],
    ]);
    expect(events.at(-1)).toMatchObject({ ticket: 2 });
  });

  test("have tokens that grow", () => {
    const bench = alone();
    const tokens = [1, 2, 3].map((ticket) => {
      bench.acquire("l", ticket);
      const { token } = bench.view.locks[0] ?? {};
      bench.release("l", ticket);
      return token ?? 0;
    });
    expect(tokens).toEqual([...new Set(tokens)].sort((one, other) => one - other));
    // The peer's clock has gone along, so that its next life goes on from there.
    expect(bench.lamport).toBeGreaterThanOrEqual(tokens.at(-1) ?? Number.NaN);
  });

  test("may go before it is their turn; who comes next takes over what was asked for them", () => {
    const bench = new OnBench("lamport", B);
    bench.link(A);
    bench.acquire("l", 1);
    bench.acquire("l", 2);
    expect(bench.release("l", 1)).toEqual({ sent: [], events: [] });
    expect(bench.hear(A, { kind: "reply", time: 90, name: "l", timestamp: 1 }).events.at(-1)).toMatchObject({
      kind: "granted",
      ticket: 2,
    });
    bench.acquire("l", 3);
    expect(bench.release("l", 3).events).toEqual([]);
    expect(bench.view.locks[0]?.waitingHere).toBe(0);
  });

  test("ask once each", () => {
    const bench = alone();
    bench.acquire("l", 0);
    expect(bench.acquire("l", 0).events).toMatchObject([{ kind: "refused", ticket: 0, code: "exists" }]);
    expect(kindsOf(bench.acquire("m", 0))).toContain("granted");
  });

  test.each(["", "a\nb", "x".repeat(65), "\ud800", "a\u2028"])("cannot call a lock %j", (name) => {
    expect(alone().acquire(name).events).toMatchObject([{ kind: "refused", code: "malformed" }]);
  });

  test("are refused where too many wait, and where too many locks are in use", () => {
    const bench = alone();
    for (let ticket = 1; ticket <= MAX_TICKETS; ticket++) bench.acquire("l", ticket);
    expect(bench.acquire("l", 999).events).toMatchObject([{ kind: "refused", code: "full" }]);
    for (let count = 1; count < MAX_LOCKS; count++) bench.acquire(`l${count}`, 1);
    expect(bench.acquire("another", 1).events).toMatchObject([{ kind: "refused", code: "full" }]);
    expect(bench.view.locks).toHaveLength(MAX_LOCKS);
  });
});

describe("a peer that has just started, or joined", () => {
  test("enters nothing until it may have heard of others", () => {
    const bench = alone(1000);
    expect(kindsOf(bench.acquire())).toEqual(["lock-requested"]);
    bench.wait(600);
    bench.command({ kind: "begin" });
    expect(kindsOf(bench.wait(999))).toEqual([]);
    expect(kindsOf(bench.wait(1))).toEqual(["lock-acquired", "granted"]);
  });

  test("enters nothing while it belongs to no cluster, of which it can know nobody", () => {
    const bench = alone();
    bench.command({ kind: "forget" });
    expect(kindsOf(bench.acquire())).toEqual(["lock-requested"]);
    expect(bench.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(kindsOf(bench.wait(100_000))).toEqual([]);
    expect(kindsOf(bench.command({ kind: "begin" }))).toEqual(["lock-acquired", "granted"]);
  });

  test("enters nothing by a token of the cluster that it has given up", () => {
    const bench = new OnBench("raymond", B, { settleMs: 1000 });
    bench.wait(2000);
    bench.command({ kind: "forget" });
    bench.link(A);
    bench.command({ kind: "begin" });
    expect(kindsOf(bench.acquire())).toEqual(["lock-requested"]);
    expect(kindsOf(bench.wait(5000))).toEqual([]);
  });

  test.each([
    ["gives its cluster up", "forget", "this peer has given its cluster up"],
    ["stops or leaves", "leave", "this peer stops"],
  ] as const)("that %s holds and wants nothing, and says so", (_what, kind, because) => {
    const bench = new OnBench("lamport", B);
    bench.acquire("held", 1);
    bench.acquire("held", 2);
    bench.link(A);
    bench.acquire("wanted", 3);
    const { sent, events } = bench.command({ kind });
    expect(events[0]).toMatchObject({ because });
    expect(sent.map(({ message }) => message.kind)).toEqual(["release", "release"]);
    expect(events.map(({ kind }) => kind)).toEqual(["lock-lost", "revoked", "refused", "refused"]);
    expect(bench.view.locks).toEqual([]);
  });
});
