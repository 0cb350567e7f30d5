import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DiskBench, startedBench } from "./disk-bench.ts";

type Step =
  | { readonly kind: "append"; readonly count: number }
  | { readonly kind: "run"; readonly ms: number }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "compact" }
  | { readonly kind: "crash"; readonly tear: boolean }
  | { readonly kind: "full"; readonly isFull: boolean };

const append = fc.record({ kind: fc.constant("append" as const), count: fc.nat(3) });
const run = fc.record({ kind: fc.constant("run" as const), ms: fc.oneof(fc.nat(3), fc.nat(150)) });
const slow = fc.record({ kind: fc.constant("slow" as const), ms: fc.nat(40) });
const compact = fc.record({ kind: fc.constant("compact" as const) });
const crash = fc.record({ kind: fc.constant("crash" as const), tear: fc.boolean() });
const full = fc.record({ kind: fc.constant("full" as const), isFull: fc.boolean() });

function take(bench: DiskBench, step: Step): void {
  if (step.kind === "append") bench.append(step.count);
  else if (step.kind === "run") bench.run(step.ms);
  else if (step.kind === "slow") bench.disk.writeMs = [step.ms / 2, step.ms];
  else if (step.kind === "compact") bench.compact();
  else if (step.kind === "full") bench.disk.isFull = step.isFull;
  else expectKept(bench, step.tear);
}

/** Across a crash all that was acknowledged is found, and nothing that was never appended. */
function expectKept(bench: DiskBench, tear: boolean): void {
  const { acknowledged, appended, failures } = bench;
  expect(failures.length).toBeLessThanOrEqual(1);
  const found = bench.reopen(tear);
  expect(found).toBeGreaterThanOrEqual(acknowledged);
  expect(found).toBeLessThanOrEqual(appended);
}

describe("a simulated disk in any course of events", () => {
  it("never loses what it acknowledged, and invents nothing", () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 8, arbitrary: append },
      { weight: 6, arbitrary: run },
      { weight: 1, arbitrary: slow },
      { weight: 2, arbitrary: compact },
      { weight: 3, arbitrary: crash },
      { weight: 1, arbitrary: full },
    );
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 80 }), (seed, steps) => {
        const bench = startedBench(seed);
        for (const each of steps) take(bench, each);
        expectKept(bench, false);
        bench.disk.isFull = false;
        bench.reopen();
        const { acknowledged } = bench;
        bench.append();
        bench.run(1000);
        expect(bench.acknowledged).toBe(acknowledged + 1);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds every flipped bit, whatever is appended after it and however that ends", () => {
    const before: fc.Arbitrary<Step> = fc.oneof(append, run, compact, crash);
    const after: fc.Arbitrary<Step> = fc.oneof(append, run, slow);
    const course = fc.record({
      seed: fc.nat(),
      before: fc.array(before, { maxLength: 30 }),
      // Time for a compaction that waits: it would replace what is flipped.
      restsMs: fc.constantFrom(5, 200),
      flipsWhileDown: fc.boolean(),
      after: fc.array(after, { maxLength: 10 }),
      tear: fc.boolean(),
    });
    fc.assert(
      fc.property(course, ({ seed, before, restsMs, flipsWhileDown, after, tear }) => {
        const bench = startedBench(seed);
        for (const step of before) take(bench, step);
        bench.run(restsMs);
        if (!flipsWhileDown) expect(bench.disk.flipBit()).toBe(true);
        for (const step of after) take(bench, step);
        bench.disk.crash(tear);
        if (flipsWhileDown) expect(bench.disk.flipBit()).toBe(true);
        expect(bench.open()).toMatch(/^the journal is corrupt at byte \d+ \(.+\)$/);
        expect(bench.disk.setAside.length).toBe(1);
        expect(bench.reopen()).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("goes the same way for the same seed", () => {
    const outcomes = (seed: number): unknown => {
      const bench = startedBench(seed);
      bench.disk.writeMs = [1, 5];
      for (let i = 0; i < 50; i++) {
        bench.append(1 + (i % 4));
        bench.run(3);
        if (i % 10 === 9) bench.reopen();
      }
      bench.run(200);
      bench.disk.flipBit();
      bench.reopen();
      return [bench.saved, bench.disk.setAside];
    };
    expect(outcomes(3)).toEqual(outcomes(3));
    expect(outcomes(3)).not.toEqual(outcomes(4));
  });
});
