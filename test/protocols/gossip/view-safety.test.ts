import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { NO_EFFECTS } from "../../../src/core/protocol.ts";
import type { GossipSpeech } from "../../../src/protocols/gossip/message.ts";
import { at, Bench, type GossipEffect, INTERVAL, many, messagesOf, newsOf, peer, v4, v6 } from "./harness.ts";

/** Addresses in subnets of their own. */
const far = (n: number): Address => at(`11.${n >> 8}.${n & 255}.1`);

function push(address: Address, ...ids: Address[]): GossipSpeech["message"] {
  return { kind: "push", address, ids };
}

function refused(bench: Bench): Partial<GossipSpeech["view"]["refusedBecause"]> {
  return Object.fromEntries(Object.entries(bench.gossip.view().refusedBecause).filter(([, count]) => count > 0));
}

/** Peer 1 tells of IDs in the response to a PULL. */
function pulled(bench: Bench, ...ids: Address[]): readonly GossipEffect[] {
  bench.link(1);
  bench.pull();
  return bench.hear(1, { kind: "response", ids });
}

describe("what one source tells", () => {
  it("waits for checks only so much of it, and there is room again once an ID is verified", () => {
    const bench = new Bench({ perSource: 3 });
    expect(newsOf(pulled(bench, ...many(5, far)))).toHaveLength(3);
    expect(refused(bench)).toEqual({ source: 2 });
    bench.verified(far(1));
    expect(newsOf(pulled(bench, far(4), far(5)))).toHaveLength(1);
  });

  it("is checked again after five seconds, ten more, and so on, if nobody has answered; after a minute it is new", () => {
    const bench = new Bench({ perSource: 1 });
    const heardAt: number[] = [];
    for (let second = 0; second < 66; second++) {
      if (newsOf(pulled(bench, far(1))).length > 0) heardAt.push(second);
      bench.now += 1000;
    }
    expect(heardAt).toEqual([0, 5, 15, 35, 60, 65]);
    expect(refused(bench)).toEqual({});
  });

  it("is held only so much of it", () => {
    const bench = new Bench({ perSource: 3 });
    for (const address of many(5, far)) {
      pulled(bench, address);
      bench.verified(address);
    }
    expect(bench.ids()).toEqual(many(3, far));
    expect(refused(bench)).toEqual({ source: 2 });
    bench.expired(far(1));
    pulled(bench, far(6));
    bench.verified(far(6));
    expect(bench.ids()).toEqual([far(2), far(3), far(6)]);
  });

  it("introduces one ID at a time by pushes", () => {
    const bench = new Bench();
    expect(newsOf(bench.hear(1, push(far(1))))).toHaveLength(1);
    expect(newsOf(bench.hear(1, push(far(2))))).toHaveLength(0);
    bench.verified(far(1));
    bench.hear(1, push(far(3)));
    bench.verified(far(3));
    expect(bench.ids()).toEqual([far(1)]);
    expect(newsOf(bench.hear(2, push(far(4))))).toHaveLength(1);
  });
});

describe("one subnet", () => {
  it.each<[string, (n: number) => Address, number]>([
    ["a /24 of IPv4", v4, 2],
    ["a /64 of IPv6", v6, 2],
    ["many of IPv4", far, 5],
    ["loopback, which has no cap", (n) => at("127.0.0.1", 7001 + n), 5],
    ["loopback of IPv6", (n) => at("::1", 7001 + n), 5],
  ])("holds only so many IDs: %s", (_what, of, most) => {
    const bench = new Bench({ perSubnet: 2 });
    bench.verified(...many(5, of));
    expect(bench.ids()).toHaveLength(most);
    expect(refused(bench)).toEqual(most === 5 ? {} : { subnet: 3 });
  });
});

describe("a round", () => {
  it("with more pushes than its limit is ignored, and the next one is not", () => {
    const bench = new Bench({ pushesPerRound: 2 });
    bench.hear(1, push(far(1)));
    bench.hear(2, push(far(2)));
    expect(bench.hear(3, push(far(3), far(4))).length).toBe(1);
    // Even of those that came before it was too many.
    bench.verified(far(1));
    expect(bench.ids()).toEqual([]);
    expect(refused(bench)).toEqual({ round: 3 });
    bench.now += INTERVAL;
    bench.hear(4, push(far(5)));
    bench.verified(far(5));
    expect(bench.ids()).toEqual([far(5)]);
    expect(bench.gossip.view()).toMatchObject({ ignoredRounds: 1, lastRoundIgnored: true });
    bench.now += INTERVAL;
    bench.step({ kind: "timeout" });
    expect(bench.gossip.view()).toMatchObject({ ignoredRounds: 1, lastRoundIgnored: false });
  });

  it("that is ignored still uses what was pulled", () => {
    const bench = new Bench({ pushesPerRound: 1 });
    pulled(bench, far(1));
    bench.hear(2, push(far(2)));
    bench.hear(3, push(far(3)));
    bench.verified(far(1), far(2), far(3));
    expect(bench.ids()).toEqual([far(1)]);
  });

  it("has no checks to spare for what a push tells besides its sender, where there is no room for it", () => {
    const bench = new Bench({ capacity: 2 });
    bench.verified(far(1), far(2));
    expect(newsOf(bench.hear(1, push(far(3), far(4), far(5))))).toEqual([
      { kind: "id-heard", address: far(3), from: peer(1) },
    ]);
    expect(refused(bench)).toEqual({ room: 2 });
  });

  it("draws from pushes, pulls and the sample: 45, 45 and 10 of a hundred", () => {
    const bench = new Bench({ capacity: 100, perSource: 1000, pushesPerRound: 1000, samplers: 64 });
    const introduced = Array.from({ length: 100 }, (_, n) => far(1000 + n));
    bench.verified(...introduced);
    // As many again come by pull, and by push; nobody who is held now is favoured.
    const answers = Array.from({ length: 100 }, (_, n) => far(2000 + n));
    pulled(bench, ...answers);
    bench.verified(...answers);
    bench.now += INTERVAL;
    bench.step({ kind: "timeout" });
    const ofPulls = bench.ids().filter((address) => answers.includes(address)).length;
    expect(bench.ids()).toHaveLength(100);
    // 45 of them, those of the sample, and what is left of the rest: about half in all.
    expect(ofPulls).toBeGreaterThanOrEqual(45);
    expect(ofPulls).toBeLessThanOrEqual(55);
  });
});

