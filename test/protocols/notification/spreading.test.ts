import { describe, expect, it } from "vitest";
import { idOf, Town, TYPE, texts } from "./town.ts";

describe("a notice", () => {
  it("reaches every subscriber once, and not the program that announced it", () => {
    const town = new Town(10);
    const subscribers = Array.from({ length: 10 }, (_, i) => town.program(i));
    const [announcer] = subscribers;
    const other = town.program(0);
    town.run(100);
    if (announcer) town.announce(announcer, "hello");
    town.run(200);
    expect(announcer?.data).toEqual([]);
    for (const { data } of [...subscribers.slice(1), other]) expect(data).toEqual(["hello"]);
  });

  it("reaches all by hardly more than one copy each, once the tree stands", () => {
    const town = new Town(30);
    const subscribers = Array.from({ length: 30 }, (_, i) => town.program(i));
    town.run(100);
    const all = texts(300);
    for (const [i, text] of all.entries()) {
      town.announce(subscribers[i % 30] as never, text);
      town.run(20);
    }
    town.run(3000);
    for (const [i, { data }] of subscribers.entries()) {
      expect([...data].sort()).toEqual(all.filter((_, j) => j % 30 !== i).sort());
    }
    const before = town.copies;
    for (const text of texts(100, 2)) {
      town.announce(subscribers[3] as never, text);
      town.run(20);
    }
    town.run(3000);
    expect((town.copies - before) / (100 * 29)).toBeLessThan(1.1);
  });

  it.each([10, 30, 50])("reaches all though %d of 100 of all messages are lost", (lossPercent) => {
    const town = new Town(10, { network: { lossPercent } });
    const subscribers = Array.from({ length: 10 }, (_, i) => town.program(i));
    town.run(30_000);
    const all = texts(100);
    for (const [i, text] of all.entries()) {
      town.announce(subscribers[i % 10] as never, text);
      town.run(20);
    }
    town.run(60_000);
    for (const [i, { data }] of subscribers.entries()) {
      expect([...data].sort()).toEqual(all.filter((_, j) => j % 10 !== i).sort());
    }
  });

  it("is relayed by nobody who does not subscribe its type", () => {
    const town = new Town(3);
    const origin = town.program(0, []);
    const far = town.program(2);
    town.link(0, 2, false);
    town.run(100);
    town.announce(origin, "hello");
    town.run(30_000);
    expect(far.data).toEqual([]);
    expect(town.view(1).counts.received).toBe(0);
    // A subscriber between them is what it takes.
    town.program(1);
    town.run(30_000);
    expect(far.data).toEqual(["hello"]);
  });

  it("is pushed no more to whoever has unsubscribed its type, though that word was lost", () => {
    const town = new Town(2);
    const origin = town.program(0, []);
    const far = town.program(1);
    town.run(100);
    town.ensemble.onSend = (_from, _to, message) => message.kind !== "interests";
    town.hangUp(far);
    town.run(100);
    town.ensemble.onSend = () => true;
    for (const text of texts(20)) {
      town.announce(origin, text);
      town.run(50);
    }
    expect(town.copies).toBe(1);
  });

  it("of another network makes branches too: whoever missed one gets the next ones at once", () => {
    const town = new Town(20, { options: { degree: 1 } });
    const programs = Array.from({ length: 20 }, (_, i) => town.program(i));
    town.run(100);
    const spread = (text: string): number => {
      const data = Buffer.from(text);
      town.ensemble.command(idOf(0), { kind: "import", dataType: TYPE, ttl: 0, data });
      town.run(10);
      return programs.filter((each) => each.data.includes(text)).length;
    };
    expect(spread("first")).toBeLessThan(20);
    for (const text of texts(20)) {
      spread(text);
      town.run(2000);
    }
    expect(spread("last")).toBe(20);
  });

  it("is pulled by whoever comes late or was parted", () => {
    const town = new Town(4);
    const origin = town.program(0, []);
    const early = town.program(1);
    town.run(100);
    for (const other of [0, 1, 2]) town.link(3, other, false);
    for (const text of texts(50)) town.announce(origin, text);
    town.run(1000);
    expect(early.data).toHaveLength(50);
    const late = town.program(2);
    const parted = town.program(3);
    town.run(5000);
    expect(late.data.slice().sort()).toEqual(texts(50).slice().sort());
    expect(parted.data).toEqual([]);
    for (const other of [0, 1, 2]) town.link(3, other, true);
    town.run(5000);
    expect(parted.data.slice().sort()).toEqual(texts(50).slice().sort());
  });
});

describe("the TTL", () => {
  /** Peers in a line: each is linked to the next one only. */
  function line(count: number): Town {
    const town = new Town(count);
    for (let a = 0; a < count; a++) for (let b = a + 2; b < count; b++) town.link(a, b, false);
    town.run(100);
    return town;
  }

  it("of 1 lets a notice reach all neighbours at once, though they are more than a tree has branches", () => {
    const town = new Town(30);
    const programs = Array.from({ length: 30 }, (_, i) => town.program(i));
    town.run(100);
    town.announce(programs[0] as never, "hello", { ttl: 1 });
    town.run(5);
    expect(programs.filter(({ data }) => data.length === 1)).toHaveLength(29);
    expect(town.copies).toBe(29);
  });

  it.each([
    [1, 1],
    [2, 2],
    [5, 5],
    [255, 9],
    [0, 9],
  ])("of %d lets a notice cross %d links", (ttl, reached) => {
    const town = line(10);
    const programs = Array.from({ length: 10 }, (_, i) => town.program(i));
    town.run(500);
    town.announce(programs[0] as never, "hello", { ttl });
    town.run(20_000);
    expect(programs.filter(({ data }) => data.length > 0)).toHaveLength(reached);
    const { notice } = town.view(reached).notices[0] ?? {};
    expect(notice).toMatchObject({ dataType: TYPE, hops: reached, ttl: ttl === 0 ? 0 : ttl - reached + 1 });
  });
});
