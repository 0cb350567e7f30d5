import { describe, expect, it } from "vitest";
import { type Told, Town, TYPE, texts } from "./town.ts";

/** A peer with another, which shows what spreads on; a program that announces, and one that sees it over there. */
function pair(options: ConstructorParameters<typeof Town>[1] = {}): { town: Town; announcer: Told; far: Told } {
  const town = new Town(2, options);
  const announcer = town.program(0, []);
  const far = town.program(1);
  town.run(100);
  return { town, announcer, far };
}

describe("validation (DESIGN 3.3)", () => {
  it("holds a notice back until every notified program has answered valid", () => {
    const { town, announcer, far } = pair();
    const quick = town.program(0);
    const slow = town.program(0, [TYPE], () => null);
    town.announce(announcer, "hello");
    town.run(1000);
    expect(quick.data).toEqual(["hello"]);
    expect(far.data).toEqual([]);
    expect(town.view(0).notices[0]?.state).toBe("pending");
    town.say(slow, { kind: "validation", messageId: slow.messageIds[0] ?? -1, valid: true });
    town.run(100);
    expect(far.data).toEqual(["hello"]);
    expect(town.view(0).notices[0]?.state).toBe("accepted");
  });

  it("drops a notice that one program finds not valid, whatever others say before or after", () => {
    for (const first of [true, false]) {
      const { town, announcer, far } = pair();
      const judges = [town.program(0, [TYPE], () => first), town.program(0, [TYPE], () => !first)];
      town.announce(announcer, "hello");
      town.run(10_000);
      expect(judges.map(({ data }) => data)).toEqual([["hello"], ["hello"]]);
      expect(far.data).toEqual([]);
      expect(town.view(0).counts.invalid).toBe(1);
      expect(town.view(0).notices[0]?.state).toBe("rejected");
    }
  });

  it("counts an answer that does not come in time as not valid, and a later one for nothing", () => {
    const { town, announcer, far } = pair({ options: { validationTimeoutMs: 300 } });
    const silent = town.program(0, [TYPE], () => null);
    town.announce(announcer, "hello");
    town.run(299);
    expect(town.view(0).notices[0]?.state).toBe("pending");
    town.run(2);
    expect(town.view(0).notices[0]?.state).toBe("rejected");
    expect(town.view(0).counts.unanswered).toBe(1);
    town.say(silent, { kind: "validation", messageId: silent.messageIds[0] ?? -1, valid: true });
    town.run(1000);
    expect(far.data).toEqual([]);
    expect(town.view(0).counts.refused).toBe(1);
  });

  it("does not count the time in which the peer itself stood still", () => {
    const { town, announcer, far } = pair({ options: { validationTimeoutMs: 300 } });
    const silent = town.program(0, [TYPE], () => null);
    town.announce(announcer, "hello");
    town.run(200);
    town.ensemble.pause(town.ensemble.peers[0] as never);
    town.run(5000);
    town.ensemble.resume(town.ensemble.peers[0] as never);
    town.run(50);
    town.say(silent, { kind: "validation", messageId: silent.messageIds[0] ?? -1, valid: true });
    town.run(100);
    expect(far.data).toEqual(["hello"]);
  });

  it("cannot come from a program that is gone: what it was notified of spreads no further", () => {
    const { town, announcer, far } = pair();
    const silent = town.program(0, [TYPE], () => null);
    town.announce(announcer, "hello");
    town.run(10);
    town.hangUp(silent);
    town.announce(announcer, "again");
    town.run(100);
    expect(far.data).toEqual(["again"]);
    expect(town.view(0).counts.abandoned).toBe(1);
  });

  it("is asked for with message IDs that wrap without confusing one that is outstanding", () => {
    const { town, announcer, far } = pair({ options: { validationTimeoutMs: 1e9, cacheSize: 100_000 } });
    // The very first one is left open; the IDs go round once and more.
    const picky = town.program(0, [TYPE], (data) => (data === "first" ? null : true));
    town.announce(announcer, "first");
    for (let i = 0; i < 70; i++) {
      town.say(announcer, ...texts(1000, i).map((text) => announce(text)));
      town.run(1);
    }
    town.run(100);
    const [firstId, ...others] = picky.messageIds;
    expect(others).toHaveLength(70_000);
    expect(new Set(others).size).toBe(0x10000 - 1);
    expect(others).not.toContain(firstId);
    expect(far.data).not.toContain("first");
    town.say(picky, { kind: "validation", messageId: firstId ?? -1, valid: true });
    town.run(100);
    expect(far.data).toContain("first");
  });
});

