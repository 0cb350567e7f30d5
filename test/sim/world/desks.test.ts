import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { passAtOnce } from "../../../src/sim/player/passage.ts";
import { Desks } from "../../../src/sim/world/desks.ts";
import type { World, WorldOptions } from "../../../src/sim/world/world.ts";
import { agreedLeader, cluster, FIVE, isConverged, leaderOf, THREE, without } from "../cluster.ts";

/** A cluster that has been well for a while, with its desks. */
function withDesks(ports = THREE, options: Partial<WorldOptions> = {}): { world: World; desks: Desks } {
  const world = cluster(ports, options);
  const desks = new Desks(world);
  world.run(2000);
  return { world, desks };
}

/** What comes of a line that is said at a peer, and after how many virtual ms. */
async function say({ world, desks }: { world: World; desks: Desks }, port: number, line: string) {
  const start = world.now;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  const outcome = desks.of(port).run(line);
  outcome.then(end, end);
  await desks.settle();
  await passAtOnce(world.time, desks, () => isOver, 30_000);
  return { ...(await outcome), tookMs: Math.round(world.now - start) };
}

/** Lets time pass until something holds; whether it came to hold. */
function pass({ world, desks }: { world: World; desks: Desks }, holds: () => boolean, limitMs: number) {
  return passAtOnce(world.time, desks, holds, limitMs);
}

const conditionAt = (world: World, port: number) => world.view(port).condition.kind;

describe("a line", () => {
  test("that concerns the peer alone is done at once", async () => {
    const its = withDesks();
    expect(await say(its, 7001, "drop 7002 30%")).toEqual({ ok: true, text: "applied 1/1", tookMs: 0 });
    expect(its.world.view(7001).faults.map(({ fault }) => fault)).toEqual([{ kind: "drop", percent: 30 }]);
    expect(its.world.view(7002).faults).toEqual([]);
  });

  test("that concerns others travels to them and back, to all at a time", async () => {
    const its = withDesks(THREE, { network: { latencyMs: 25 } });
    expect(await say(its, 7001, "pause 7002,7003 for 10s")).toEqual({ ok: true, text: "applied 2/2", tookMs: 50 });
    expect([7002, 7003].map((port) => conditionAt(its.world, port))).toEqual(["paused", "paused"]);
  });

  test("that is wrong is refused with what would be right", async () => {
    const its = withDesks();
    expect(await say(its, 7001, "dorp 7002")).toMatchObject({
      ok: false,
      text: expect.stringContaining("dorp"),
      tookMs: 0,
    });
  });

  test("of the screen is none of a desk's", async () => {
    expect(await say(withDesks(), 7001, "help")).toMatchObject({ ok: false, text: "help is shown by a screen only" });
  });

  test("that asks for a test or an exchange is obeyed", async () => {
    const its = withDesks();
    const from = its.world.now;
    expect(await say(its, 7001, "test 7003")).toEqual({ ok: true, text: "testing 7003", tookMs: 0 });
    expect(await say(its, 7001, "exchange")).toMatchObject({ ok: true, tookMs: 0 });
    its.world.run(10);
    const told = its.world.events.filter(({ at, port }) => at >= from && port === 7001).map(({ event }) => event.kind);
    expect(told).toEqual(expect.arrayContaining(["probe-answered", "exchanged"]));
  });
});

describe("a line to others", () => {
  test.each([
    ["paused", "pause 7002 for 60s", "resume 7002"],
    ["crashed", "crash 7002 for 60s", "recover 7002"],
    ["isolated", "isolate 7002 for 60s", "heal 7002"],
  ])("passes their faults: who is %s is reached", async (_what, fault, end) => {
    const its = withDesks();
    expect((await say(its, 7001, fault)).text).toBe("applied 1/1");
    await pass(its, () => false, 1000);
    expect(await say(its, 7003, end)).toMatchObject({ ok: true });
    await pass(its, () => false, 3000);
    expect(isConverged(its.world, THREE)).toBe(true);
  });

  test.each(["there", "back"])(
    "does not pass a cut of the network, %s: it is waited for, two seconds, and what the others did is said",
    async (way) => {
      const its = withDesks(FIVE);
      if (way === "there") its.world.cut(7001, 7003);
      else its.world.cut(7003, 7001);
      expect(await say(its, 7001, "pause 7002,7003,7004 for 1s")).toEqual({
        ok: false,
        text: "applied 2/3 (7003 does not answer)",
        tookMs: 2000,
      });
      expect(conditionAt(its.world, 7003)).toBe("running");
    },
  );

  test("is not heard by a process that is gone", async () => {
    const its = withDesks();
    its.world.crash(7003);
    expect(await say(its, 7001, "pause 7002,7003 for 1s")).toMatchObject({
      ok: false,
      text: "applied 1/2 (7003 does not answer)",
      tookMs: 2000,
    });
  });

  test("is not for whoever has another ID by now", async () => {
    const its = withDesks();
    its.world.peer(7003).disk.flipBit();
    its.world.crash(7003);
    its.world.restart(7003);
    expect(await say(its, 7001, "pause 7003")).toMatchObject({
      ok: false,
      text: "applied 0/1 (7003 is another peer now)",
    });
  });

  test("that takes something back is kept for whoever does not answer, and delivered when it is heard of again, while time passes", async () => {
    const its = withDesks(FIVE);
    const skewAt = (port: number) => its.world.view(port).condition.skew;
    await say(its, 7001, "skew 7003 2x");
    expect(skewAt(7003)).toBe(2);
    its.world.partition([7001], [7003]);
    await pass(its, () => false, 10_000);
    expect(await say(its, 7001, "undo")).toMatchObject({
      ok: false,
      text: "undid skew 7003 2x: applied 0/1 (7003 does not answer; it will hear of it)",
    });
    its.world.heal();
    expect(await pass(its, () => skewAt(7003) === 1, 10_000)).toBe(true);
  });
});

