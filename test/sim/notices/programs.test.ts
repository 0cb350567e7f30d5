import { describe, expect, test } from "vitest";
import { FIVE, THREE } from "../cluster.ts";
import { setFault } from "../fault-lines.ts";
import { countsAt, programAt, TYPE, texts, village } from "./village.ts";

describe("a program that does not keep up", () => {
  test.each(["never answers", "never reads"])("and %s is disconnected, and nobody waits for it", (how) => {
    const world = village(THREE, { tuning: { notification: { queueSize: 100, validationTimeoutMs: 60_000 } } });
    const slow = programAt(world, 7002, { rule: () => (how === "never answers" ? "never" : "valid") }, 1);
    const programs = THREE.map((port) => programAt(world, port));
    // A program that does not read is one to which nothing passes.
    if (how === "never reads") world.partition([9002], [7002]);
    const whole = texts(500);
    for (const text of whole) {
      programs[0]?.announce(TYPE, text);
      world.run(2);
    }
    world.run(1000);
    expect(programs[1]?.texts).toEqual(whole);
    expect(programs[2]?.texts).toEqual(whole);
    expect(countsAt(world, 7002)).toMatchObject({ received: 500, abandoned: 100 });
    expect(world.view(7002).notifications.subscribers).toHaveLength(1);
    world.heal();
    world.run(100);
    expect(slow.ends).toHaveLength(1);
    expect(slow.notified.length).toBe(100);
  });

  test("and never validates holds nothing back but what it was asked about", () => {
    const world = village(THREE, { tuning: { notification: { validationTimeoutMs: 500 } } });
    const listener = programAt(world, 7002);
    const announcer = programAt(world, 7001, { types: [] });
    const mute = programAt(world, 7001, { rule: ({ data }) => (data[0] === 0x21 ? "never" : "valid") }, 1);
    for (const text of ["a", "!b", "c"]) announcer.announce(TYPE, text);
    world.run(400);
    expect(listener.texts).toEqual(["a", "c"]);
    expect(countsAt(world, 7001).unanswered).toBe(0);
    world.run(200);
    expect(countsAt(world, 7001).unanswered).toBe(1);
    world.run(30_000);
    expect(listener.texts).toEqual(["a", "c"]);
    expect(mute.texts).toEqual(["a", "!b", "c"]);
  });

  test("and validates too late has not validated", () => {
    const world = village(THREE, { tuning: { notification: { validationTimeoutMs: 500 } } });
    const listener = programAt(world, 7002);
    const announcer = programAt(world, 7001, { types: [] });
    programAt(world, 7001, { rule: ({ data }) => ({ validAfterMs: data[0] === 0x21 ? 700 : 300 }) }, 1);
    for (const text of ["a", "!b", "c"]) announcer.announce(TYPE, text);
    world.run(30_000);
    expect(listener.texts).toEqual(["a", "c"]);
  });
});

describe("a flood at ten times the limit", () => {
  const LIMIT = { perSecond: 100, burst: 100 };

  test("of a program is read as fast as the limit says, and others go on beside it", () => {
    const world = village(FIVE, { tuning: { notification: { programRate: LIMIT } } });
    const programs = FIVE.map((port) => programAt(world, port));
    const [flooding, polite, listener] = programs;
    const whole = texts(3000);
    for (let i = 0; i < whole.length; i += 10) {
      for (const text of whole.slice(i, i + 10)) flooding?.announce(TYPE, text);
      world.run(10);
    }
    // Three seconds, and what may come at once.
    expect(listener?.notified.length).toBeGreaterThan(300);
    expect(listener?.notified.length).toBeLessThan(500);
    polite?.announce(TYPE, "polite");
    world.run(500);
    expect(listener?.texts).toContain("polite");
    // Nothing is lost: it waits where it is.
    world.run(30_000);
    for (const program of programs.slice(2)) expect(program.notified).toHaveLength(3001);
    expect(new Set(listener?.texts)).toEqual(new Set([...whole, "polite"]));
  });

  test("of a peer is dropped beyond the limit and pulled later, and others go on beside it", () => {
    const world = village(FIVE, { tuning: { notification: { peerRate: LIMIT } } });
    const programs = FIVE.map((port) => programAt(world, port));
    const [flooding, polite, listener] = programs;
    const whole = texts(800);
    for (let i = 0; i < whole.length; i += 10) {
      for (const text of whole.slice(i, i + 10)) flooding?.announce(TYPE, text);
      world.run(10);
    }
    // What all four others may bring in that time, and at once.
    expect(listener?.notified.length).toBeLessThan(4 * 180);
    expect(countsAt(world, 7003).unwelcome).toBeGreaterThan(500);
    polite?.announce(TYPE, "polite");
    world.run(1000);
    expect(listener?.texts).toContain("polite");
    world.run(150_000);
    for (const program of programs.slice(2)) expect(new Set(program.texts)).toEqual(new Set([...whole, "polite"]));
  });
});