describe("a program", () => {
  it("that announces gets no copy of its own, even of what it subscribes", () => {
    const { town, far } = pair();
    const program = town.program(0);
    town.announce(program, "hello");
    town.run(100);
    expect(program.data).toEqual([]);
    expect(far.data).toEqual(["hello"]);
  });

  it("may subscribe and announce in one go, thousands at a time", () => {
    const { town, far } = pair();
    const program = town.program(0, []);
    const all = texts(5000);
    town.say(program, { kind: "notify", dataType: TYPE }, ...all.map((text) => announce(text)));
    town.run(5000);
    expect([...far.data].sort()).toEqual([...all].sort());
  });

  it.each([
    ["an announcement without data", { kind: "announce", ttl: 0, dataType: TYPE, data: Buffer.alloc(0) }],
    ["a notification", { kind: "notification", messageId: 1, dataType: TYPE, data: Buffer.from("x") }],
    ["a type that nobody here subscribes", { kind: "announce", ttl: 0, dataType: 9, data: Buffer.from("x") }],
  ] as const)("that says %s is refused, and a strict peer closes its connection", (_, message) => {
    const strict = pair({ options: { strict: true } });
    const other = strict.town.program(0);
    strict.town.say(strict.announcer, message);
    strict.town.run(10);
    expect(strict.announcer.closed).not.toBeNull();
    expect(strict.town.view(0).counts.refused).toBe(1);
    strict.town.announce(other, "hello");
    strict.town.run(100);
    expect(strict.far.data).toEqual(["hello"]);

    const patient = pair();
    patient.town.say(patient.announcer, message);
    patient.town.announce(patient.announcer, "hello");
    patient.town.run(100);
    expect(patient.announcer.closed).toBeNull();
    expect(patient.far.data).toEqual(["hello"]);
  });

  it("that answers to a message ID that nobody gave is refused, and nothing else happens", () => {
    const { town, announcer, far } = pair();
    const program = town.program(0, [TYPE], () => null);
    town.announce(announcer, "hello");
    town.run(10);
    town.say(program, { kind: "validation", messageId: ((program.messageIds[0] ?? 0) + 1) % 0x10000, valid: true });
    town.run(100);
    expect(far.data).toEqual([]);
    expect(town.view(0).counts.refused).toBe(1);
  });

  it("that does not answer gets so much and no more: it is disconnected, and the others never wait", () => {
    const { town, announcer } = pair({ options: { queueSize: 100 } });
    const stuck = town.program(0, [TYPE], () => null);
    const well = town.program(0);
    for (const text of texts(150)) town.announce(announcer, text);
    town.run(100);
    expect(stuck.data).toHaveLength(100);
    expect(stuck.closed).toMatch(/too slow/);
    expect(well.data).toHaveLength(150);
    expect(town.view(0).subscribers.map(({ session }) => session)).toEqual([well.session]);
  });

  it("that only falls behind is waited for, though another there stands still", () => {
    const { town, announcer } = pair({ options: { queueSize: 1000 } });
    const stuck = town.program(0, [TYPE], () => null);
    const slow = town.program(0, [TYPE], () => null);
    let answered = 0;
    // One answer a millisecond is a quarter of what is announced while nobody is held.
    for (let ms = 0; ms < 3000; ms++) {
      if (announcer.isRead) for (const text of texts(4, ms)) town.announce(announcer, text);
      town.run(1);
      const messageId = slow.messageIds[answered];
      if (messageId !== undefined) town.say(slow, { kind: "validation", messageId, valid: true });
      if (messageId !== undefined) answered += 1;
    }
    expect(stuck.closed).toMatch(/too slow/);
    expect(slow.closed).toBeNull();
    expect(answered).toBeGreaterThan(2500);
  });

  it("that reads, far away and slowly, is not disconnected: what is under way to it is bounded, however small", () => {
    const { town, announcer, far } = pair();
    const slow = town.program(1, [TYPE], () => null);
    let answered = 0;
    for (let ms = 0; ms < 2000; ms++) {
      if (announcer.isRead) town.say(announcer, ...texts(200, ms).map((text) => announce(text)));
      town.run(1);
      // A tenth of what is announced while nobody is held.
      const messageIds = slow.messageIds.slice(answered, answered + 20);
      answered += messageIds.length;
      town.say(slow, ...messageIds.map((messageId) => ({ kind: "validation", messageId, valid: true }) as const));
    }
    expect(slow.closed).toBeNull();
    expect(answered).toBeGreaterThan(30_000);
    expect(slow.data).toEqual(far.data);
  });

  it("is not read while it announces faster than it may", () => {
    const { town, announcer, far } = pair({ options: { programRate: { perSecond: 100, burst: 50 } } });
    town.say(announcer, ...texts(50).map((text) => announce(text)));
    town.run(1);
    expect(announcer.isRead).toBe(true);
    town.say(announcer, ...texts(50, 2).map((text) => announce(text)));
    town.run(1);
    expect(announcer.isRead).toBe(false);
    town.run(550);
    expect(announcer.isRead).toBe(true);
    expect(far.data).toHaveLength(100);
  });

  it("that announces more in one go than it may ever announce at once is read again, in its time", () => {
    const { town, announcer, far } = pair({ options: { programRate: { perSecond: 100, burst: 50 } } });
    town.say(announcer, ...texts(150).map((text) => announce(text)));
    town.run(900);
    expect(announcer.isRead).toBe(false);
    town.run(110);
    expect(announcer.isRead).toBe(true);
    expect(far.data).toHaveLength(150);
  });

  it("may announce as much as its rate in the long run, and no more", () => {
    const { town, announcer, far } = pair({ options: { programRate: { perSecond: 100, burst: 50 } } });
    for (let ms = 0; ms < 5000; ms += 10) {
      if (announcer.isRead) town.say(announcer, ...texts(50, ms).map((text) => announce(text)));
      town.run(10);
    }
    expect(far.data.length).toBeGreaterThanOrEqual(450);
    expect(far.data.length).toBeLessThanOrEqual(600);
  });

  it("is not kept from answering in time, however much too much it has announced", () => {
    const options = { programRate: { perSecond: 10, burst: 10 }, validationTimeoutMs: 1000 };
    const { town } = pair({ options });
    const program = town.program(0);
    town.say(program, ...texts(500).map((text) => announce(text)));
    town.run(600);
    expect(program.isRead).toBe(true);
  });

  it("is forgotten with its subscriptions when its connection ends", () => {
    const { town, announcer, far } = pair();
    town.hangUp(far);
    town.run(100);
    expect(town.view(0).types).toEqual([]);
    town.announce(announcer, "hello");
    town.run(100);
    expect(town.view(1).counts.received).toBe(0);
  });
});

describe("the person at a peer", () => {
  it("sees what they subscribe, and finds all of it valid", () => {
    const { town, announcer, far } = pair();
    const command = (kind: "subscribe" | "unsubscribe"): void =>
      town.ensemble.command(town.ensemble.peers[0] as never, { kind, dataType: TYPE });
    command("subscribe");
    town.announce(announcer, "hello");
    town.run(100);
    expect(far.data).toEqual(["hello"]);
    expect(town.view(0).subscribers).toEqual([
      { session: null, dataTypes: [TYPE], queued: 0, queuedBytes: 0, delivered: 1 },
    ]);
    command("unsubscribe");
    town.run(100);
    expect(town.view(0).subscribers).toEqual([]);
  });

  it("announces as a program does", () => {
    const { town, far } = pair();
    const data = Buffer.from("hello");
    town.ensemble.command(town.ensemble.peers[0] as never, { kind: "announce", dataType: TYPE, ttl: 1, data });
    town.run(100);
    expect(far.data).toEqual(["hello"]);
  });
});

function announce(text: string) {
  return { kind: "announce", ttl: 0, dataType: TYPE, data: Buffer.from(text) } as const;
}
