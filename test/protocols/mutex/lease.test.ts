import { describe, expect, test } from "vitest";
import type { LockRow } from "../../../src/core/lock.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Answer, failed, type LockOperation } from "../../../src/core/request.ts";
import { A, B, C, kindsOf, OnBench, type Outcome } from "./on-bench.ts";

const LEASE_MS = 9000;

function submitted({ events }: Outcome): readonly LockOperation[] {
  return events.flatMap((event) => (event.kind === "submit" ? [event.request] : []));
}

function row(owner: PeerId, ticket: number, rest: Partial<LockRow["holder"]> = {}, waiting: LockRow["waiting"] = []) {
  const holder = { owner, ticket, token: 7, renewals: 0, leaseMs: LEASE_MS, ...rest };
  return { name: "l", holder, waiting };
}

/** The order says how the lock "l" stands. */
function stands(bench: OnBench, stands: LockRow | null, all = false): Outcome {
  return bench.command({ kind: "locks", all, changes: [{ name: "l", row: stands }] });
}

function answer(bench: OnBench, request: LockOperation | undefined, given: Answer): Outcome {
  expect(request).toBeDefined();
  return request === undefined ? { sent: [], events: [] } : bench.command({ kind: "answered", request, answer: given });
}

/** B on the bench, which has asked for the lock. */
function asked(): { readonly bench: OnBench; readonly ticket: number } {
  const bench = new OnBench("lease", B, { leaseMs: LEASE_MS });
  const [operation] = submitted(bench.acquire());
  expect(operation).toMatchObject({ kind: "acquire-lock", name: "l", owner: B, leaseMs: LEASE_MS });
  return { bench, ticket: operation?.kind === "acquire-lock" ? operation.ticket : 0 };
}

/** B holds the lock, by token 7. */
function holding(): { readonly bench: OnBench; readonly ticket: number } {
  const { bench, ticket } = asked();
  expect(kindsOf(stands(bench, row(B, ticket)))).toEqual(["lock-acquired", "granted"]);
  return { bench, ticket };
}

const RENEWED: Answer = { kind: "locked", name: "l", token: 7 };

