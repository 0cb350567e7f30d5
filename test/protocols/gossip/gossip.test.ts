import { describe, expect, it } from "vitest";
import { assert } from "../../../src/core/assert.ts";
import { NO_EFFECTS } from "../../../src/core/protocol.ts";
import { at, Bench, eventsOf, type GossipEffect, INTERVAL, many, messagesOf, newsOf, peer, v4, v6 } from "./harness.ts";

describe("exchanges (Brahms, section 3)", () => {
  it("begin by PULL and PUSH in turn, with a linked peer", () => {
    const bench = new Bench();
    bench.link(1);
    bench.verified(v4(1));
    const exchanged = (kind: "pull" | "push", ids: number): GossipEffect => ({
      kind: "event",
      event: { kind: "exchanged", exchange: { at: 1000, peer: peer(1), direction: "out", kind, ids } },
    });
    const pull = { kind: "pull", address: v4(0) } as const;
    const push = { kind: "push", address: v4(0), ids: [v4(1)] } as const;
    expect(bench.exchange()).toEqual([
      { kind: "send", to: { peer: peer(1) }, message: pull, after: 0 },
      exchanged("pull", 0),
    ]);
    expect(bench.exchange()).toEqual([
      { kind: "send", to: { peer: peer(1) }, message: push, after: 0 },
      exchanged("push", 1),
    ]);
    expect(messagesOf(bench.exchange())).toEqual([pull]);
    expect(bench.gossip.view()).toMatchObject({ rounds: 3, pulls: 2, pushes: 1, responses: 0 });
  });

  it("come once an interval, a quarter more or less", () => {
    const bench = new Bench();
    bench.link(1);
    expect(bench.gossip.deadline).toBeLessThan(1000 + INTERVAL);
    const gaps = Array.from({ length: 200 }, () => {
      const due = bench.gossip.deadline;
      bench.now = due;
      expect(messagesOf(bench.step({ kind: "timeout" }))).toHaveLength(1);
      return bench.gossip.deadline - due;
    });
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.75 * INTERVAL);
    expect(Math.min(...gaps)).toBeLessThan(0.8 * INTERVAL);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1.25 * INTERVAL);
    expect(Math.max(...gaps)).toBeGreaterThan(1.2 * INTERVAL);
  });

  it("reach every linked peer in time, each about as often", () => {
    const bench = new Bench();
    bench.link(1, 2, 3, 4);
    const reached = new Map<unknown, number>();
    for (let i = 0; i < 4000; i++) {
      for (const effect of bench.exchange()) {
        if (effect.kind !== "send" || !("peer" in effect.to)) continue;
        reached.set(effect.to.peer, (reached.get(effect.to.peer) ?? 0) + 1);
      }
    }
    expect(reached.size).toBe(4);
    // Four deviations of the binomial: 4 sqrt(4000 / 4 * 3 / 4) = 110.
    for (const times of reached.values()) expect(Math.abs(times - 1000)).toBeLessThan(110);
  });

  it("cease while nobody is linked, and then there is no deadline", () => {
    const bench = new Bench();
    expect(bench.gossip.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(bench.exchange()).toBe(NO_EFFECTS);
    bench.link(1);
    expect(bench.gossip.deadline).toBeLessThan(Number.POSITIVE_INFINITY);
    bench.step({ kind: "link", peer: peer(1), up: false });
    expect(bench.gossip.deadline).toBe(Number.POSITIVE_INFINITY);
    bench.now += 60_000;
    expect(bench.step({ kind: "timeout" })).toBe(NO_EFFECTS);
    expect(bench.exchange()).toBe(NO_EFFECTS);
  });

  it("are not hastened by a timeout that comes early", () => {
    const bench = new Bench();
    bench.link(1);
    bench.now = bench.gossip.deadline - 1;
    expect(bench.step({ kind: "timeout" })).toBe(NO_EFFECTS);
  });

  it("are remembered, the latest sixteen, both ways", () => {
    const bench = new Bench();
    bench.link(1);
    for (let i = 0; i < 10; i++) bench.hear(1, { kind: "pull", address: v4(1) });
    const { exchanges, pulls, responses } = bench.gossip.view();
    expect(exchanges).toHaveLength(16);
    expect(exchanges.at(-2)).toEqual({ at: 1000, peer: peer(1), direction: "in", kind: "pull", ids: 0 });
    expect(exchanges.at(-1)).toEqual({ at: 1000, peer: peer(1), direction: "out", kind: "response", ids: 0 });
    expect({ pulls, responses }).toEqual({ pulls: 10, responses: 10 });
  });
});