describe("undo", () => {
  test("takes back what was said last, wherever it was done", async () => {
    const its = withDesks();
    expect((await say(its, 7002, "partition 7001 | 7002,7003")).text).toBe("applied 3/3");
    expect(THREE.map((port) => its.world.view(port).faults.length)).toEqual([2, 1, 1]);
    expect(await say(its, 7002, "undo")).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^undid partition .*: applied 3\/3$/),
    });
    expect(THREE.flatMap((port) => its.world.view(port).faults)).toEqual([]);
    expect(await say(its, 7002, "undo")).toMatchObject({ ok: false, text: expect.stringMatching(/^nothing to undo/) });
  });

  test("knows nothing of what was said at an earlier process: its faults ended with it, and their numbers are others now", async () => {
    const its = withDesks();
    await say(its, 7001, "drop 7002 30%");
    its.world.crash(7001);
    its.world.restart(7001);
    its.world.fault(7001, {
      kind: "set",
      fault: { kind: "drop", percent: 10 },
      targets: ["everybody"],
      direction: "in",
      by: "test",
      forMs: null,
    });
    expect(await say(its, 7001, "undo")).toMatchObject({ ok: false, text: expect.stringMatching(/^nothing to undo/) });
    expect(its.world.view(7001).faults).toHaveLength(1);
  });
});

describe("transfer", () => {
  test("hands over, and says so when it is done", async () => {
    const its = withDesks();
    const leader = leaderOf(its.world, THREE);
    const [heir = 0] = without(THREE, leader);
    const said = await say(its, leader, `transfer ${heir}`);
    expect(said).toMatchObject({ ok: true, text: expect.stringMatching(`^${heir} leads term `) });
    expect(said.tookMs).toBeLessThan(200);
    its.world.run(200);
    expect(agreedLeader(its.world, THREE)).toBe(heir);
  });

  test("is the leader's to do", async () => {
    const its = withDesks();
    const leader = leaderOf(its.world, THREE);
    const [other = 0] = without(THREE, leader);
    expect(await say(its, other, "transfer")).toMatchObject({
      ok: false,
      text: `only the leader can hand over: the leader is ${leader}`,
    });
  });
});

describe("leave", () => {
  test("ends the process once the others know", async () => {
    const its = withDesks();
    expect(await say(its, 7003, "leave")).toMatchObject({ ok: true, text: "left" });
    its.world.run(0);
    expect(its.world.peer(7003).isUp).toBe(false);
    its.world.run(1000);
    for (const port of [7001, 7002]) {
      expect(its.world.view(port).peers.find(({ address }) => address.endsWith("7003"))?.status).toBe("left");
    }
  });

  test("that cannot be done is broken off after three seconds, and the process ends all the same", async () => {
    const its = withDesks();
    const leader = leaderOf(its.world, THREE);
    its.world.fault(leader, { kind: "pause", by: "test", forMs: null });
    const said = await say(its, leader, "leave");
    expect(said.tookMs).toBe(3000);
    expect(its.world.peer(leader).isUp).toBe(false);
  });

  test("breaks off no process but the one that it was said to", async () => {
    const its = withDesks();
    its.world.fault(7003, { kind: "pause", by: "test", forMs: null });
    const leaving = say(its, 7003, "leave");
    await its.desks.settle();
    its.world.crash(7003);
    its.world.restart(7003);
    await leaving;
    its.world.run(5000);
    expect(its.world.peer(7003).isUp).toBe(true);
  });
});

describe("the desk of a process that is gone", () => {
  test("shows what it showed last, and nothing that is said there does anything or is refused with an error", async () => {
    const its = withDesks();
    const desk = its.desks.of(7003);
    its.world.crash(7003);
    expect(its.desks.of(7003).view().condition.kind).toBe("crashed");
    for (const line of ["leave", "pause 7003", "transfer", "undo"])
      expect(await say(its, 7003, line)).toHaveProperty("ok");
    expect(await desk.run("leave")).toHaveProperty("ok");
    expect(its.world.peer(7003).isUp).toBe(false);
  });

  test("says nothing more to others, whatever waited there to be said", async () => {
    const its = withDesks(FIVE);
    its.world.cut(7001, 7002);
    const first = its.desks.of(7001).run("pause 7002 for 1s");
    const second = its.desks.of(7001).run("crash 7002");
    await its.desks.settle();
    its.world.crash(7001);
    its.world.heal();
    await pass(its, () => false, 10_000);
    expect((await first).ok).toBe(false);
    expect((await second).ok).toBe(false);
    expect(conditionAt(its.world, 7002)).toBe("running");
  });
});

describe("a broken invariant", () => {
  test.each([
    ["here", 7002],
    ["at the peer that it travels to", 7001],
  ])("that a line leads to %s ends the run", async (_where, port) => {
    const its = withDesks();
    its.world.observers.push({
      stepped: (peer, input) => {
        if (peer.port === 7002 && input.kind === "faults") throw new InvariantViolation("broken");
      },
    });
    await expect(say(its, port, "pause 7002")).rejects.toThrow("broken");
  });
});
