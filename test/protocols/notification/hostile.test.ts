import { expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { Spreading } from "../../../src/protocols/notification/message.ts";
import type { Notice } from "../../../src/protocols/notification/notice.ts";
import { idOf, Town, TYPE, texts } from "./town.ts";

const PEERS = 200;

/** A fifth of them. */
const HOSTILE = 40;

/** What a peer may bring in a second. */
const RATE = { perSecond: 1000, burst: 1000 };

/** Notices that nobody has announced. */
function inventor(seed: number): () => Notice {
  const random = seededRandom(seed);
  let invented = 0;
  return () => ({
    origin: idOf(10_000 + random.below(100)),
    life: 1 + random.below(3),
    dataType: TYPE,
    sequence: ++invented,
    ttl: random.below(2) * 255,
    hops: random.below(256),
    lamport: 1,
    data: Buffer.from(`lie ${invented}`),
  });
}

/** Lies of a peer that is linked and subscribes, but relays nothing. */
function liar(): () => Spreading {
  const random = seededRandom(5);
  const invent = inventor(6);
  const bait = () => [
    { origin: idOf(random.below(PEERS)), life: 2, dataType: TYPE, ranges: [{ first: 1, last: 1e9 }] },
  ];
  const lies: readonly (() => Spreading)[] = [
    () => ({ kind: "push", offset: random.below(1e6), notices: [invent(), invent()] }),
    () => ({ kind: "pulled", more: true, notices: [invent()] }),
    () => ({ kind: "prune", dataType: TYPE }),
    () => ({ kind: "received", offset: 2 ** 40 }),
    () => ({ kind: "digest", dataTypes: [TYPE], offers: bait() }),
    () => ({ kind: "pull", graft: true, wanted: bait() }),
  ];
  return () => (lies[random.below(lies.length)] as () => Spreading)();
}

it("40 hostile peers of 200 that lie all the time cost the honest ones no more than 1 % of their notices", () => {
  const town = new Town(PEERS, { seed: 3, options: { peerRate: RATE, cacheSize: 4096, digestIntervalMs: 100 } });
  const lie = liar();
  const random = seededRandom(7);
  const isHostile = (id: string): boolean => id > idOf(PEERS - HOSTILE - 1);
  // Nothing that the hostile ones would say as honest ones is said.
  town.ensemble.onSend = (from, _to, message) => !isHostile(from) || message.kind === "interests";
  const subscribers = Array.from({ length: PEERS }, (_, i) => town.program(i));
  town.run(1000);
  const all = texts(30);
  for (const [i, text] of all.entries()) {
    town.announce(subscribers[(i * 11) % (PEERS - HOSTILE)] as never, text);
    for (let from = PEERS - HOSTILE; from < PEERS; from++) town.forge(from, random.below(PEERS - HOSTILE), lie());
    town.run(100);
  }
  town.run(5000);
  const truths = new Set(all);
  let delivered = 0;
  for (const { data } of subscribers.slice(0, PEERS - HOSTILE)) {
    const honest = data.filter((text) => truths.has(text));
    expect(new Set(honest).size).toBe(honest.length);
    delivered += honest.length;
  }
  expect(delivered / (all.length * (PEERS - HOSTILE - 1))).toBeGreaterThanOrEqual(0.99);
}, 60_000);

it("a peer that floods at ten times what it may costs the others none of theirs, and itself what is too much", () => {
  const rate = { perSecond: 100, burst: 100 };
  const town = new Town(10, { options: { peerRate: rate, cacheSize: 1000 } });
  const subscribers = Array.from({ length: 10 }, (_, i) => town.program(i));
  const invent = inventor(8);
  town.run(100);
  const all = texts(36);
  for (const [i, text] of all.entries()) {
    town.announce(subscribers[i % 9] as never, text);
    for (let to = 0; to < 9; to++) {
      const notices = Array.from({ length: 100 }, invent);
      town.forge(9, to, { kind: "push", offset: 0, notices });
    }
    town.run(100);
  }
  town.run(5000);
  const truths = new Set(all);
  for (const [i, { data }] of subscribers.slice(0, 9).entries()) {
    expect(data.filter((text) => truths.has(text)).sort()).toEqual(all.filter((_, j) => j % 9 !== i).sort());
    // What a link let through in four seconds and at first, of all the links together.
    expect(data.length).toBeLessThan(9 * 500 + 100);
  }
}, 60_000);
