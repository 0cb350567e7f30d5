import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LAMPORT_LIMIT } from "../../../src/core/lamport-clock.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { MutexMessage } from "../../../src/protocols/mutex/message.ts";
import { A, B, C, D, OnBench, type Outcome } from "./on-bench.ts";

const NAME = "l";

/** Two honest peers on links that keep the order, and one between them that says what it likes. */
class Company {
  readonly #benches: ReadonlyMap<PeerId, OnBench>;
  readonly #ways = new Map<PeerId, MutexMessage[]>([
    [A, []],
    [B, []],
  ]);
  readonly #inside = new Set<PeerId>();

  constructor(kind: "lamport" | "ricart-agrawala" | "raymond") {
    this.#benches = new Map([A, B].map((peer) => [peer, new OnBench(kind, peer)]));
    this.#all((peer) => this.#give(peer, (bench) => bench.give({ kind: "link", peer: otherThan(peer), up: true })));
    this.#all((peer) => this.#give(peer, (bench) => bench.link(C)));
    this.deliver();
  }

  /** Those who hold the lock. */
  get inside(): readonly PeerId[] {
    return [...this.#inside];
  }

  want(peer: PeerId): void {
    this.#give(peer, (bench) => bench.acquire(NAME));
  }

  leave(peer: PeerId): void {
    this.#inside.delete(peer);
    this.#give(peer, (bench) => bench.release(NAME));
  }

  /** The liar says something, as the next on its link, or in whatever place it is said to be. */
  lie(to: PeerId, message: MutexMessage, inItsPlace: boolean): void {
    this.#give(to, (bench) => (inItsPlace ? bench.hear(C, message) : bench.receive(C, message)));
  }

  /** The link of the liar is down and up. */
  flap(peer: PeerId): void {
    this.#give(peer, (bench) => bench.unlink(C));
    this.#give(peer, (bench) => bench.link(C));
  }

  /** The liar agrees to what a peer asked for, at some time or later than that. */
  agree(peer: PeerId, time: number): void {
    const { locks = [] } = this.#benches.get(peer)?.view ?? {};
    const timestamp = locks.flatMap(({ queue }) => queue).find((each) => each.peer === peer)?.timestamp ?? 0;
    const later = Math.min(Math.max(time, timestamp + 1), LAMPORT_LIMIT - 1);
    this.lie(peer, { kind: "reply", sequence: 0, time: later, name: NAME, timestamp }, true);
  }

  wait(ms: number): void {
    this.#all((peer) => this.#give(peer, (bench) => bench.wait(ms)));
  }

  /** What the honest have said arrives. */
  deliver(): void {
    while ([...this.#ways.values()].some((way) => way.length > 0)) {
      this.#all((peer) => {
        const message = this.#ways.get(peer)?.shift();
        if (message !== undefined) this.#give(peer, (bench) => bench.receive(otherThan(peer), message));
      });
    }
  }

  #all(act: (peer: PeerId) => void): void {
    for (const peer of [A, B]) act(peer);
  }

  #give(peer: PeerId, act: (bench: OnBench) => Outcome): void {
    const bench = this.#benches.get(peer);
    if (bench === undefined) return;
    const { sent, events } = act(bench);
    for (const { to, message } of sent) this.#ways.get(to)?.push(message);
    for (const { kind } of events) if (kind === "granted") this.#inside.add(peer);
  }
}

function otherThan(peer: PeerId): PeerId {
  return peer === A ? B : A;
}

const time = fc.oneof(fc.nat(40), fc.constantFrom(LAMPORT_LIMIT - 2, LAMPORT_LIMIT - 1));
const head = { sequence: fc.oneof(fc.nat(4), fc.nat()), time };
const name = fc.constantFrom(NAME, "m");
const peer = fc.constantFrom(A, B, C, D);
const version = fc.record({ number: time, by: peer });
const about = { ...head, name, timestamp: time };

function of<const K extends string, R>(
  kind: K,
  rest: { [F in keyof R]: fc.Arbitrary<R[F]> },
): fc.Arbitrary<R & { kind: K }> {
  return fc.record(rest).map((fields) => ({ ...fields, kind }));
}

/** All that may be decoded. */
const message: fc.Arbitrary<MutexMessage> = fc.oneof(
  of("state", {
    ...head,
    anew: fc.boolean(),
    wants: fc.array(fc.record({ name, timestamp: time, holds: fc.boolean() }), { maxLength: 3 }),
  }),
  of("request", about),
  of("reply", about),
  of("release", about),
  of("check", head),
  of("checked", head),
  of("disturbed", head),
  of("token", { ...head, version, name }),
  of("token-wanted", { ...head, version, name }),
  of("freeze", { ...head, version, participants: fc.array(peer, { maxLength: 4 }) }),
  of("frozen", {
    ...head,
    version,
    tokens: fc.array(fc.record({ name, inside: fc.boolean() }), { maxLength: 3 }),
    more: fc.boolean(),
  }),
  of("orient", {
    ...head,
    version,
    tokens: fc.array(fc.record({ name, at: peer }), { maxLength: 3 }),
    more: fc.boolean(),
  }),
);

type Act = (company: Company) => void;

const honest = fc.constantFrom(A, B);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(honest, message, fc.boolean()).map(
      ([to, said, inItsPlace]): Act =>
        (company) =>
          company.lie(to, said, inItsPlace),
    ),
  },
  // What an honest third would say, so that the two come to enter.
  {
    weight: 4,
    arbitrary: fc.tuple(honest, time).map(
      ([to, at]): Act =>
        (company) =>
          company.agree(to, at),
    ),
  },
  {
    weight: 4,
    arbitrary: honest.map(
      (who): Act =>
        (company) =>
          company.want(who),
    ),
  },
  {
    weight: 2,
    arbitrary: honest.map(
      (who): Act =>
        (company) =>
          company.leave(who),
    ),
  },
  {
    weight: 2,
    arbitrary: honest.map(
      (who): Act =>
        (company) =>
          company.flap(who),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(3000).map(
      (ms): Act =>
        (company) =>
          company.wait(ms),
    ),
  },
  { weight: 6, arbitrary: fc.constant<Act>((company) => company.deliver()) },
);

describe("whatever a peer says that is linked", () => {
  test.each(["lamport", "ricart-agrawala"] as const)("%s lets no two others in at once", (kind) => {
    let entries = 0;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const company = new Company(kind);
        for (const each of acts) {
          each(company);
          expect(company.inside.length).toBeLessThan(2);
          entries += company.inside.length;
        }
      }),
      { numRuns: 1500, seed: 7 },
    );
    expect(entries).toBeGreaterThan(100);
  });

  test.each(["lamport", "ricart-agrawala"] as const)("%s lets nobody in at the last time there is", (kind) => {
    const company = new Company(kind);
    for (const peer of [A, B]) company.agree(peer, LAMPORT_LIMIT - 1);
    // Both ask at the same time, the one with the larger ID first.
    for (const peer of [B, A]) {
      company.want(peer);
      company.deliver();
    }
    for (const peer of [A, B]) company.agree(peer, LAMPORT_LIMIT - 1);
    expect(company.inside).toEqual([]);
  });

  // Whoever has the token of Raymond's tree may pass it on twice: that it does not is assumed.
  test("raymond goes on", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const company = new Company("raymond");
        for (const each of acts) each(company);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
