import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { HEALTH_DEFAULTS } from "../../../src/protocols/health/definition.ts";
import { address, Bench, eventsOf, type HealthEffect, peer, sendsOf, synsOf } from "./harness.ts";

const TIMEOUT = HEALTH_DEFAULTS.probeTimeoutMs;
const ROUND = 2.5 * TIMEOUT;

interface Asked {
  readonly to: Address;
  readonly nonce: Uint8Array;
  readonly at: number;
  used: boolean;
}

/** A machine that keeps a list of all SYNs it has sent. */
class Noted {
  readonly bench = new Bench();
  readonly asked: Asked[] = [];

  constructor() {
    this.bench.watch(1, 2, 3);
    this.bench.link(2, 3, 4, 5);
  }

  note(effects: readonly HealthEffect[]): readonly HealthEffect[] {
    for (const syn of synsOf(effects)) this.asked.push({ ...syn, at: this.bench.now, used: false });
    return effects;
  }

  pass(ms: number): readonly HealthEffect[] {
    const done = this.bench.run(this.bench.now + ms);
    for (const { at, effect } of done) {
      for (const syn of synsOf([effect])) this.asked.push({ ...syn, at, used: false });
    }
    return done.map(({ effect }) => effect);
  }
}

const forgery = fc.constantFrom("replayed", "from another address", "with a wrong nonce", "late");
const move = fc.oneof(
  fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ kind: fc.constant("answer" as const), which: fc.nat() }),
  fc.record({ kind: fc.constant("forge" as const), how: forgery, which: fc.nat() }),
  fc.record({ kind: fc.constant("check" as const), n: fc.nat(9) }),
  fc.record({ kind: fc.constant("probe" as const), n: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("request" as const), n: fc.nat(9) }),
  fc.record({ kind: fc.constant("resume" as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
);
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** The ACK that a forger would send; undefined where there is nothing yet to forge it from. */
function forge(noted: Noted, how: string, which: number): { from: Address; nonce: Uint8Array } | undefined {
  const late = how === "late";
  const candidates = noted.asked.filter((asked) => {
    if (how === "replayed") return asked.used;
    return late ? !asked.used && noted.bench.now >= asked.at + ROUND : true;
  });
  const asked = candidates[which % Math.max(1, candidates.length)];
  if (asked === undefined) return undefined;
  if (how === "from another address") return { from: address(200), nonce: asked.nonce };
  if (how !== "with a wrong nonce") return { from: asked.to, nonce: asked.nonce };
  const wrong = Uint8Array.from(asked.nonce);
  wrong[15] = 1 + (which % 255);
  return { from: asked.to, nonce: wrong };
}

function apply(noted: Noted, step: Move): void {
  const { bench } = noted;
  switch (step.kind) {
    case "pass":
      noted.pass(step.ms);
      break;
    case "answer": {
      const asked = noted.asked[step.which % Math.max(1, noted.asked.length)];
      if (asked === undefined) return;
      const before = bench.health.view().answered;
      noted.note(bench.ack(asked.to, asked.nonce));
      if (bench.health.view().answered > before) {
        expect(asked.used).toBe(false);
        asked.used = true;
      }
      break;
    }
    case "forge": {
      const ack = forge(noted, step.how, step.which);
      if (ack === undefined) return;
      const before = bench.health.view();
      expect(bench.ack(ack.from, ack.nonce)).toEqual([]);
      expect(bench.health.view()).toEqual({ ...before, unexpected: before.unexpected + 1 });
      break;
    }
    case "check":
      noted.note(bench.command({ kind: "check", address: address(step.n) }));
      break;
    case "probe":
      noted.note(bench.command({ kind: "probe", peer: peer(step.n) }));
      break;
    case "request":
      noted.note(bench.fromPeer(4, { kind: "probe-request", token: step.n, target: address(step.n) }));
      break;
    case "resume":
      bench.now += step.ms;
      noted.note(bench.step({ kind: "resumed", gapMs: step.ms }));
      break;
  }
}

describe("whatever happens", () => {
  it("no ACK counts that is replayed, from another address, with a wrong nonce, or late", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
        const noted = new Noted();
        for (const step of moves) apply(noted, step);
      }),
      { numRuns: 300 },
    );
  });

  it("nobody is blamed for the time that this process stood still", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), fc.integer({ min: 1, max: 1e7 }), (moves, gapMs) => {
        const noted = new Noted();
        for (const step of moves) apply(noted, step);
        const { bench } = noted;
        bench.now += gapMs;
        const effects = [...bench.step({ kind: "resumed", gapMs }), ...bench.step({ kind: "timeout" })];
        effects.push(...bench.run(bench.now + TIMEOUT - 1).map(({ effect }) => effect));
        expect(eventsOf(effects)).toEqual([]);
        expect(sendsOf(effects).every(({ message }) => message.kind === "syn")).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("the probes under way stay bounded, and every check is answered exactly once", () => {
    const flood = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("check" as const), n: fc.nat(6000) }),
        fc.record({ kind: fc.constant("request" as const), n: fc.nat(6000) }),
        fc.record({ kind: fc.constant("watch" as const), n: fc.nat(6000) }),
      ),
      { minLength: 1500, maxLength: 3000 },
    );
    fc.assert(
      fc.property(flood, (inputs) => {
        const bench = new Bench();
        const effects: HealthEffect[] = [];
        const checked = new Set<Address>();
        for (const { kind, n } of inputs) {
          if (kind === "check") {
            checked.add(address(n));
            effects.push(...bench.command({ kind: "check", address: address(n) }));
          } else if (kind === "request") {
            effects.push(...bench.fromPeer(1, { kind: "probe-request", token: n, target: address(n) }));
          } else {
            bench.command({ kind: "watch", peer: peer(n), address: address(n) });
            effects.push(...bench.command({ kind: "probe", peer: peer(n) }));
          }
        }
        // 256 each of rounds, checks and requests; nothing has had time for a second SYN.
        expect(synsOf(effects).length).toBeLessThanOrEqual(3 * 256);
        for (const { kind, n } of inputs) if (kind === "watch") bench.command({ kind: "unwatch", peer: peer(n) });
        const answers = eventsOf([...effects, ...bench.pass(60_000)]).flatMap((event) =>
          event.kind === "checked" ? [event.address] : [],
        );
        expect(answers.toSorted()).toEqual([...checked].toSorted());
        expect(bench.health.deadline).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 10 },
    );
  });

  it("the same inputs give the same effects", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const [one, other] = [new Noted(), new Noted()];
        for (const noted of [one, other]) for (const step of moves) apply(noted, step);
        expect(one.asked).toEqual(other.asked);
        expect(one.bench.health.view()).toEqual(other.bench.health.view());
      }),
      { numRuns: 50 },
    );
  });
});
