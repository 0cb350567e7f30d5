import { describe, expect, it } from "vitest";
import type { Notice } from "../../../src/protocols/notification/notice.ts";
import { notice, offer, one, overhear } from "./solo.ts";
import { idOf, Town, TYPE, texts } from "./town.ts";

/** Notices of so many streams that have one each. */
function streams(count: number, from = 0, lamport = 1): readonly Notice[] {
  return Array.from({ length: count }, (_, i) =>
    notice(1, { origin: idOf(100 + from + i), lamport, data: Buffer.from(`stream ${from + i}`) }),
  );
}

describe("numbers that are far apart", () => {
  it("cost no time when all between them is pulled", () => {
    const { push, say, told } = one();
    push(notice(1), notice(2e9));
    for (let i = 1; i <= 300; i++) push(notice(2e9 + 2 * i));
    const before = process.hrtime.bigint();
    say({ kind: "pull", graft: false, wanted: [offer(1, 2 ** 32 - 1)] });
    expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(1000);
    expect(told("pulled")).toMatchObject([{ notices: { length: 302 } }]);
  }, 60_000);

  it("let nothing go on whose TTL is used up", () => {
    const { push, say, told } = one();
    push(notice(1), notice(3, { ttl: 1 }));
    for (let i = 2; i <= 300; i++) push(notice(1 + 2 * i));
    say({ kind: "pull", graft: false, wanted: [offer(1, 2 ** 32 - 1)] });
    const [answer] = told("pulled");
    if (answer?.kind !== "pulled") throw new Error("no answer");
    expect(answer.notices.map(({ sequence }) => sequence)).not.toContain(3);
  });

  it("are asked of many peers at a time, and none is taken for asked for that was not", () => {
    const town = new Town(60);
    const program = town.program(0);
    town.run(100);
    const every = (from: number, gap: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ first: from + i * gap, last: from + i * gap }));
    // Nobody answers the first ones; the last one does.
    for (let i = 1; i < 59; i++) {
      town.forge(i, 0, {
        kind: "digest",
        dataTypes: [TYPE],
        offers: [{ ...offer(1, 1), ranges: every(1000 + 16 * i, 2, 8) }],
      });
    }
    town.ensemble.onSend = () => true;
    town.run(60);
    for (let i = 1; i < 59; i++) town.forge(i, 0, { kind: "pulled", more: false, notices: [] });
    town.run(10);
    const heard = overhear(town);
    town.forge(59, 0, { kind: "digest", dataTypes: [TYPE], offers: [offer(1020, 1030)] });
    town.run(60);
    expect(heard.filter(({ to, message }) => to === idOf(59) && message.kind === "pull")).toMatchObject([
      { message: { wanted: [{ ranges: [{ first: 1020, last: 1030 }] }] } },
    ]);
    expect(program.data).toEqual([]);
  });
});

describe("a stream that was forgotten", () => {
  it("brings nothing back: none of its notices is delivered again when it goes on", () => {
    const { push, program, town } = one();
    const old = [1, 2, 3].map((sequence) => notice(sequence, { lamport: sequence }));
    push(...old);
    for (let round = 0; round < 6; round++) {
      push(...streams(1000, 1000 * round, town.time));
      town.run(60_000);
    }
    const told = program.data.length;
    expect(told).toBe(6003);
    push(...old);
    push(notice(4, { lamport: town.time }));
    push(...old);
    expect(program.data.slice(told)).toEqual(["lie 4"]);
  });
});

