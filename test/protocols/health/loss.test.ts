import { describe, expect, it } from "vitest";
import { DeadlineQueue } from "../../../src/core/deadline-queue.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import { address, Bench, type HealthEffect, type HealthInput, peer } from "./harness.ts";

const LATENCY_MS = 1;

/** Machines that all watch and are linked to each other; packets may be lost, links lose nothing. */
class Cluster {
  now = 1000;
  readonly counts = { "probe-answered": 0, "probe-answered-indirectly": 0, "probe-missed": 0 };
  readonly benches: Bench[];
  readonly #flying = new DeadlineQueue<{ readonly to: number; readonly input: HealthInput }>();
  readonly #random: Random;
  readonly #lossPercent: number;

  constructor(size: number, lossPercent: number, seed: number) {
    this.#random = seededRandom(seed);
    this.#lossPercent = lossPercent;
    this.benches = Array.from({ length: size }, (_, n) => new Bench(true, {}, seed + n));
    for (const [me, bench] of this.benches.entries()) {
      const others = [...this.benches.keys()].filter((n) => n !== me);
      bench.watch(...others);
      bench.link(...others);
    }
  }

  /** Rounds that have come to an end. */
  get rounds(): number {
    return this.counts["probe-answered"] + this.counts["probe-answered-indirectly"] + this.counts["probe-missed"];
  }

  runRounds(rounds: number): void {
    while (this.rounds < rounds) {
      this.now = Math.min(this.#flying.earliest, ...this.benches.map((bench) => bench.health.deadline));
      for (const [me, bench] of this.benches.entries()) {
        if (bench.health.deadline <= this.now) this.#step(me, { kind: "timeout" });
      }
      for (let due = this.#flying.takeDue(this.now); due !== undefined; due = this.#flying.takeDue(this.now)) {
        this.#step(due.to, due.input);
      }
    }
  }

  #step(me: number, input: HealthInput): void {
    const bench = this.benches[me];
    if (bench === undefined) return;
    bench.now = this.now;
    for (const effect of bench.step(input)) this.#carryOut(me, effect);
  }

  #carryOut(me: number, effect: HealthEffect): void {
    if (effect.kind === "event" && effect.event.kind in this.counts) {
      this.counts[effect.event.kind as keyof typeof this.counts] += 1;
    }
    if (effect.kind !== "send" || "session" in effect.to) return;
    const { to, message } = effect;
    const isPacket = "address" in to;
    if (isPacket && this.#random.below(100) < this.#lossPercent) return;
    const receiver = [...this.benches.keys()].find((n) => (isPacket ? address(n) === to.address : peer(n) === to.peer));
    if (receiver === undefined) return;
    const from = isPacket ? { address: address(me) } : { peer: peer(me) };
    this.#flying.set({ to: receiver, input: { kind: "message", from, message } }, this.now + LATENCY_MS);
  }
}

/**
 * With 30 % loss a SYN and its ACK both arrive in 0.7^2 = 0.49 of the cases, so a probe of three SYNs is missed with
 * probability 0.51^3 = 0.1327. Each bound is four standard deviations of the binomial: 4 sqrt(10,000 p (1 - p)) = 136.
 */
const MISSED_DIRECTLY = 10_000 * 0.51 ** 3;
const FOUR_DEVIATIONS = 136;

describe("machines that probe each other", () => {
  it("answer every round where nothing is lost, in exactly the time of both ways", () => {
    const cluster = new Cluster(3, 0, 1);
    cluster.runRounds(2000);
    expect(cluster.counts).toEqual({ "probe-answered": 2000, "probe-answered-indirectly": 0, "probe-missed": 0 });
    for (const { health } of cluster.benches) {
      const { sent, answered, unexpected, probes } = health.view();
      expect(sent - answered).toBeLessThanOrEqual(1);
      expect(unexpected).toBe(0);
      for (const { rtt } of probes) expect(rtt?.p99).toBeCloseTo(2 * LATENCY_MS);
    }
    // 3 machines probe 2 others each once a second.
    expect(cluster.now - 1000).toBeGreaterThan((2000 / 6) * 1000 - 2000);
    expect(cluster.now - 1000).toBeLessThan((2000 / 6) * 1000 + 2000);
  });

  it("two alone, 30 % loss: 0.51^3 of 10,000 rounds are missed", () => {
    const cluster = new Cluster(2, 30, 2);
    cluster.runRounds(10_000);
    expect(Math.abs(cluster.counts["probe-missed"] - MISSED_DIRECTLY)).toBeLessThan(FOUR_DEVIATIONS);
    expect(cluster.counts["probe-answered-indirectly"]).toBe(0);
  });

  it("five, 30 % loss: three others save nearly all of 10,000 rounds (0.51^12 missed: 3.1 expected, 12 at most)", () => {
    const cluster = new Cluster(5, 30, 3);
    cluster.runRounds(10_000);
    // All four of the probes are missed with probability 0.51^12 = 0.00031; 13 or more of 10,000 in one of 40,000 runs.
    expect(cluster.counts["probe-missed"]).toBeLessThanOrEqual(12);
    const saved = cluster.counts["probe-answered-indirectly"];
    expect(Math.abs(saved - MISSED_DIRECTLY)).toBeLessThan(FOUR_DEVIATIONS);
  });
});