describe("a PULL", () => {
  it("is answered at once with the IDs held, our own not among them", () => {
    const bench = new Bench();
    bench.link(1);
    bench.verified(v4(2), v4(3), v4(0));
    const [response, ...more] = messagesOf(bench.hear(1, { kind: "pull", address: v4(1) }));
    expect(more).toEqual([]);
    expect(response?.kind === "response" && response.ids.toSorted()).toEqual([v4(2), v4(3)]);
  });

  it("tells of the address that asks", () => {
    const bench = new Bench();
    expect(newsOf(bench.hear(1, { kind: "pull", address: v4(1) }))).toEqual([
      { kind: "id-heard", address: v4(1), from: peer(1) },
    ]);
  });

  it("from no known peer is ignored", () => {
    const bench = new Bench();
    const message = { kind: "pull", address: v4(1) } as const;
    expect(bench.step({ kind: "message", from: { session: 2 }, message })).toBe(NO_EFFECTS);
    expect(bench.step({ kind: "message", from: { address: v4(1) }, message })).toBe(NO_EFFECTS);
  });
});

describe("what is sent", () => {
  it("comes in random order", () => {
    const bench = new Bench();
    bench.verified(...many(50, v4));
    const ask = () => messagesOf(bench.hear(1, { kind: "pull", address: v4(1) }))[0];
    const [first, second] = [ask(), ask()];
    expect(first).not.toEqual(second);
    assert(first?.kind === "response" && second?.kind === "response", "two responses");
    expect(first.ids.toSorted()).toEqual(second.ids.toSorted());
  });

  it("is 512 IDs at most", () => {
    const bench = new Bench({ capacity: 1000, perSubnet: 1000 });
    bench.verified(...many(600, v4));
    const [response] = messagesOf(bench.hear(1, { kind: "pull", address: v4(1) }));
    assert(response?.kind === "response", "a response");
    expect(new Set(response.ids).size).toBe(512);
  });

  it("is one family in a response: the larger first, then each in turn", () => {
    const bench = new Bench();
    bench.verified(...many(2, v4), ...many(3, v6));
    const families = [1, 2, 3].map(() => {
      const [response] = messagesOf(bench.hear(1, { kind: "pull", address: v4(1) }));
      return response?.kind === "response" && response.ids.toSorted();
    });
    expect(families).toEqual([many(3, v6), many(2, v4), many(3, v6)]);
  });

  it("is our own address's family in a push", () => {
    for (const [own, ids] of [
      [v4(0), many(2, v4)],
      [v6(0), many(3, v6)],
    ] as const) {
      const bench = new Bench({ address: own });
      bench.link(1);
      bench.verified(...many(2, v4), ...many(3, v6));
      bench.pull();
      const [push] = messagesOf(bench.exchange());
      expect(push?.kind === "push" && push.ids.toSorted()).toEqual(ids);
    }
  });
});

describe("what is heard", () => {
  it("in a push is its sender and its IDs; it is told of, not held", () => {
    const bench = new Bench();
    const effects = bench.hear(1, { kind: "push", address: v4(1), ids: [v4(2), v4(3)] });
    expect(newsOf(effects)).toEqual([1, 2, 3].map((n) => ({ kind: "id-heard", address: v4(n), from: peer(1) })));
    expect(bench.ids()).toEqual([]);
  });

  it("in the response that we asked for is its IDs", () => {
    const bench = new Bench();
    bench.link(1);
    bench.pull();
    expect(bench.hear(1, { kind: "response", ids: [v4(2)] })).toEqual([
      {
        kind: "event",
        event: { kind: "exchanged", exchange: { at: 1000, peer: peer(1), direction: "in", kind: "response", ids: 1 } },
      },
      { kind: "event", event: { kind: "id-heard", address: v4(2), from: peer(1) } },
    ]);
  });

  it("is no news where it is held, is our own, or comes twice in a message", () => {
    const bench = new Bench();
    bench.verified(v4(2));
    const effects = bench.hear(1, { kind: "push", address: v4(1), ids: [v4(2), v4(0), v4(1), v4(3), v4(3)] });
    expect(newsOf(effects)).toMatchObject([{ address: v4(1) }, { address: v4(3) }]);
    expect(bench.gossip.view().refused).toBe(0);
  });

  it("is refused and counted where it can be nobody's", () => {
    const bench = new Bench();
    const ids = [at("0.0.0.0"), at("224.0.0.1"), at("255.255.255.255"), v4(2)];
    expect(newsOf(bench.hear(1, { kind: "push", address: v4(1), ids }))).toMatchObject([
      { address: v4(1) },
      { address: v4(2) },
    ]);
    expect(bench.gossip.view().refused).toBe(3);
  });

  it("is at most what one source may tell; the others are refused and counted", () => {
    const bench = new Bench({ perSubnet: 200 });
    const known = many(200, v4);
    bench.verified(...known);
    const fresh = Array.from({ length: 100 }, (_, n) => v4(1000 + n));
    const effects = bench.hear(1, { kind: "push", address: v4(1), ids: [...known, ...fresh] });
    // Its sender is known, and introduces itself as well as 32 others.
    expect(newsOf(effects)).toHaveLength(32);
    expect(bench.gossip.view()).toMatchObject({ refused: 68, refusedBecause: { source: 68 } });
  });
});