describe("somebody who brings streams without end", () => {
  it("keeps no new ones of others out", () => {
    const town = new Town(3, { options: { degree: 1 } });
    const program = town.program(0, [TYPE, ...Array.from({ length: 10 }, (_, i) => 2000 + i)]);
    const origin = town.program(2, []);
    town.ensemble.link(idOf(2), idOf(0), { latencyMs: 50 });
    town.run(100);
    for (let round = 0; round < 10; round++) {
      town.announce(origin, `truth ${round}`, { dataType: 2000 + round });
      town.run(10);
      // While that is on its way, there are lies that are younger.
      for (let i = 0; i < 5; i++) {
        town.forge(1, 0, { kind: "push", offset: 0, notices: streams(1000, 5000 * round + 1000 * i, town.time) });
      }
      town.run(90);
    }
    town.run(10_000);
    expect(program.data.filter((text) => text.startsWith("truth"))).toHaveLength(10);
  });
});

describe("a source that brings much", () => {
  it("gives way to those that bring little, where bytes are what is short", () => {
    const { town, push, say, told } = one({ cacheBytes: 100_000 });
    const announcer = town.program(0, []);
    for (const text of texts(50)) town.announce(announcer, text);
    town.run(1);
    for (let sequence = 1; sequence <= 30; sequence++) push(notice(sequence, { data: Buffer.alloc(9000) }));
    say({ kind: "pull", graft: false, wanted: [offer(1, 50, idOf(0))] });
    expect(told("pulled")).toMatchObject([{ notices: { length: 50 } }]);
  });
});

describe("types that nobody has heard of", () => {
  it("cost no tree its branches, whether they are pruned or pulled", () => {
    const town = new Town(6, { options: { degree: 2 } });
    const programs = Array.from({ length: 6 }, (_, i) => town.program(i));
    town.run(100);
    for (const text of texts(40)) {
      town.announce(programs[0] as never, text);
      town.run(50);
    }
    const heard = overhear(town);
    const pushedTo = (text: string): string => {
      heard.length = 0;
      town.announce(programs[0] as never, text);
      town.run(50);
      const pushes = heard.filter(({ from, message }) => from === idOf(0) && message.kind === "push");
      return pushes.map(({ to }) => to).join();
    };
    const before = pushedTo("before");
    for (let dataType = 10_000; dataType < 13_000; dataType++) {
      town.forge(5, 0, { kind: "prune", dataType });
      const wanted = Array.from({ length: 20 }, (_, i) => ({ ...offer(1, 9), dataType: dataType + 100 * i }));
      town.forge(5, 0, { kind: "pull", graft: true, wanted });
      town.run(10);
    }
    expect(pushedTo("after")).toBe(before);
  });
});

describe("peers that bring something new each", () => {
  it("are no branches beyond twice the degree, however many they are", () => {
    const town = new Town(40, { options: { degree: 3 } });
    const announcer = town.program(0);
    for (let peer = 1; peer < 40; peer++) town.program(peer);
    town.run(100);
    town.ensemble.onSend = () => false;
    for (const [i, each] of streams(39).entries()) town.forge(1 + i, 0, { kind: "push", offset: 0, notices: [each] });
    town.run(1);
    const heard = overhear(town);
    town.announce(announcer, "hello");
    town.run(1);
    expect(heard.filter(({ from, message }) => from === idOf(0) && message.kind === "push").length).toBeLessThanOrEqual(
      6,
    );
  });
});

describe("interests that change all the time", () => {
  it("are not answered with all that is held each time", () => {
    const { push, say, told } = one();
    push(...streams(500));
    for (let i = 0; i < 500; i++) {
      say({ kind: "interests", dataTypes: [] });
      say({ kind: "interests", dataTypes: [TYPE] });
    }
    const offers = told("digest").map((message) => (message.kind === "digest" ? message.offers.length : 0));
    expect(offers.filter((count) => count > 0).length).toBeLessThan(250);
  });

  it("are answered with what is held of the new ones", () => {
    const { push, say, told } = one();
    say({ kind: "interests", dataTypes: [TYPE] });
    push(notice(1));
    const before = told("digest").length;
    say({ kind: "interests", dataTypes: [TYPE, 5] });
    expect(told("digest").slice(before)).toEqual([]);
  });
});
