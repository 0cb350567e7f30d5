import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import { MAX_PENDING, PendingRequests } from "../../src/core/pending.ts";

interface Asked {
  readonly name: string;
}

const named = (name: string): Asked => ({ name });

/** Requests that wait, all IDs of them used. */
function filled(deadline = 1000): PendingRequests<Asked> {
  const pending = new PendingRequests<Asked>();
  for (let count = 0; count < MAX_PENDING; count++) pending.open(named(String(count)), deadline);
  return pending;
}

describe("pending requests", () => {
  test("have IDs from 1 up, and match answers in any order", () => {
    const pending = new PendingRequests<Asked>();
    expect(["a", "b", "c"].map((name) => pending.open(named(name), 10))).toEqual([1, 2, 3]);
    expect([3, 1, 2].map((id) => pending.settle(id))).toEqual(
      ["c", "a", "b"].map((name) => ({ kind: "matched", request: { name } })),
    );
    expect(pending.size).toBe(0);
    expect(pending.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("are 65,535 at a time, and the next is refused until one is answered", () => {
    const pending = filled();
    expect(pending).toMatchObject({ size: MAX_PENDING, isFull: true, isWorn: false });
    expect(pending.open(named("one more"), 1000)).toBeUndefined();
    expect(pending.settle(4711)).toMatchObject({ kind: "matched" });
    expect(pending.isFull).toBe(false);
    expect(pending.open(named("one more"), 1000)).toBe(4711);
    expect(pending.isFull).toBe(true);
  });

  test("time out at their deadline, in the order of those, and keep their IDs until a late answer comes", () => {
    const pending = new PendingRequests<Asked>();
    pending.open(named("later"), 200);
    pending.open(named("soon"), 100);
    pending.open(named("soon too"), 100);
    expect(pending.deadline).toBe(100);
    expect(pending.expire(99)).toEqual([]);
    expect(pending.expire(100)).toEqual([named("soon"), named("soon too")]);
    expect(pending).toMatchObject({ size: 1, retired: 2, deadline: 200 });
    expect(pending.settle(2)).toEqual({ kind: "late" });
    expect(pending.settle(2)).toEqual({ kind: "duplicate" });
    expect(pending).toMatchObject({ retired: 1, dropped: { late: 1, duplicate: 1, unknown: 0 } });
    expect(pending.expire(1000)).toEqual([named("later")]);
  });

  test("are worn when half of all IDs are retired, and can go on with the others", () => {
    const pending = new PendingRequests<Asked>();
    const half = Math.ceil(MAX_PENDING / 2);
    for (let count = 0; count < half; count++) pending.open(named("lost"), 4 + 4 * Math.floor(count / 1000));
    expect(pending.expire(128)).toHaveLength(32_000);
    expect(pending.isWorn).toBe(false);
    expect(pending.expire(132)).toHaveLength(768);
    expect(pending.isWorn).toBe(true);
    for (let count = half; count < MAX_PENDING; count++) {
      expect(pending.open(named("more"), 10_000)).toBeGreaterThan(half);
    }
    expect(pending.open(named("too many"), 10_000)).toBeUndefined();
    expect(pending.settle(1)).toEqual({ kind: "late" });
    expect(pending.isWorn).toBe(false);
    expect(pending.open(named("in its place"), 10_000)).toBe(1);
  });

  test("fail all at once, in the order in which they were asked, after which every ID is new", () => {
    const pending = new PendingRequests<Asked>();
    const names = ["a", "b", "c", "d"];
    for (const [index, name] of names.entries()) pending.open(named(name), 100 - 20 * index);
    pending.expire(40);
    pending.settle(2);
    expect(pending.failAll()).toEqual([named("a"), named("c")]);
    expect(pending).toMatchObject({ size: 0, retired: 0, deadline: Number.POSITIVE_INFINITY });
    expect(pending.settle(1)).toEqual({ kind: "unknown" });
    expect(pending.failAll()).toEqual([]);
    expect(pending.open(named("e"), 10)).toBe(1);
  });

  test("have no ID 0, none beyond the last that was used, and none without a deadline", () => {
    const pending = new PendingRequests<Asked>();
    pending.open(named("a"), 10);
    for (const id of [0, 2, 65_535, 65_536, -1, 1.5]) expect(pending.settle(id)).toEqual({ kind: "unknown" });
    expect(pending.dropped).toEqual({ late: 0, duplicate: 0, unknown: 6 });
    expect(() => pending.open(named("b"), Number.POSITIVE_INFINITY)).toThrow(InvariantViolation);
  });

  test("let an ID rest that was answered, and come back to the one that has rested for longest", () => {
    const pending = new PendingRequests<Asked>();
    const ids = Array.from({ length: 3000 }, (_, count) => {
      const id = pending.open(named(String(count)), 1000) ?? 0;
      pending.settle(id);
      return id;
    });
    expect(ids.slice(0, 1024)).toEqual(Array.from({ length: 1024 }, (_, index) => index + 1));
    for (let at = 1024; at < ids.length; at++) expect(ids[at]).toBe(ids[at - 1024]);
  });

  test("take constant time each, however many wait", () => {
    // Twice the same work, with few and with as many as can be beside it; a scan would make it hundreds of times as long.
    const timeOf = (pending: PendingRequests<Asked>): number => {
      const start = performance.now();
      for (let count = 0; count < 20_000; count++) pending.settle(pending.open(named("x"), 5000 + (count % 4000)) ?? 0);
      return performance.now() - start;
    };
    const few = new PendingRequests<Asked>();
    const many = filled(100_000);
    many.settle(30_000);
    timeOf(few);
    timeOf(many);
    expect(timeOf(many)).toBeLessThan(20 * timeOf(few) + 50);
  });
});

/** What a pending map is to do, said as simply as can be. */
class Model {
  readonly dropped = { late: 0, duplicate: 0, unknown: 0 };
  #states = new Map<
    number,
    { state: "pending" | "retired" | "free"; request: Asked; deadline: number; order: number }
  >();
  #asked = 0;

  open(id: number | undefined, request: Asked, deadline: number): void {
    expect(id).toBeGreaterThan(0);
    // An ID is used only when it is free.
    expect(this.#states.get(id ?? 0)?.state ?? "free").toBe("free");
    this.#asked += 1;
    this.#states.set(id ?? 0, { state: "pending", request, deadline, order: this.#asked });
  }

  settle(id: number): object {
    const known = this.#states.get(id);
    const state = known?.state ?? "unknown";
    if (known !== undefined) known.state = "free";
    if (state === "pending") return { kind: "matched", request: known?.request };
    const kind = ({ retired: "late", free: "duplicate", unknown: "unknown" } as const)[state];
    this.dropped[kind] += 1;
    return { kind };
  }

  /** All that may and all that must have timed out: a deadline is kept to 4 ms. */
  expire(now: number, expired: readonly Asked[]): void {
    for (const known of this.#states.values()) {
      if (known.state !== "pending") continue;
      const isExpired = expired.includes(known.request);
      if (isExpired) expect(known.deadline).toBeLessThanOrEqual(now);
      else expect(known.deadline + 4).toBeGreaterThan(now);
      if (isExpired) known.state = "retired";
    }
  }

  failAll(): readonly Asked[] {
    const failed = this.#in("pending").sort((one, other) => one.order - other.order);
    this.#states = new Map();
    return failed.map(({ request }) => request);
  }

  get summary(): object {
    const deadlines = this.#in("pending").map(({ deadline }) => Math.ceil(deadline / 4) * 4);
    return {
      size: deadlines.length,
      retired: this.#in("retired").length,
      deadline: Math.min(...deadlines),
      dropped: this.dropped,
    };
  }

  #in(wanted: string) {
    return [...this.#states.values()].filter(({ state }) => state === wanted);
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("open" as const), wait: fc.nat(60) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("answer" as const), back: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
  ),
  { maxLength: 200 },
);

test.each([
  ["that is new", 0],
  ["that uses its IDs again", 1030],
])("a pending map %s agrees with a simple one under any sequence of requests, answers and time", (_, used) => {
  fc.assert(
    fc.property(steps, (list) => {
      const pending = new PendingRequests<Asked>();
      const model = new Model();
      let now = 0;
      let lastId = 0;
      const open = (wait: number): void => {
        const request = named(`after ${lastId} at ${now}`);
        const id = pending.open(request, now + wait);
        model.open(id, request, now + wait);
        lastId = id ?? 0;
      };
      for (let count = 0; count < used; count++) {
        open(1);
        expect(pending.settle(lastId)).toEqual(model.settle(lastId));
      }
      for (const step of list) {
        if (step.do === "open") open(step.wait);
        else if (step.do === "answer") {
          const id = Math.max(0, lastId + 2 - step.back);
          expect(pending.settle(id)).toEqual(model.settle(id));
        } else if (step.do === "fail") expect(pending.failAll()).toEqual(model.failAll());
        else {
          now += step.ms;
          model.expire(now, pending.expire(now));
        }
        expect(pending).toMatchObject(model.summary);
      }
    }),
  );
});