describe("a lock by lease", () => {
  test("is held when the order says so, with its token", () => {
    const { bench, ticket } = asked();
    expect(kindsOf(stands(bench, row(A, 1, {}, [{ owner: B, ticket, leaseMs: LEASE_MS }])))).toEqual(["lock-blocked"]);
    expect(stands(bench, row(B, ticket, { token: 12 })).events).toContainEqual({
      kind: "granted",
      ticket: 1,
      name: "l",
      token: 12,
    });
    expect(bench.view.locks[0]).toMatchObject({
      state: "held",
      holder: B,
      token: 12,
      leaseUntil: 1000 + 0.9 * LEASE_MS,
    });
  });

  test("is asked for again where the order took the claim, and it fell out before it was seen here", () => {
    const { bench, ticket } = asked();
    const request: LockOperation = { kind: "acquire-lock", name: "l", owner: B, ticket, leaseMs: LEASE_MS };
    answer(bench, request, { kind: "display", text: "waiting for l" });
    stands(bench, null);
    expect(submitted(bench.wait(1000))).toEqual([request]);
    answer(bench, request, { kind: "locked", name: "l", token: 9 });
    expect(kindsOf(stands(bench, row(B, ticket, { token: 9 })))).toContain("lock-acquired");
  });

  test("is not asked for again while the order has the claim", () => {
    const { bench, ticket } = asked();
    const request: LockOperation = { kind: "acquire-lock", name: "l", owner: B, ticket, leaseMs: LEASE_MS };
    const waits = row(A, 1, {}, [{ owner: B, ticket, leaseMs: LEASE_MS }]);
    answer(bench, request, { kind: "display", text: "waiting for l" });
    stands(bench, waits);
    answer(bench, request, { kind: "display", text: "waiting for l" });
    expect(submitted(bench.wait(10 * LEASE_MS))).toEqual([]);
  });

  test("is renewed at a third of the lease, counted from when it was asked for", () => {
    const { bench } = holding();
    expect(submitted(bench.wait(LEASE_MS / 3 - 1))).toEqual([]);
    const [renew] = submitted(bench.wait(1));
    expect(renew).toEqual({ kind: "renew-lock", name: "l", token: 7 });
    bench.wait(500);
    answer(bench, renew, RENEWED);
    expect(bench.view.locks[0]?.leaseUntil).toBe(1000 + LEASE_MS / 3 + 0.9 * LEASE_MS);
    expect(submitted(bench.wait(LEASE_MS / 3 - 501))).toEqual([]);
    expect(submitted(bench.wait(1))).toEqual([renew]);
  });

  test("is lost by the holder's own clock before anybody else can have it", () => {
    const { bench, ticket } = holding();
    const { events } = bench.wait(0.9 * LEASE_MS);
    expect(bench.now).toBe(1000 + 0.9 * LEASE_MS);
    const because = "its lease was not renewed in time";
    expect(events).toContainEqual({ kind: "revoked", ticket: 1, name: "l", because });
    expect(events).toContainEqual({ kind: "lock-lost", name: "l", peer: B, because });
    expect(submitted({ sent: [], events }).at(-1)).toEqual({ kind: "release-lock", name: "l", owner: B, ticket });
  });

  test("a renewal counts from when it was sent, not from its answer", () => {
    const { bench } = holding();
    const [renew] = submitted(bench.wait(LEASE_MS / 3));
    bench.wait(4000);
    answer(bench, renew, RENEWED);
    expect(bench.view.locks[0]?.leaseUntil).toBe(1000 + LEASE_MS / 3 + 0.9 * LEASE_MS);
  });

  test("who was waiting for long renews first, as it does not know since when it is the holder", () => {
    const { bench, ticket } = asked();
    bench.wait(LEASE_MS / 3);
    const won = stands(bench, row(B, ticket));
    expect(kindsOf(won)).toEqual(["submit"]);
    const [renew] = submitted(won);
    expect(kindsOf(answer(bench, renew, RENEWED))).toEqual(["lock-acquired", "granted"]);
    expect(bench.view.locks[0]?.leaseUntil).toBe(1000 + LEASE_MS / 3 + 0.9 * LEASE_MS);
  });

  test("is asked for again where that came to nothing, with the same ticket", () => {
    const { bench, ticket } = asked();
    const acquire = { kind: "acquire-lock", name: "l", owner: B, ticket, leaseMs: LEASE_MS } as const;
    answer(bench, acquire, failed("no-leader", "nobody leads", true));
    expect(submitted(bench.wait(499))).toEqual([]);
    expect(submitted(bench.wait(1))).toEqual([acquire]);
  });

  test("is refused where it cannot be had", () => {
    const { bench, ticket } = asked();
    const acquire = { kind: "acquire-lock", name: "l", owner: B, ticket, leaseMs: LEASE_MS } as const;
    expect(answer(bench, acquire, failed("full", "256 locks", true)).events).toEqual([
      { kind: "refused", ticket: 1, name: "l", code: "full", because: "256 locks" },
    ]);
    expect(bench.view.locks).toEqual([]);
  });

  test("is released in the order, again if need be", () => {
    const { bench, ticket } = holding();
    const release = { kind: "release-lock", name: "l", owner: B, ticket } as const;
    expect(submitted(bench.release())).toEqual([release]);
    answer(bench, release, failed("timed-out", "no outcome", false));
    expect(submitted(bench.wait(500))).toEqual([release]);
    answer(bench, release, { kind: "display", text: "released l" });
    expect(submitted(bench.wait(60_000))).toEqual([]);
  });

  test("goes to the next at the same peer by a claim of its own", () => {
    const { bench, ticket } = holding();
    expect(submitted(bench.acquire("l", 2))).toEqual([]);
    const operations = submitted(bench.release());
    expect(operations.map(({ kind }) => kind)).toEqual(["release-lock", "acquire-lock"]);
    expect(operations.at(-1)).not.toMatchObject({ ticket });
  });

  test("is lost when the order says so", () => {
    const { bench } = holding();
    expect(stands(bench, row(C, 3)).events).toContainEqual({
      kind: "revoked",
      ticket: 1,
      name: "l",
      because: "its lease has expired",
    });
    expect(stands(holding().bench, null).events.map(({ kind }) => kind)).toContain("revoked");
  });

  test("is lost when the order was forgotten", () => {
    const { bench } = holding();
    expect(kindsOf(bench.command({ kind: "locks", all: true, changes: [] }))).toContain("revoked");
  });

  test("is asked for again by who waited, and fell out with a lease of its peer", () => {
    const { bench, ticket } = asked();
    stands(bench, row(A, 1, {}, [{ owner: B, ticket, leaseMs: LEASE_MS }]));
    expect(submitted(stands(bench, row(C, 1)))).toMatchObject([{ kind: "acquire-lock", ticket }]);
  });

  test("what an earlier life has left in the order is released", () => {
    const bench = new OnBench("lease", B);
    expect(submitted(stands(bench, row(B, 3, {}, [{ owner: B, ticket: 4, leaseMs: LEASE_MS }])))).toEqual([
      { kind: "release-lock", name: "l", owner: B, ticket: 3 },
      { kind: "release-lock", name: "l", owner: B, ticket: 4 },
    ]);
  });

  test("peers say nothing to each other", () => {
    const bench = new OnBench("lease", B);
    expect(bench.give({ kind: "link", peer: A, up: true }).sent).toEqual([]);
    bench.acquire();
    expect(bench.wait(60_000).sent).toEqual([]);
  });
});

describe("the peer that leads", () => {
  const expire = (token: number, renewals: number) => ({ kind: "expire-lock", name: "l", token, renewals });

  test("says that a lease has ended when it has applied no renewal for so long", () => {
    const bench = new OnBench("lease", B);
    bench.command({ kind: "leader", leader: B });
    stands(bench, row(A, 1));
    bench.wait(5000);
    stands(bench, row(A, 1, { renewals: 1 }));
    expect(submitted(bench.wait(LEASE_MS - 1))).toEqual([]);
    expect(submitted(bench.wait(1))).toEqual([expire(7, 1)]);
    // It may have come to nothing.
    expect(submitted(bench.wait(1000))).toEqual([expire(7, 1)]);
    stands(bench, row(C, 1, { token: 9 }));
    expect(submitted(bench.wait(LEASE_MS - 1))).toEqual([]);
  });

  test("gives every lease its whole time when it comes to lead", () => {
    const bench = new OnBench("lease", B);
    stands(bench, row(A, 1));
    expect(submitted(bench.wait(5 * LEASE_MS))).toEqual([]);
    bench.command({ kind: "leader", leader: B });
    expect(submitted(bench.wait(LEASE_MS - 1))).toEqual([]);
    expect(submitted(bench.wait(1))).toEqual([expire(7, 0)]);
    bench.command({ kind: "leader", leader: A });
    expect(submitted(bench.wait(60_000))).toEqual([]);
  });

  test("goes by the lease of each holder, not by its own", () => {
    const bench = new OnBench("lease", B);
    bench.command({ kind: "leader", leader: B });
    stands(bench, row(A, 1, { leaseMs: 20_000 }));
    expect(submitted(bench.wait(19_999))).toEqual([]);
    expect(submitted(bench.wait(1))).toEqual([expire(7, 0)]);
  });
});
