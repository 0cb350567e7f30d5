import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RoundTrips } from "../../../src/protocols/health/round-trips.ts";

describe("round-trip times", () => {
  it("has no figures before the first round trip, whatever was missed", () => {
    const trips = new RoundTrips();
    trips.miss();
    expect(trips.summary()).toBeNull();
    expect(trips.history).toEqual([null]);
  });

  it("takes the mean of the middle two as the median of an even number", () => {
    const trips = new RoundTrips();
    for (const rtt of [4, 1, 3, 2]) trips.add(rtt);
    expect(trips.summary()).toEqual({ latest: 2, median: 2.5, p99: 4 });
  });

  it("takes the 99th of 100 by nearest rank, so that one outlier in a hundred does not show", () => {
    const trips = new RoundTrips();
    for (let rtt = 1; rtt <= 100; rtt++) trips.add(rtt);
    expect(trips.summary()).toEqual({ latest: 100, median: 50.5, p99: 99 });
  });

  it("is exact over the latest 128 and shows the latest 16 probes, for any sequence", () => {
    const probe = fc.option(fc.double({ min: 0, max: 1000, noNaN: true }));
    fc.assert(
      fc.property(fc.array(probe, { minLength: 1, maxLength: 400 }), (probes) => {
        const trips = new RoundTrips();
        for (const rtt of probes) {
          if (rtt === null) trips.miss();
          else trips.add(rtt);
          trips.summary();
        }
        expect(trips.history).toEqual(probes.slice(-16));
        const window = probes.filter((rtt) => rtt !== null).slice(-128);
        const summary = trips.summary();
        expect(summary?.latest).toBe(window.at(-1));
        if (summary === null) return;
        const sorted = window.toSorted((a, b) => a - b);
        const share = (limit: number) => window.filter((rtt) => rtt <= limit).length / window.length;
        expect(share(summary.p99)).toBeGreaterThanOrEqual(0.99);
        const below = sorted.filter((rtt) => rtt < summary.p99).at(-1);
        if (below !== undefined) expect(share(below)).toBeLessThan(0.99);
        expect(sorted.filter((rtt) => rtt <= summary.median).length).toBeGreaterThanOrEqual(window.length / 2);
        expect(sorted.filter((rtt) => rtt >= summary.median).length).toBeGreaterThanOrEqual(window.length / 2);
      }),
    );
  });
});
