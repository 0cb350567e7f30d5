import { describe, expect, it } from "vitest";
import { notice, offer, one, overhear } from "./solo.ts";
import { idOf, Town, TYPE, texts } from "./town.ts";

describe("PRUNE (Plumtree 2007, section 3.3)", () => {
  it("answers a push of which nothing is new, and of nothing else", () => {
    const { push, told, program } = one();
    push(notice(1), notice(2));
    push(notice(2), notice(3));
    expect(told("prune")).toEqual([]);
    push(notice(2), notice(3));
    expect(told("prune")).toEqual([{ kind: "prune", dataType: TYPE }]);
    expect(program.data).toEqual(["lie 1", "lie 2", "lie 3"]);
  });

  it("ends the pushes of whoever hears it, as long as somebody else is left", () => {
    const town = new Town(3);
    const announcer = town.program(0, []);
    town.program(1);
    town.program(2);
    town.run(100);
    const heard = overhear(town);
    const pushed = (text: string): string[] => {
      heard.length = 0;
      town.announce(announcer, text);
      town.run(1);
      return heard.filter(({ from, message }) => from === idOf(0) && message.kind === "push").map(({ to }) => to);
    };
    expect(pushed("to both").sort()).toEqual([idOf(1), idOf(2)]);
    town.forge(1, 0, { kind: "prune", dataType: TYPE });
    expect(pushed("to one")).toEqual([idOf(2)]);
    town.forge(2, 0, { kind: "prune", dataType: TYPE });
    expect(pushed("to one still")).toEqual([idOf(2)]);
  });
});

describe("a digest (Plumtree 2007, section 3.4)", () => {
  it("of what is missing leads to a pull, after the time in which a push may come", () => {
    const { town, say, told } = one();
    say({ kind: "digest", dataTypes: [TYPE], offers: [offer(1, 3)] });
    town.run(30);
    expect(told("pull")).toEqual([]);
    town.run(20);
    expect(told("pull")).toMatchObject([{ wanted: [offer(1, 3)] }]);
  });

  it("leads to none where the push comes meanwhile, and to one of what was left out where others come", () => {
    const { town, say, push, told } = one();
    say({ kind: "digest", dataTypes: [TYPE], offers: [offer(1, 3)] });
    push(notice(1), notice(2), notice(3));
    town.run(200);
    expect(told("pull")).toEqual([]);
    say({ kind: "digest", dataTypes: [TYPE], offers: [offer(1, 6)] });
    push(notice(5), notice(6));
    town.run(50);
    expect(told("pull")).toEqual([
      { kind: "pull", graft: true, wanted: [{ ...offer(1, 6), ranges: [{ first: 4, last: 4 }] }] },
    ]);
  });

  it("leads to none of what follows while notices of the stream keep coming, and to one when they come no more", () => {
    const { town, say, push, told } = one();
    say({ kind: "digest", dataTypes: [TYPE], offers: [offer(1, 50)] });
    for (let sequence = 1; sequence <= 20; sequence++) {
      push(notice(sequence));
      town.run(20);
    }
    expect(told("pull")).toEqual([]);
    town.run(50);
    expect(told("pull")).toMatchObject([{ wanted: [{ ranges: [{ first: 21, last: 50 }] }] }]);
  });

  it("of a type that nobody here subscribes leads to nothing", () => {
    const { town, say, told } = one();
    say({ kind: "digest", dataTypes: [], offers: [{ ...offer(1, 3), dataType: 9 }] });
    town.run(500);
    expect(told("pull")).toEqual([]);
  });

  it("that lies of numbers beyond all bounds leads to a pull of bounded size for each time that it is believed", () => {
    const { town, say, told } = one();
    for (let i = 0; i < 50; i++) say({ kind: "digest", dataTypes: [TYPE], offers: [offer(1, 2 ** 32 - 1)] });
    town.run(2000);
    // Every 40 ms, as long as the lies go on, and then no more.
    expect(told("pull").length).toBeLessThanOrEqual(2);
    expect(told("pull")[0]).toMatchObject({ wanted: [{ ranges: [{ first: 1, last: 1024 }] }] });
  });
});

