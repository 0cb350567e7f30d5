import { describe, expect, it } from "vitest";
import { HEALTH_DEFAULTS } from "../../../src/protocols/health/definition.ts";
import { address, Bench, synsOf } from "./harness.ts";

const TIMEOUT = HEALTH_DEFAULTS.probeTimeoutMs;
const INTERVAL = HEALTH_DEFAULTS.probeIntervalMs;

describe("turns", () => {
  /** Answers every SYN at once, except those to addresses in `silent`; when each member was asked. */
  function times(bench: Bench, until: number, silent: ReadonlySet<unknown> = new Set()): Map<unknown, number[]> {
    const asked = new Map<unknown, number[]>();
    const begun = new Map<unknown, number>();
    while (bench.health.deadline <= until) {
      bench.now = bench.health.deadline;
      for (const { to, nonce } of synsOf(bench.step({ kind: "timeout" }))) {
        const first = bench.now - (begun.get(to) ?? Number.NEGATIVE_INFINITY) >= TIMEOUT;
        if (first) asked.set(to, [...(asked.get(to) ?? []), bench.now]);
        if (first) begun.set(to, bench.now);
        if (!silent.has(to)) bench.ack(to, nonce);
      }
    }
    return asked;
  }

  it("probe every member once an interval, spread over it", () => {
    const bench = new Bench();
    bench.watch(...Array.from({ length: 10 }, (_, n) => n));
    const asked = times(bench, bench.now + 20 * INTERVAL);
    expect(asked.size).toBe(10);
    for (const [first = 0, ...later] of asked.values()) {
      expect(first).toBeLessThanOrEqual(1000 + 2 * INTERVAL);
      for (const [i, at] of later.entries()) expect(at - first).toBeCloseTo((i + 1) * INTERVAL);
    }
    const phases = [...asked.values()].map(([first = 0]) => Math.round(first % INTERVAL));
    expect(new Set(phases).size).toBe(10);
  });

  it("begin at a random phase", () => {
    const firsts = [1, 2, 3, 4, 5].map((seed) => {
      const bench = new Bench(true, {}, seed);
      bench.watch(1);
      return bench.health.deadline;
    });
    expect(new Set(firsts).size).toBeGreaterThan(1);
    for (const first of firsts) expect(first).toBeLessThan(1000 + INTERVAL);
  });

  it("probe 32 of many members an interval, each within two passes (SWIM 4.3)", () => {
    const bench = new Bench();
    bench.watch(...Array.from({ length: 320 }, (_, n) => n));
    bench.run(bench.now);
    const start = bench.now;
    const asked = times(bench, start + 40 * INTERVAL);
    expect(asked.size).toBe(320);
    const total = [...asked.values()].flat().length;
    expect(Math.abs(total - 40 * 32)).toBeLessThanOrEqual(2);
    for (const instants of asked.values()) {
      for (const [i, at] of instants.entries()) {
        if (i > 0) expect(at - (instants[i - 1] ?? 0)).toBeLessThanOrEqual(20 * INTERVAL);
      }
    }
  });

  it("come again at once for a member that was missed, and then at growing intervals up to two", () => {
    const bench = new Bench();
    bench.watch(1);
    const start = bench.health.deadline;
    const asked = times(bench, start + 12 * INTERVAL, new Set([address(1)])).get(address(1)) ?? [];
    const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
    const grown = [INTERVAL, INTERVAL * 1.25, INTERVAL * 1.25 ** 2, INTERVAL * 1.25 ** 3, 2 * INTERVAL];
    expect(gaps.slice(0, 7)).toEqual([TIMEOUT, TIMEOUT, ...grown]);
    expect(Math.max(...gaps)).toBe(2 * INTERVAL);
  });

  it("find a healed member within three seconds, however long it was gone", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const bench = new Bench(true, {}, seed);
      bench.watch(1, 2);
      bench.link(2);
      const gone = new Set([address(1)]);
      const healedAt = bench.now + 60_000 + 97 * seed;
      times(bench, healedAt, gone);
      bench.now = healedAt;
      const before = bench.health.view().answered;
      const asked = times(bench, healedAt + 3000).get(address(1)) ?? [];
      expect(asked[0]).toBeLessThanOrEqual(healedAt + 3000);
      expect(bench.health.view().answered).toBeGreaterThan(before);
      expect(bench.health.view().probes[0]?.missed).toBe(0);
    }
  });

  it("share a constant load however many members are unhealthy", () => {
    const bench = new Bench();
    bench.watch(...Array.from({ length: 500 }, (_, n) => n));
    const silent = new Set(Array.from({ length: 500 }, (_, n) => address(n)));
    times(bench, bench.now + 100 * INTERVAL, silent);
    const from = bench.now;
    const asked = times(bench, from + 60 * INTERVAL, silent);
    // At most 32 rounds an interval, of three SYNs each.
    expect([...asked.values()].flat().length).toBeLessThanOrEqual(60 * 32 * 1.1);
    expect(asked.size).toBeGreaterThan(450);
  });

  it("are not made up for after the process was held up", () => {
    const bench = new Bench();
    bench.watch(...Array.from({ length: 10 }, (_, n) => n));
    bench.run(bench.health.deadline);
    bench.step({ kind: "resumed", gapMs: 60_000 });
    bench.now += 60_000;
    const [first] = synsOf(bench.step({ kind: "timeout" }));
    expect(first).toBeDefined();
    expect(bench.health.deadline).toBeGreaterThan(bench.now);
  });
});
