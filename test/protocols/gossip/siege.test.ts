import { describe, expect, it } from "vitest";
import { type Lies, Siege } from "./siege.ts";

const ROUNDS = 24;

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/**
 * The bound: among 200 machines, of which 20 % push lies to everybody and answer pulls with lies, at least 40 % of the
 * IDs of every honest machine are honest at any time, and 65 % on average, though the liars have two thousand addresses
 * that answer; where nobody answers at the lies, 60 % and 75 %. Machines alone would give 80 %.
 */
const BOUNDS: { readonly [L in Lies]: { readonly each: number; readonly all: number } } = {
  answering: { each: 0.4, all: 0.65 },
  nobody: { each: 0.6, all: 0.75 },
};

describe("under a flood of pushes from 20 % of 200 machines", () => {
  it.each<[Lies, number]>([
    ["answering", 1],
    ["answering", 2],
    ["nobody", 3],
  ])(
    "the honest share of everyone's IDs stays above the bound: lies %s, seed %i",
    { timeout: 60_000 },
    (lies, seed) => {
      const siege = new Siege(lies, seed);
      const { each, all } = BOUNDS[lies];
      for (let round = 1; round <= ROUNDS; round++) {
        siege.run(1);
        const shares = siege.shares();
        expect(Math.min(...shares), `the worst after round ${round}`).toBeGreaterThan(each);
        expect(mean(shares), `all after round ${round}`).toBeGreaterThan(all);
      }
      // The flood was there: it was refused in every way there is.
      for (const { overRate, ignoredRounds, refusedBecause } of siege.views()) {
        expect(overRate).toBeGreaterThan(1000);
        expect(ignoredRounds).toBeGreaterThan(0);
        expect(Math.min(refusedBecause.source, refusedBecause.round, refusedBecause.room)).toBeGreaterThan(0);
      }
    },
  );

  it("would not, without a limit on the pushes of a round", { timeout: 60_000 }, () => {
    const siege = new Siege("answering", 1, { pushesPerRound: 1_000_000 });
    siege.run(3);
    expect(mean(siege.shares())).toBeLessThan(BOUNDS.answering.all);
  });
});