describe("a pull", () => {
  it("brings what is held, in the order of its numbers, and says whether there is more", () => {
    const { town, say, told } = one();
    const announcer = town.program(0, []);
    for (const text of texts(1500)) town.announce(announcer, text);
    town.run(100);
    const wanted = [{ origin: idOf(0), life: 2, dataType: TYPE, ranges: [{ first: 1, last: 2000 }] }];
    say({ kind: "pull", graft: false, wanted });
    const [first] = told("pulled");
    if (first?.kind !== "pulled") throw new Error("no answer");
    expect(first.more).toBe(true);
    expect(first.notices.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1024 }, (_, i) => i + 1));
    say({ kind: "pull", graft: false, wanted: [{ ...wanted[0], ranges: [{ first: 1025, last: 1499 }] }] as never });
    const second = told("pulled")[1];
    if (second?.kind !== "pulled") throw new Error("no answer");
    expect([second.more, second.notices.length]).toEqual([false, 475]);
  });

  it("is answered so often and no more", () => {
    const { say, told, town } = one();
    for (let i = 0; i < 500; i++) say({ kind: "pull", graft: false, wanted: [offer(1, 1)] });
    expect(told("pulled").length).toBeLessThan(160);
    expect(town.view(0).counts.unwelcome).toBeGreaterThan(340);
  });

  it("is not repeated at once when the answer promises more and brings nothing", () => {
    const { town, say, told } = one();
    say({ kind: "digest", dataTypes: [TYPE], offers: [offer(1, 3000)] });
    town.run(60);
    for (let i = 0; i < 20; i++) say({ kind: "pulled", more: true, notices: [] });
    expect(told("pull")).toHaveLength(1);
  });
});

describe("a notice that comes again", () => {
  it("is delivered once, however often and on whatever way it comes", () => {
    const { push, say, program, town } = one();
    push(notice(1), notice(1));
    push(notice(1));
    say({ kind: "pulled", more: false, notices: [notice(1)] });
    expect(program.data).toEqual(["lie 1"]);
    expect(town.view(0).counts).toMatchObject({ received: 1, duplicates: 2, unwelcome: 1 });
  });

  it("is known as one that came long after it was evicted", () => {
    const { push, program, town } = one({ cacheSize: 10 });
    for (let sequence = 1; sequence <= 100; sequence++) push(notice(sequence));
    expect(town.view(0).cached.notices).toBe(10);
    for (let sequence = 1; sequence <= 100; sequence++) push(notice(sequence));
    expect(program.data).toHaveLength(100);
  });

  it("is refused where its stream was forgotten: it is older than the latest that was", () => {
    const { town, push, program } = one();
    const stream = (i: number) => notice(1, { origin: idOf(100 + i), lamport: i + 1, data: Buffer.from(`${i}`) });
    // The clock of the town moves on by one with every look, so all of these are of the past.
    const all = Array.from({ length: 6000 }, (_, i) => stream(i));
    for (let i = 0; i < 6000; i += 1000) {
      push(...all.slice(i, i + 1000));
      town.run(60_000);
    }
    const told = program.data.length;
    expect(told).toBe(6000);
    for (let i = 0; i < 6000; i += 1000) push(...all.slice(i, i + 1000));
    expect(program.data).toHaveLength(told);
    expect(town.view(0).counts.unwelcome).toBeGreaterThan(0);
    town.run(60_000);
    // What is younger than all that was forgotten comes through.
    push(notice(1, { origin: idOf(9000), lamport: 6001, data: Buffer.from("young") }));
    expect(program.data.at(-1)).toBe("young");
  });

  it("is taken though it is of the very beginning of time, while nothing was forgotten", () => {
    const { push, program } = one();
    push(notice(1, { lamport: 0 }));
    expect(program.data).toEqual(["lie 1"]);
  });

  it("is refused as if from the future, or from ourselves", () => {
    const { town, push, program } = one();
    push(notice(1, { lamport: 2 ** 40 }), notice(2, { origin: idOf(0) }));
    expect(program.data).toEqual([]);
    expect(town.view(0).counts.unwelcome).toBe(2);
  });
});

describe("what is held", () => {
  it("keeps to its limits of number and bytes, and the source that brings most gives way", () => {
    const { town, push } = one({ cacheSize: 100, cacheBytes: 10_000 });
    const announcer = town.program(0, []);
    for (const text of texts(10)) town.announce(announcer, text);
    town.run(1);
    for (let sequence = 1; sequence <= 1000; sequence++) push(notice(sequence));
    const { notices, bytes } = town.view(0).cached;
    expect(notices).toBe(100);
    push(notice(1001, { data: Buffer.alloc(9000) }));
    expect(town.view(0).cached.bytes).toBeLessThanOrEqual(10_000);
    expect(bytes).toBeLessThanOrEqual(10_000);
    const heard = overhear(town);
    town.forge(1, 0, {
      kind: "pull",
      graft: false,
      wanted: [{ origin: idOf(0), life: 2, dataType: TYPE, ranges: [{ first: 1, last: 10 }] }],
    });
    town.run(1);
    const [answer] = heard.filter(({ message }) => message.kind === "pulled");
    expect(answer?.message).toMatchObject({ notices: { length: 10 } });
  });
});

