import { expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { Spreading } from "../../../src/protocols/notification/message.ts";
import { idOf, Town, TYPE, texts } from "./town.ts";

const PEERS = 200;

/** A fifth of them. */
const HOSTILE = 40;

/** What a peer may bring in a second; the hostile ones bring ten times as much. */
const RATE = { perSecond: 200, burst: 200 };

/**
 * Peers that are linked, subscribe, and lie: they relay nothing, flood with notices of origins that nobody is, offer what
 * they do not have, ask for everything, and prune whoever pushes to them.
 */
function lieFor(town: Town, seconds: number): void {
  const random = seededRandom(5);
  let invented = 0;
  const invent = () => ({
    origin: idOf(10_000 + random.below(1000)),
    life: 1 + random.below(3),
    dataType: TYPE,
    sequence: ++invented,
    ttl: random.below(2) * 255,
    hops: random.below(256),
    lamport: 1,
    data: Buffer.from(`lie ${invented}`),
  });
  const honest = (): number => random.below(PEERS - HOSTILE);
  const LIES: readonly (() => Spreading)[] = [
    () => ({ kind: "push", offset: random.below(1e6), notices: Array.from({ length: 50 }, invent) }),
    () => ({ kind: "pulled", more: true, notices: Array.from({ length: 50 }, invent) }),
    () => ({ kind: "prune", dataType: TYPE }),
    () => ({ kind: "received", offset: 2 ** 40 }),
    () => ({
      kind: "digest",
      dataTypes: [TYPE],
      offers: [{ origin: idOf(honest()), life: 2, dataType: TYPE, ranges: [{ first: 1, last: 1e9 }] }],
    }),
    () => ({
      kind: "pull",
      graft: true,
      wanted: [{ origin: idOf(honest()), life: 2, dataType: TYPE, ranges: [{ first: 1, last: 1e9 }] }],
    }),
  ];
  // Each second each of them tells ten honest ones ten times the limit, and lies to others besides.
  for (let step = 0; step < seconds * 10; step++) {
    for (let liar = PEERS - HOSTILE; liar < PEERS; liar++) {
      const victim = (liar * 7 + step) % (PEERS - HOSTILE);
      for (let i = 0; i < 4; i++) town.forge(liar, victim, (LIES[0] as () => Spreading)());
      town.forge(liar, honest(), (LIES[random.below(LIES.length)] as () => Spreading)());
    }
    town.run(100);
  }
}

it("40 hostile peers of 200 that lie at ten times the limit cost the honest ones no more than 1 % of their notices", () => {
  const town = new Town(PEERS, { seed: 3, options: { peerRate: RATE, cacheSize: 4096 } });
  const isHostile = (id: string): boolean => id > idOf(PEERS - HOSTILE - 1);
  // Nothing that the hostile ones would say as honest ones is said.
  town.ensemble.onSend = (from, _to, message) => !isHostile(from) || message.kind === "interests";
  const subscribers = Array.from({ length: PEERS }, (_, i) => town.program(i));
  town.run(1000);
  const all = texts(60);
  for (const [i, text] of all.entries()) {
    town.announce(subscribers[(i * 11) % (PEERS - HOSTILE)] as never, text);
    lieFor(town, 0.3);
  }
  town.run(10_000);
  const truths = new Set(all);
  let delivered = 0;
  for (const { data } of subscribers.slice(0, PEERS - HOSTILE)) {
    const honest = data.filter((text) => truths.has(text));
    expect(new Set(honest).size).toBe(honest.length);
    delivered += honest.length;
  }
  expect(delivered / (all.length * (PEERS - HOSTILE - 1))).toBeGreaterThanOrEqual(0.99);
  for (let i = 0; i < PEERS - HOSTILE; i++) expect(town.view(i).cached.notices).toBeLessThanOrEqual(4096);
}, 120_000);