describe("a response that we did not ask for", () => {
  const response = { kind: "response", ids: [v4(5)] } as const;

  it("is ignored and counted", () => {
    const bench = new Bench();
    bench.link(1);
    expect(bench.hear(1, response)).toBe(NO_EFFECTS);
    expect(bench.gossip.view()).toMatchObject({ unexpected: 1, responses: 0, exchanges: [] });
  });

  it("is one from another peer than the one asked", () => {
    const bench = new Bench();
    bench.link(1);
    bench.pull();
    expect(bench.hear(2, response)).toBe(NO_EFFECTS);
    expect(newsOf(bench.hear(1, response))).toHaveLength(1);
  });

  it("is a second one for the same PULL", () => {
    const bench = new Bench();
    bench.link(1);
    bench.pull();
    bench.pull();
    const heard = [5, 6, 7].map((n) => newsOf(bench.hear(1, { kind: "response", ids: [v4(n)] })).length);
    expect(heard).toEqual([1, 1, 0]);
    expect(bench.gossip.view().unexpected).toBe(1);
  });

  it("is one that comes ten seconds late, or after its link was lost", () => {
    const bench = new Bench();
    bench.link(1);
    bench.pull();
    bench.now += 10_000;
    expect(bench.hear(1, response)).toBe(NO_EFFECTS);
    bench.pull();
    bench.step({ kind: "link", peer: peer(1), up: false });
    bench.link(1);
    expect(bench.hear(1, response)).toBe(NO_EFFECTS);
    expect(bench.gossip.view().unexpected).toBe(2);
  });
});

describe("IDs held", () => {
  it("are added once verified and removed once expired, and that is told once", () => {
    const bench = new Bench();
    expect(bench.verified(v4(1))).toEqual([{ kind: "event", event: { kind: "id-added", address: v4(1) } }]);
    expect(bench.verified(v4(1))).toEqual([]);
    expect(bench.expired(v4(1))).toEqual([{ kind: "event", event: { kind: "id-removed", address: v4(1) } }]);
    expect(bench.expired(v4(1))).toEqual([]);
  });

  it("are counted from 0 up in the order of being added", () => {
    const bench = new Bench();
    bench.verified(v4(3), v4(1), v4(2));
    bench.expired(v4(1));
    bench.verified(v4(1));
    expect(bench.gossip.view().ids).toEqual([
      { counter: 0, address: v4(3) },
      { counter: 1, address: v4(2) },
      { counter: 2, address: v4(1) },
    ]);
  });

  it("are never our own address, nor one that is nobody's", () => {
    const bench = new Bench();
    expect(bench.verified(v4(0), at("0.0.0.0"))).toEqual([]);
    expect(bench.ids()).toEqual([]);
    expect(bench.gossip.view().refused).toBe(1);
  });

  it("when they are full, are drawn anew at the end of the round", () => {
    const outcomes = Array.from({ length: 40 }, (_, seed) => {
      const bench = new Bench({ capacity: 4 }, seed);
      bench.verified(...many(4, v4));
      expect(bench.verified(v4(9))).toEqual([]);
      expect(bench.ids()).toEqual(many(4, v4));
      bench.now += INTERVAL;
      const events = eventsOf(bench.step({ kind: "timeout" }));
      expect(bench.ids()).toHaveLength(4);
      if (events.length === 0) return undefined;
      expect(events.map(({ kind }) => kind)).toEqual(["id-removed", "id-added"]);
      expect(bench.ids().at(-1)).toBe(v4(9));
      return events[0]?.kind === "id-removed" ? events[0].address : undefined;
    });
    // Of five that are drawn from, one is left out: now the new one, now another.
    expect(new Set(outcomes).size).toBe(5);
  });
});
