import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/core/token-bucket.ts";

const rate = { perSecond: 10, burst: 3 };

describe("a token bucket", () => {
  it("begins full: the burst is there at once and no more", () => {
    const bucket = new TokenBucket(rate, 1000);
    expect([1, 2, 3, 4].map(() => bucket.take(1000))).toEqual([true, true, true, false]);
  });

  it("fills by its rate, up to its burst", () => {
    const bucket = new TokenBucket(rate, 0);
    bucket.take(0, 3);
    expect(bucket.take(99)).toBe(false);
    expect(bucket.take(100)).toBe(true);
    expect(bucket.take(60_000, 3)).toBe(true);
    expect(bucket.take(60_000)).toBe(false);
  });

  it("gives all that is asked for or nothing", () => {
    const bucket = new TokenBucket(rate, 0);
    bucket.take(0, 2);
    expect(bucket.take(0, 2)).toBe(false);
    expect(bucket.take(0, 1)).toBe(true);
  });

  it("never gives more than its burst, and says so", () => {
    const bucket = new TokenBucket(rate, 0);
    expect(bucket.take(60_000, 4)).toBe(false);
    expect(bucket.availableAt(60_000, 4)).toBe(Number.POSITIVE_INFINITY);
  });

  it("lends what is not there yet, and says when all of it will have been", () => {
    const bucket = new TokenBucket(rate, 0);
    expect(bucket.borrow(0, 3)).toBe(0);
    expect(bucket.borrow(0, 2)).toBe(200);
    expect(bucket.borrow(100, 8)).toBe(1000);
    expect(bucket.take(1000)).toBe(false);
    expect(bucket.take(1100)).toBe(true);
  });

  it("tells when tokens will be there", () => {
    const bucket = new TokenBucket(rate, 0);
    expect(bucket.availableAt(0, 3)).toBe(0);
    bucket.take(0, 3);
    expect(bucket.availableAt(0, 1)).toBe(100);
    expect(bucket.availableAt(50, 3)).toBe(300);
    expect(bucket.availableAt(500, 3)).toBe(500);
  });

  it.each([
    { perSecond: 0, burst: 1 },
    { perSecond: 1, burst: 0 },
  ])("that lets nothing through is a bug: $perSecond a second, $burst at once", (nothing) => {
    expect(() => new TokenBucket(nothing, 0)).toThrow("lets nothing through");
  });
});

describe("whatever is asked of a token bucket", () => {
  const rates = fc.record({
    perSecond: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    burst: fc.integer({ min: 1, max: 1000 }),
  });
  const asks = fc.array(
    fc.record({ after: fc.double({ min: 0, max: 5000, noNaN: true }), tokens: fc.integer({ min: 1, max: 50 }) }),
    { maxLength: 100 },
  );

  it("it gives at most the burst and what the rate allows, over any span", () => {
    fc.assert(
      fc.property(rates, asks, ({ perSecond, burst }, all) => {
        const bucket = new TokenBucket({ perSecond, burst }, 0);
        const taken: { at: number; tokens: number }[] = [];
        let now = 0;
        for (const { after, tokens } of all) {
          now += after;
          if (bucket.take(now, tokens)) taken.push({ at: now, tokens });
        }
        for (const [first, { at: from }] of taken.entries()) {
          let sum = 0;
          for (const { at, tokens } of taken.slice(first)) {
            sum += tokens;
            const allowed = burst + ((at - from) * perSecond) / 1000;
            expect(sum).toBeLessThanOrEqual(allowed * (1 + 1e-9));
          }
        }
      }),
    );
  });

  it("tokens are there at the very instant that was told, and not before", () => {
    fc.assert(
      fc.property(rates, asks, (of, all) => {
        const bucket = new TokenBucket(of, 0);
        let now = 0;
        for (const { after, tokens } of all) {
          now += after;
          const at = bucket.availableAt(now, tokens);
          expect(at).toBeGreaterThanOrEqual(now);
          if (at > now) expect(bucket.take(now, tokens)).toBe(false);
          if (at === Number.POSITIVE_INFINITY) continue;
          now = at;
          expect(bucket.take(now, tokens)).toBe(true);
        }
      }),
    );
  });
});