describe("messages over the rate", () => {
  it("are dropped and counted, those of others are not", () => {
    const bench = new Bench({ rate: { perSecond: 1, burst: 3 } });
    const pull = { kind: "pull", address: v4(1) } as const;
    const answers = [1, 2, 3, 4, 5].map(() => messagesOf(bench.hear(1, pull)).length);
    expect(answers).toEqual([1, 1, 1, 0, 0]);
    expect(bench.gossip.view().overRate).toBe(2);
    expect(messagesOf(bench.hear(2, pull))).toHaveLength(1);
    bench.now += 1000;
    expect(messagesOf(bench.hear(1, pull))).toHaveLength(1);
  });

  it("are pushes beyond a sender's share: twice what an honest one sends, and 512 shared by all neighbours at once", () => {
    const bench = new Bench({ rate: { perSecond: 1e6, burst: 1e6 }, pushesPerRound: 1e6 });
    bench.link(...Array.from({ length: 128 }, (_, n) => n));
    const used = (): boolean => {
      const before = bench.gossip.view().overRate;
      bench.hear(1, push(far(1)));
      return bench.gossip.view().overRate === before;
    };
    expect(Array.from({ length: 6 }, used)).toEqual([true, true, true, true, false, false]);
    bench.now += 127 * INTERVAL;
    expect(used()).toBe(false);
    bench.now += INTERVAL;
    expect([used(), used()]).toEqual([true, false]);
  });
});

describe("a program's connection", () => {
  const session = 4;
  const up = (bench: Bench, address = at("10.9.9.9", 40_000)): void => {
    bench.step({ kind: "session", session, up: true, address });
  };
  const says = (bench: Bench, message: GossipSpeech["message"]): readonly GossipEffect[] =>
    bench.step({ kind: "message", from: { session }, message });

  it("gets a response to its PULL, there and in its family, and its address is never heard", () => {
    const bench = new Bench();
    up(bench);
    bench.verified(...many(2, v4), ...many(3, v6));
    for (const [address, ids] of [
      [v4(9), many(2, v4)],
      [v6(9), many(3, v6)],
    ] as const) {
      const effects = says(bench, { kind: "pull", address });
      expect(effects[0]).toMatchObject({ kind: "send", to: { session }, message: { kind: "response" } });
      expect(newsOf(effects).filter(({ kind }) => kind === "id-heard")).toEqual([]);
      const [response] = messagesOf(effects);
      expect(response?.kind === "response" && response.ids.toSorted()).toEqual(ids);
    }
    expect(bench.gossip.view()).toMatchObject({ pulls: 2, responses: 2, exchanges: [] });
  });

  it("is told of when it pulls for the first time", () => {
    const bench = new Bench();
    up(bench);
    const told = [1, 2].map(() => newsOf(says(bench, { kind: "pull", address: v4(9) })));
    expect(told).toEqual([[{ kind: "program-pulled", session, address: v4(9) }], []]);
  });

  it("is told of the neighbours in a network of another make, which linked peers are not", () => {
    const bench = new Bench();
    up(bench);
    bench.verified(v4(1));
    bench.step({ kind: "command", command: { kind: "neighbours", addresses: [v4(7), v4(1), v6(7)] } });
    expect(messagesOf(says(bench, { kind: "pull", address: v4(9) }))).toEqual([
      { kind: "response", ids: [v4(1), v4(7)] },
    ]);
    expect(messagesOf(bench.hear(1, { kind: "pull", address: v4(2) }))).toEqual([{ kind: "response", ids: [v4(1)] }]);
  });

  it("has what it pushes verified before it is held", () => {
    const bench = new Bench();
    up(bench);
    expect(says(bench, push(v4(1), v4(2)))).toEqual(
      [1, 2].map((n) => ({ kind: "event", event: { kind: "id-heard", address: v4(n), from: null } })),
    );
    expect(bench.ids()).toEqual([]);
    bench.verified(v4(2));
    expect(bench.ids()).toEqual([v4(2)]);
  });

  it("is not believed a response, for nobody asked it", () => {
    const bench = new Bench();
    up(bench);
    expect(says(bench, { kind: "response", ids: [v4(1)] })).toBe(NO_EFFECTS);
    expect(bench.gossip.view()).toMatchObject({ unexpected: 1, responses: 0 });
  });

  it("is capped by its host, so that to dial anew brings nothing", () => {
    const bench = new Bench({ perSource: 2 });
    up(bench);
    expect(newsOf(says(bench, push(far(1), far(2), far(3))))).toHaveLength(2);
    bench.step({ kind: "session", session, up: false, reason: "closed" });
    expect(says(bench, push(far(4)))).toBe(NO_EFFECTS);
    up(bench, at("10.9.9.9", 40_001));
    expect(newsOf(says(bench, push(far(4))))).toEqual([]);
    up(bench, at("10.9.9.8", 40_001));
    expect(newsOf(says(bench, push(far(4))))).toHaveLength(1);
  });
});
