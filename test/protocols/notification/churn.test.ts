import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NotificationSpeech } from "../../../src/protocols/notification/message.ts";
import { idOf, type Told, Town } from "./town.ts";

const PEERS = 6;

/** What may happen to a town. */
type Happening =
  | { readonly kind: "announce"; readonly peer: number; readonly count: number }
  | { readonly kind: "link"; readonly peer: number; readonly other: number; readonly up: boolean }
  | { readonly kind: "one-sided"; readonly peer: number; readonly other: number }
  | { readonly kind: "cut"; readonly peer: number; readonly other: number }
  | { readonly kind: "crash" | "restart" | "pause" | "resume" | "come" | "go"; readonly peer: number }
  | { readonly kind: "wait"; readonly ms: number };

const peer = fc.nat(PEERS - 1);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("announce" as const), peer, count: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("link" as const), peer, other: peer, up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("one-sided" as const), peer, other: peer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), peer, other: peer }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "crash" as const,
        "restart" as const,
        "pause" as const,
        "resume" as const,
        "come" as const,
        "go" as const,
      ),
      peer,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
);

/** Limits of all sizes, tiny ones too. */
const limits: fc.Arbitrary<Partial<NotificationSpeech["options"]>> = fc.record({
  degree: fc.integer({ min: 1, max: 4 }),
  windowBytes: fc.constantFrom(100, 2000, 512 * 1024),
  programRate: fc.constantFrom({ perSecond: 20, burst: 3 }, { perSecond: 200_000, burst: 200_000 }),
  cacheSize: fc.constantFrom(3, 16_384, 16_384),
  queueSize: fc.constantFrom(2, 16_384, 16_384, 16_384),
  peerRate: fc.constantFrom({ perSecond: 50, burst: 5 }, { perSecond: 200_000, burst: 200_000 }),
});

/** A town in which things happen: a program that stays at each peer and hears all, and some that come and go. */
class Story {
  readonly town: Town;
  readonly #stay = new Map<number, Told>();
  readonly #guests = new Map<number, Told>();
  /** Texts that each program has announced itself. */
  readonly #own = new Map<Told, Set<string>>();
  /** Links that are down, though both peers run. */
  readonly #down = new Set<string>();
  #announced = 0;

  constructor(seed: number, lossPercent: number, options: Partial<NotificationSpeech["options"]>) {
    this.town = new Town(PEERS, { seed, network: { lossPercent }, options });
    for (let i = 0; i < PEERS; i++) this.#stay.set(i, this.town.program(i));
  }

  play(happening: Happening): void {
    const { town } = this;
    const { ensemble } = town;
    switch (happening.kind) {
      case "announce":
        return this.#announce(happening.peer, happening.count);
      case "link":
        return this.#link(happening.peer, happening.other, happening.up);
      case "one-sided":
        if (happening.peer === happening.other || this.#isDown(happening.peer, happening.other)) return;
        ensemble.linkAt(idOf(happening.peer), idOf(happening.other), false);
        town.run(20);
        return ensemble.linkAt(idOf(happening.peer), idOf(happening.other), true);
      case "cut":
        return ensemble.cut(idOf(happening.peer), idOf(happening.other));
      case "wait":
        return town.run(happening.ms);
      case "pause":
        return ensemble.pause(idOf(happening.peer));
      case "resume":
        return ensemble.resume(idOf(happening.peer));
      default:
        return this.#comeOrGo(happening.kind, happening.peer);
    }
  }

  /** Everything is well again, and stays so for a while. */
  heal(ms: number): void {
    const { ensemble } = this.town;
    ensemble.heal();
    for (let i = 0; i < PEERS; i++) {
      ensemble.resume(idOf(i));
      this.#comeOrGo("restart", i);
    }
    for (let a = 0; a < PEERS; a++) for (let b = a + 1; b < PEERS; b++) this.#link(a, b, true);
    this.town.run(ms);
  }

  /** Nobody has been told anything twice. */
  checkOnce(): void {
    for (const { data } of this.town.programs) expect(new Set(data).size).toBe(data.length);
  }

  /** Nobody waits unread for ever. */
  checkRead(): void {
    for (const { closed, isRead } of this.town.programs) expect(closed !== null || isRead).toBe(true);
  }

  /** Whatever one of those who stay has been told, all of them have, except what they have announced. */
  checkAll(): void {
    const all = new Set([...this.#stay.values()].flatMap(({ data }) => data));
    for (const told of this.#stay.values()) {
      expect(told.closed).toBeNull();
      const own = this.#own.get(told) ?? new Set();
      const missing = [...all].filter((text) => !told.data.includes(text) && !own.has(text));
      expect(missing).toEqual([]);
    }
  }

  #isDown(a: number, b: number): boolean {
    const { ensemble } = this.town;
    return this.#down.has(pairOf(a, b)) || !ensemble.runs(idOf(a)) || !ensemble.runs(idOf(b));
  }

  #link(a: number, b: number, up: boolean): void {
    const { ensemble } = this.town;
    if (a === b || !ensemble.runs(idOf(a)) || !ensemble.runs(idOf(b)) || this.#isDown(a, b) !== up) return;
    if (up) this.#down.delete(pairOf(a, b));
    else this.#down.add(pairOf(a, b));
    this.town.link(a, b, up);
  }

  #announce(peer: number, count: number): void {
    const told = this.#stay.get(peer);
    if (told === undefined || told.closed !== null) return;
    const own = this.#own.get(told) ?? new Set();
    this.#own.set(told, own);
    const said = Array.from({ length: count }, () => `text ${this.#announced++}`);
    for (const text of said) own.add(text);
    this.town.say(
      told,
      ...said.map((text) => ({ kind: "announce", ttl: 0, dataType: 1337, data: Buffer.from(text) }) as const),
    );
  }

  #comeOrGo(kind: "crash" | "restart" | "come" | "go", peer: number): void {
    const { town } = this;
    const isUp = town.ensemble.runs(idOf(peer));
    if (kind === "crash" && isUp) town.crash(peer);
    else if (kind === "restart" && !isUp) {
      town.restart(peer);
      for (let other = 0; other < PEERS; other++) this.#down.delete(pairOf(peer, other));
      this.#stay.set(peer, town.program(peer));
    } else if (kind === "come" && isUp) this.#guests.set(peer, town.program(peer, [1337, 7]));
    else if (kind === "go" && isUp) {
      const guest = this.#guests.get(peer);
      if (guest !== undefined && guest.closed === null) town.hangUp(guest);
    }
  }
}

function pairOf(a: number, b: number): string {
  return `${Math.min(a, b)} ${Math.max(a, b)}`;
}

describe("whatever happens to a town", () => {
  it("nobody is told anything twice, and all are told everything once it is well again", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom(0, 0, 20, 50),
        limits,
        fc.array(happening, { minLength: 5, maxLength: 40 }),
        (seed, lossPercent, options, happenings) => {
          const story = new Story(seed, lossPercent, options);
          for (const each of happenings) story.play(each);
          story.heal(lossPercent === 0 ? 40_000 : 120_000);
          story.checkOnce();
          story.checkRead();
          // What was displaced, or rejected since a program was too slow for its queue, may be lost.
          if (options.cacheSize !== 3 && options.queueSize !== 2) story.checkAll();
        },
      ),
      { numRuns: 100 },
    );
  }, 120_000);
});
