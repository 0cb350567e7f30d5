import { describe, expect, it } from "vitest";
import { NO_EFFECTS } from "../../../src/core/protocol.ts";
import type { GossipMessage } from "../../../src/wire/gossip-message.ts";
import { addressFrom } from "../../wire/vectors.ts";
import { announce, closesOf, dialsOf, eventsOf, FIRST, messagesOf, place, Scene, send } from "./scene.ts";

const PULL = { kind: "pull", address: place(0) } as const;
const PUSH = { kind: "push", address: place(0), ids: [] } as const;
const response = (...ids: ReturnType<typeof place>[]) => ({ kind: "response", ids }) as const;

describe("a peer that belongs to no other network", () => {
  it.each([
    ["speaks the classic dialect", { dialect: "classic", bootstrapper: null }],
    ["speaks the classic dialect to its bootstrapper", { dialect: "classic" }],
    ["has only an IPv6 address, which the dialect cannot say", { address: addressFrom("fd00::1", 6001) }],
  ] as const)("does nothing: it %s", (_why, options) => {
    const scene = new Scene(options);
    expect(scene.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(scene.timeout()).toBe(NO_EFFECTS);
    expect(scene.up(2)).toBe(NO_EFFECTS);
    expect(scene.hear(2, send("note"))).toBe(NO_EFFECTS);
    expect(scene.consider(place(3))).toBe(NO_EFFECTS);
    expect(scene.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(scene.machine.view().active).toBe(false);
    expect(scene.counts.unexpected).toBe(1);
  });
});

describe("joining", () => {
  it("dials the bootstrapper at once, by a number that no link has", () => {
    const scene = new Scene();
    expect(scene.machine.deadline).toBe(1000);
    expect(scene.timeout()).toEqual([{ kind: "dial", session: FIRST, address: place(1) }]);
    expect(scene.timeout()).toBe(NO_EFFECTS);
  });

  it("asks whoever it has reached, and takes an answer for a neighbour, who learns who we are", () => {
    const scene = new Scene();
    scene.timeout();
    expect(scene.up(FIRST)).toEqual([{ kind: "send", to: { session: FIRST }, message: PULL, after: 0 }]);
    expect(scene.neighbours()).toEqual([]);
    const effects = scene.hear(FIRST, response());
    expect(eventsOf(effects)).toEqual([{ kind: "neighbour-verified", address: place(1) }]);
    expect(messagesOf(effects)).toEqual([[FIRST, PUSH]]);
    expect(scene.neighbours()).toEqual([place(1)]);
  });

  it("dials those of whom it learns, up to its degree, and asks each before it believes in it", () => {
    const scene = new Scene({ degree: 3 });
    scene.timeout();
    scene.up(FIRST);
    const dials = dialsOf(scene.hear(FIRST, response(place(2), place(3), place(4), place(5), place(0), place(1))));
    expect(dials.map(([session]) => session)).toEqual([FIRST + 2, FIRST + 4]);
    expect(new Set(dials.map(([, address]) => address)).size).toBe(2);
    expect(scene.machine.view()).toMatchObject({ known: 5, neighbours: [{}, { state: "dialling" }, {}] });
    for (const [session] of dials) expect(messagesOf(scene.up(session))).toEqual([[session, PULL]]);
    expect(scene.neighbours()).toEqual([place(1)]);
  });

  it("learns of others by a PUSH, and by what others were told", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    expect(dialsOf(scene.hear(first, { kind: "push", address: place(7), ids: [] }))).toMatchObject([[{}, place(7)]]);
    expect(dialsOf(scene.consider(place(8)))).toMatchObject([[{}, place(8)]]);
    expect(dialsOf(scene.consider(place(0)))).toEqual([]);
  });

  it("without a bootstrapper waits for others", () => {
    const scene = new Scene({ bootstrapper: null });
    expect(scene.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(dialsOf(scene.consider(place(5)))).toEqual([[FIRST, place(5)]]);
  });

  it("answers a neighbour that pulls with the other neighbours", () => {
    const scene = new Scene();
    const [first = 0] = scene.join(2);
    expect(messagesOf(scene.hear(first, { kind: "pull", address: place(1) }))).toEqual([
      [first, response(place(2), place(3))],
    ]);
  });

  it("pulls and pushes in turn, once an interval", () => {
    const scene = new Scene({ intervalMs: 1000 });
    const [first = 0] = scene.join();
    const said = Array.from({ length: 4 }, () => {
      const before = scene.now;
      const [[, message] = []] = messagesOf(scene.wait());
      expect(scene.now - before).toBeGreaterThanOrEqual(750);
      expect(scene.now - before).toBeLessThanOrEqual(1250);
      if (message?.kind === "pull") scene.hear(first, response());
      return message;
    });
    expect(said).toEqual([PULL, PUSH, PULL, PUSH]);
  });
});

describe("whoever does not answer", () => {
  it("is closed, waited for longer and longer, and never given up where it is the bootstrapper", () => {
    const scene = new Scene({ responseTimeoutMs: 5000 });
    const waits: number[] = [];
    let [[session = 0] = []] = dialsOf(scene.timeout());
    for (let i = 0; i < 30; i++) {
      scene.up(session);
      const asked = scene.now;
      expect(closesOf(scene.wait())).toEqual([session]);
      expect(scene.now - asked).toBe(5000);
      const silent = scene.now;
      const [[next = 0, address] = []] = dialsOf(scene.wait());
      expect(address).toBe(place(1));
      expect(next).toBe(session + 2);
      waits.push(scene.now - silent);
      session = next;
    }
    expect(Math.max(...waits.slice(0, 2))).toBeLessThanOrEqual(1000);
    expect(Math.max(...waits)).toBeGreaterThan(8000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect(scene.counts.unexpected).toBe(0);
  });

  it("is given up after five times where it was only heard of", () => {
    const scene = new Scene();
    scene.join(1);
    expect(scene.machine.view().known).toBe(2);
    scene.down(FIRST + 2);
    let dials = 0;
    while (scene.machine.view().known === 2) {
      for (const [session, address] of dialsOf(scene.wait())) {
        expect(address).toBe(place(2));
        dials += 1;
        scene.down(session);
      }
      // The bootstrapper answers.
      scene.hear(FIRST, response());
    }
    expect(dials).toBe(4);
    expect(scene.neighbours()).toEqual([place(1)]);
  });

  it("is one that does not even connect in time", () => {
    const scene = new Scene({ dialTimeoutMs: 3000 });
    scene.timeout();
    scene.now += 2999;
    expect(closesOf(scene.timeout())).toEqual([]);
    scene.now += 1;
    expect(closesOf(scene.timeout())).toEqual([FIRST]);
    // It comes up all the same, but nobody waits for it.
    expect(messagesOf(scene.up(FIRST))).toEqual([]);
  });

  it("is a neighbour no more, however long it was one", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    const effects = [...Array.from({ length: 12 }, () => scene.wait())].flat();
    expect(closesOf(effects)).toContain(first);
    expect(eventsOf(effects)).toContainEqual({ kind: "neighbour-lost", address: place(1), because: "silent" });
    expect(scene.neighbours()).toEqual([]);
  });

  it("is not one whom we kept waiting", () => {
    const scene = new Scene({ responseTimeoutMs: 5000 });
    scene.timeout();
    scene.up(FIRST);
    scene.now += 60_000;
    scene.step({ kind: "resumed", gapMs: 60_000 });
    expect(closesOf(scene.timeout())).toEqual([]);
    expect(eventsOf(scene.hear(FIRST, response()))).toHaveLength(1);
  });

  it("makes room for others, and whoever goes is told of", () => {
    const scene = new Scene({ degree: 2 });
    const [, second = 0] = scene.join(3);
    const lost = scene.down(second);
    expect(eventsOf(lost)).toMatchObject([{ kind: "neighbour-lost", because: "closed" }]);
    expect(dialsOf(lost)).toHaveLength(1);
  });
});

describe("nonsense", () => {
  it("is a response that nobody asked for", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    expect(scene.hear(first, response(place(8)))).toBe(NO_EFFECTS);
    expect(scene.counts.unexpected).toBe(1);
  });

  it("is what only programs and their peers say to each other", () => {
    const scene = new Scene();
    const [first = 0] = scene.join();
    const all: readonly GossipMessage[] = [
      announce("note"),
      { kind: "notify", dataType: 1 },
      { kind: "validation", messageId: 1, valid: true },
    ];
    for (const message of all) expect(scene.hear(first, message)).toBe(NO_EFFECTS);
    expect(scene.counts.unexpected).toBe(3);
  });

  it("is anything but SEND from somebody who dialled us, and everything from an unknown connection", () => {
    const scene = new Scene();
    expect(eventsOf(scene.hear(8, send("note")))).toEqual([]);
    scene.timeout();
    scene.up(8);
    expect(messagesOf(scene.hear(8, { kind: "pull", address: place(3) }))).toEqual([]);
    expect(messagesOf(scene.hear(8, response(place(3))))).toEqual([]);
    expect(scene.counts.unexpected).toBe(2);
    expect(eventsOf(scene.hear(8, send("note")))).toHaveLength(1);
  });

  it("is an address that can be nobody's", () => {
    const scene = new Scene();
    scene.timeout();
    scene.up(FIRST);
    const ids = ["0.0.0.0", "224.0.0.1", "255.255.255.255"].map((host) => addressFrom(host, 6001));
    expect(dialsOf(scene.hear(FIRST, response(...ids)))).toEqual([]);
    expect(scene.counts.refused).toBe(3);
  });

  it("fills no list: 32 of a message are learnt, 256 in all", () => {
    const scene = new Scene({ rate: { perSecond: 1e6, burst: 1e6 } });
    const [first = 0] = scene.join();
    scene.step({ kind: "message", from: { session: first }, message: PULL });
    for (let i = 0; i < 20; i++) {
      while (messagesOf(scene.wait())[0]?.[1].kind !== "pull");
      scene.hear(first, response(...Array.from({ length: 100 }, (_, n) => place(100 * (i + 1) + n))));
    }
    expect(scene.machine.view().known).toBeLessThanOrEqual(256);
    expect(scene.counts.refused).toBeGreaterThan(1000);
  });

  it("is what comes faster than the rate", () => {
    const scene = new Scene({ rate: { perSecond: 1, burst: 3 } });
    const [first = 0] = scene.join();
    // The response was the first.
    const answers = [1, 2, 3, 4].map(() => messagesOf(scene.hear(first, { kind: "pull", address: place(1) })).length);
    expect(answers).toEqual([1, 1, 0, 0]);
    expect(scene.counts.overRate).toBe(2);
  });
});