describe("a replay", () => {
  test.each([16_384, 10])(
    "of all that was ever said to a peer that holds %i notices brings nobody anything twice",
    (cacheSize) => {
      const world = village(THREE, { tuning: { notification: { cacheSize } } });
      const programs = THREE.map((port) => programAt(world, port));
      const said: Parameters<ReturnType<typeof world.peer>["give"]>[0][] = [];
      world.observers.push({
        stepped: (peer, input) => {
          if (peer.port === 7002 && input.kind === "message" && input.content.protocol === "notification")
            said.push(input);
        },
      });
      for (const text of texts(100)) programs[0]?.announce(TYPE, text);
      world.run(2000);
      expect(said.length).toBeGreaterThan(0);
      for (let i = 0; i < 3; i++) {
        for (const input of said.slice()) world.peer(7002).give(input);
        world.run(5000);
      }
      expect(programs[1]?.texts).toEqual(texts(100));
      expect(programs[2]?.texts).toEqual(texts(100));
      expect(countsAt(world, 7002)).toMatchObject({ received: 100 });
      expect(countsAt(world, 7002).duplicates).toBeGreaterThanOrEqual(100);
    },
  );

  test("by a link that says everything ten times brings nobody anything twice", () => {
    const world = village(THREE);
    const programs = THREE.map((port) => programAt(world, port));
    for (let i = 0; i < 3; i++) setFault(world, 7001, { kind: "duplicate", percent: 100 }, { direction: "out" });
    for (const text of texts(100)) programs[0]?.announce(TYPE, text);
    world.run(20_000);
    for (const program of programs.slice(1)) expect(program.texts).toEqual(texts(100));
  });

  test("of NOTIFY and VALIDATION changes nothing", () => {
    const world = village(THREE);
    const [announcer, listener] = THREE.map((port) => programAt(world, port));
    for (let i = 0; i < 100; i++) listener?.say({ kind: "notify", dataType: TYPE });
    for (const text of texts(20)) announcer?.announce(TYPE, text);
    world.run(1000);
    for (const { messageId } of listener?.notified ?? [])
      listener?.say({ kind: "validation", messageId, valid: false }, { kind: "validation", messageId, valid: true });
    world.run(1000);
    expect(listener?.texts).toEqual(texts(20));
    expect(countsAt(world, 7002)).toMatchObject({ refused: 40, invalid: 0 });
    expect(world.view(7002).notifications.subscribers).toEqual([expect.objectContaining({ dataTypes: [TYPE] })]);
  });
});

test("a program that leaves owing answers disturbs nobody", () => {
  const world = village(THREE);
  const [announcer, listener] = THREE.map((port) => programAt(world, port));
  const leaver = programAt(world, 7002, { rule: () => "never" }, 1);
  for (const text of texts(10)) announcer?.announce(TYPE, text);
  world.run(10);
  leaver.leave();
  world.run(1000);
  expect(listener?.texts).toEqual(texts(10));
  expect(countsAt(world, 7002).abandoned).toBe(10);
});