describe("a digest is told", () => {
  it("to those whom it concerns, however many others there are", () => {
    const town = new Town(80);
    const announcer = town.program(0, []);
    const far = town.program(1);
    town.run(100);
    town.ensemble.onSend = (_from, _to, message) => message.kind !== "push";
    town.announce(announcer, "lost");
    town.run(500);
    expect(far.data).toEqual(["lost"]);
  });

  it("of what is quiet, even while there is news all the time", () => {
    const town = new Town(3);
    const busy = town.program(0, []);
    const quiet = town.program(1, []);
    const far = town.program(2);
    town.run(100);
    let isWell = false;
    town.ensemble.onSend = (from) => isWell || from !== idOf(1);
    town.announce(quiet, "quiet");
    town.announce(town.program(1, []), "busy too");
    for (const text of texts(400)) {
      town.announce(busy, text);
      town.announce(quiet, text, { dataType: 5 });
      town.run(50);
      if (text.startsWith("100:")) isWell = true;
    }
    expect(far.data).toContain("quiet");
  });

  it("in as many pieces as it takes: a stream full of gaps is pulled whole", () => {
    const town = new Town(2);
    // Every second one is found not valid where it is announced.
    town.program(0, [TYPE], (data) => Number(data.split(":")[0]) % 2 === 0);
    const announcer = town.program(0, []);
    for (const text of texts(4000)) town.announce(announcer, text);
    town.run(1000);
    const late = town.program(1);
    town.run(30_000);
    expect(late.data).toHaveLength(2000);
  });

  it("and asked for no faster than a peer may bring it", () => {
    const town = new Town(2, { options: { peerRate: { perSecond: 100, burst: 20 } } });
    const announcer = town.program(0, []);
    for (const text of texts(500)) town.announce(announcer, text);
    town.run(1000);
    const late = town.program(1);
    const before = town.view(0).counts.sent;
    town.run(8000);
    expect(late.data).toHaveLength(500);
    expect(town.view(0).counts.sent - before).toBe(500);
  });
});

describe("a peer that does not confirm what is pushed to it", () => {
  it("is waited for half a second, then left to pull; and pushed to again when it confirms", () => {
    const town = new Town(2, { options: { windowBytes: 10_000 } });
    const announcer = town.program(0, []);
    town.program(1);
    town.run(100);
    town.ensemble.pause(idOf(1));
    for (const text of texts(400)) town.announce(announcer, text);
    town.run(10);
    expect(announcer.isRead).toBe(false);
    const pushed = town.view(0).counts.sent;
    expect(pushed).toBeLessThan(400);
    town.run(480);
    expect(announcer.isRead).toBe(false);
    town.run(20);
    expect(announcer.isRead).toBe(true);
    town.announce(announcer, "on and on");
    town.run(10);
    expect(town.view(0).counts.sent).toBe(pushed);
    town.ensemble.resume(idOf(1));
    town.run(3000);
    expect(town.programs[1]?.data).toHaveLength(401);
    town.announce(announcer, "as before");
    town.run(10);
    expect(town.programs[1]?.data.at(-1)).toBe("as before");
  });

  it("is waited for no more until it confirms something", () => {
    const town = new Town(2, { options: { windowBytes: 10_000 } });
    const announcer = town.program(0, []);
    town.program(1);
    town.run(100);
    town.ensemble.onSend = (_from, _to, message) => message.kind !== "received";
    let waitedMs = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      if (announcer.isRead) town.announce(announcer, `${ms}`.padEnd(1000));
      else waitedMs += 10;
      town.run(10);
    }
    expect(waitedMs).toBeGreaterThan(450);
    expect(waitedMs).toBeLessThan(550);
    town.ensemble.onSend = () => true;
    town.run(2000);
    for (const text of texts(10)) town.announce(announcer, text.padEnd(1000));
    town.run(100);
    town.ensemble.pause(idOf(1));
    for (const text of texts(400)) town.announce(announcer, text);
    town.run(10);
    expect(announcer.isRead).toBe(false);
  });
});
