import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import type { Scene, Script } from "../../../src/sim/script/script.ts";
import { World, type WorldOptions } from "../../../src/sim/world/world.ts";
import { WorldStage, worldOf } from "../../../src/sim/world/world-stage.ts";
import { agreedLeader, isConverged, isWhole, leaderOf, THREE, without } from "../cluster.ts";
import { at } from "../network/stations.ts";

/** A stage on which nobody is yet. */
function empty(options: Partial<WorldOptions> = {}): { world: World; stage: WorldStage } {
  const world = new World(options);
  return { world, stage: new WorldStage(world) };
}

/** A stage with a cluster of three that has been well for a while. */
async function three(options: Partial<WorldOptions> = {}): Promise<{ world: World; stage: WorldStage }> {
  const { world, stage } = empty(options);
  stage.start("7001", { kind: "found" });
  for (const name of ["7002", "7003"]) stage.start(name, { kind: "join", via: ["7001"] });
  expect(await stage.runUntil(() => isWhole(world, THREE), 20_000)).toBe(true);
  await stage.runUntil(() => false, 2000);
  return { world, stage };
}

const conditionAt = (world: World, port: number) => world.view(port).condition.kind;

describe("start", () => {
  test("lets peers found, join, or look for each other, and the scene lists them in that order", async () => {
    const { world, stage } = empty();
    stage.start("7003", { kind: "found" });
    stage.start("7001", { kind: "join", via: ["7003"] });
    stage.start("7002", { kind: "look" });
    expect(stage.scene().names).toEqual(["7003", "7001", "7002"]);
    expect(await stage.runUntil(() => isConverged(world, THREE), 20_000)).toBe(true);
  });

  test("of a liar is of nobody of whom anything is seen, or to whom anything can be done", async () => {
    const { world, stage } = await three();
    stage.start("7010", { kind: "liar" });
    stage.start("7004", { kind: "join", via: ["7010", "7001"] });
    expect(stage.scene().names).toEqual(["7001", "7002", "7003", "7004", "7010"]);
    expect(stage.scene().view("7010")).toBeNull();
    stage.recover("7010");
    stage.disk("7010", { kind: "full" });
    stage.clock("7010", { kind: "rate", rate: 2 });
    stage.link("7010", "7004", { cut: true });
    stage.mend("7010", "7004");
    expect(await stage.runUntil(() => isConverged(world, [...THREE, 7004]), 20_000)).toBe(true);
    expect(world.view(7004).peers.map(({ address }) => address)).not.toContain(at(7010));
  });
});

describe("the scene", () => {
  test("shows who runs, a paused one too, and nothing of whose process is gone or was crashed by a line", async () => {
    const { stage } = await three();
    const shown = (scene: Scene) => scene.names.filter((name) => scene.view(name) !== null);
    stage.pause("7001");
    stage.crash("7002", false);
    await stage.enter("7003", "crash 7003");
    expect(shown(stage.scene())).toEqual(["7001"]);
    stage.recover("7002");
    stage.recover("7003");
    await stage.runUntil(() => false, 100);
    expect(shown(stage.scene())).toEqual(["7001", "7002", "7003"]);
  });

  test("knows who bears an ID, or did, and who is at an address", async () => {
    const { world, stage } = await three();
    const old = world.peer(7002).id;
    stage.disk("7002", { kind: "flip" });
    stage.crash("7002", false);
    stage.recover("7002");
    const scene = stage.scene();
    expect(world.peer(7002).id).not.toBe(old);
    expect([scene.nameOf(old), scene.nameOf(world.peer(7002).id), scene.nameAt(at(7002))]).toEqual([
      "7002",
      "7002",
      "7002",
    ]);
    expect([scene.nameAt(at(7099)), scene.now]).toEqual([undefined, world.now]);
  });

  test("keeps all events, routine ones marked, oldest first", async () => {
    const { world, stage } = await three({ keep: "all" });
    const { events } = stage.scene();
    expect(events.map(({ at: when, peer, event, routine }) => [when, Number(peer), event, routine])).toEqual(
      world.events.map(({ at: when, port, event, routine }) => [when, port, event, routine]),
    );
    expect(new Set(events.map(({ routine }) => routine))).toEqual(new Set([true, false]));
  });
});

describe("what becomes of peers", () => {
  test("a crash is the end of a process, and recover another one from its disk", async () => {
    const { world, stage } = await three();
    stage.crash("7002", true);
    expect(world.peer(7002).isUp).toBe(false);
    await stage.runUntil(() => false, 3000);
    stage.recover("7002");
    expect(await stage.runUntil(() => isConverged(world, THREE), 10_000)).toBe(true);
  });

  test("recover wakes the process that was crashed by a line", async () => {
    const { world, stage } = await three();
    await stage.enter("7001", "crash 7002");
    expect([world.peer(7002).isUp, conditionAt(world, 7002)]).toEqual([true, "crashed"]);
    const { machine } = world.peer(7002);
    stage.recover("7002");
    expect(await stage.runUntil(() => isConverged(world, THREE), 10_000)).toBe(true);
    expect(world.peer(7002).runs(machine)).toBe(true);
  });

  test("a crash of what was crashed by a line ends the process too", async () => {
    const { world, stage } = await three();
    await stage.enter("7001", "crash 7002");
    stage.crash("7002", false);
    expect(world.peer(7002).isUp).toBe(false);
    stage.recover("7002");
    expect(await stage.runUntil(() => isConverged(world, THREE), 10_000)).toBe(true);
  });

  test("pause and resume", async () => {
    const { world, stage } = await three();
    stage.pause("7002");
    expect(conditionAt(world, 7002)).toBe("paused");
    stage.resume("7002");
    expect(conditionAt(world, 7002)).toBe("running");
  });

  test("leave is over when the process is", async () => {
    const { world, stage } = await three();
    await stage.leave("7003");
    await stage.runUntil(() => false, 0);
    expect(world.peer(7003).isUp).toBe(false);
    expect(stage.scene().events.filter(({ peer, event }) => peer === "7003" && event.kind === "left")).toHaveLength(1);
  });
});

describe("what becomes of links, disks and clocks", () => {
  test("a link is changed one way, mended, and healed with all others", async () => {
    const { world, stage } = await three({ network: { latencyMs: 3 } });
    const cutFrom = (from: number, to: number) => world.network.way(at(from), at(to)).conditions.cut;
    stage.link("7001", "7002", { cut: true });
    stage.link("7001", "7003", { cut: true, lossPercent: 10 });
    expect([cutFrom(7001, 7002), cutFrom(7002, 7001), cutFrom(7001, 7003)]).toEqual([true, false, true]);
    stage.mend("7001", "7002");
    expect([cutFrom(7001, 7002), cutFrom(7001, 7003)]).toEqual([false, true]);
    stage.heal();
    expect(cutFrom(7001, 7003)).toBe(false);
    expect(world.network.way(at(7001), at(7003)).conditions).toEqual(world.network.way(at(7001), at(7002)).conditions);
  });

  test("a disk is slow, full, or lies, and then well", async () => {
    const { world, stage } = await three({ diskMs: [2, 4] });
    const { disk } = world.peer(7002);
    stage.disk("7002", { kind: "slow", ms: [50, 80] });
    expect([disk.writeMs, disk.isFull]).toEqual([[50, 80], false]);
    stage.disk("7002", { kind: "full" });
    expect([disk.writeMs, disk.isFull]).toEqual([[50, 80], true]);
    stage.disk("7002", { kind: "flip" });
    expect(disk.isFull).toBe(true);
    stage.disk("7002", { kind: "well" });
    expect([disk.writeMs, disk.isFull]).toEqual([[2, 4], false]);
  });

  test("a clock runs faster and jumps, also that of a peer that is paused", async () => {
    const { world, stage } = await three();
    const timeAt = (port: number) => world.peer(port).machine.timeAt(world.peer(port).now);
    const before = timeAt(7002);
    stage.clock("7002", { kind: "jump", aheadMs: 1000 });
    expect(timeAt(7002) - before).toBe(1000);
    stage.clock("7002", { kind: "rate", rate: 2 });
    await stage.runUntil(() => false, 500);
    expect(timeAt(7002) - before).toBe(2000);
    expect(world.view(7002).condition.skew).toBe(2);
  });
});

describe("a line of the palette", () => {
  test("is answered, and time passes only as long as that takes", async () => {
    const { world, stage } = await three({ network: { latencyMs: 25 } });
    const start = world.now;
    expect(await stage.enter("7001", "drop 7002 30%")).toEqual({ ok: true, text: "applied 1/1" });
    expect(world.now).toBe(start);
    expect(await stage.enter("7001", "pause 7002 for 1s")).toEqual({ ok: true, text: "applied 1/1" });
    expect(world.now).toBe(start + 50);
    expect(await stage.enter("7001", "nonsense")).toMatchObject({ ok: false });
  });

  test("that takes time is waited for", async () => {
    const { world, stage } = await three();
    const leader = leaderOf(world, THREE);
    const [heir = 0] = without(THREE, leader);
    expect(await stage.enter(String(leader), `transfer ${heir}`)).toMatchObject({ ok: true });
    await stage.runUntil(() => false, 200);
    expect(agreedLeader(world, THREE)).toBe(heir);
  });

  test("that is not answered is waited for as long as an answer may take", async () => {
    const { world, stage } = await three();
    stage.link("7002", "7001", { cut: true });
    const start = world.now;
    const text = "applied 0/1 (7002 does not answer)";
    expect(await stage.enter("7001", "pause 7002 for 1s")).toEqual({ ok: false, text });
    expect(world.now - start).toBe(2000);
  });

  test("in which an invariant breaks ends the run", async () => {
    const { world, stage } = await three();
    world.observers.push({
      stepped: (_peer, input) => {
        if (input.kind === "faults") throw new InvariantViolation("broken");
      },
    });
    await expect(stage.enter("7001", "pause 7001")).rejects.toThrow("broken");
    await expect(stage.enter("7001", "pause 7002")).rejects.toThrow("broken");
  });

  test("that nobody ever answers takes too long", async () => {
    const { world } = await three();
    // Nobody lets time pass.
    const stage = new WorldStage(world, () => false);
    expect(await stage.enter("7001", "pause 7002")).toEqual({ ok: false, text: "took too long" });
  });
});

describe("a closure's message", () => {
  test("is given to the machine of the peer that it names", async () => {
    const { world, stage } = await three();
    stage.deliver({ peer: "7002", message: { kind: "faults", command: { kind: "jump", aheadMs: 7, by: "test" } } });
    expect(stage.scene().events.at(-1)).toMatchObject({ peer: "7002", event: { kind: "clock-jumped", aheadMs: 7 } });
    expect(world.peer(7002).isUp).toBe(true);
  });

  test.each([null, 7, "timeout", {}])("that is none is named: %j", async (message) => {
    const { stage } = await three();
    expect(() => stage.deliver({ peer: "7002", message })).toThrow(InvariantViolation);
  });
});

describe("runUntil", () => {
  test("looks at once, at news, at least every 20 ms, and at the end", async () => {
    const { world, stage } = await three();
    const start = world.now;
    expect(await stage.runUntil(() => true, 1000)).toBe(true);
    expect(world.now).toBe(start);
    // It hangs on nothing but the time.
    expect(await stage.runUntil(() => world.now >= start + 500, 1000)).toBe(true);
    expect(world.now - start).toBeGreaterThanOrEqual(500);
    expect(world.now - start).toBeLessThan(620);
    const from = world.now;
    expect(await stage.runUntil(() => world.now >= from + 50, 50)).toBe(true);
    expect(await stage.runUntil(() => false, 50)).toBe(false);
    expect(world.now).toBe(from + 100);
    const looks: number[] = [];
    world.time.after(30.5, () => world.fault(7001, { kind: "jump", aheadMs: 1, by: "test" }));
    await stage.runUntil(() => looks.push(world.now) === 0, 40);
    expect(looks).toContain(from + 130.5);
  });
});

test("a script is played in a world that draws from the seed that it names", () => {
  const named: Script = [{ kind: "seed", seed: 42 }];
  expect([worldOf(named), worldOf([]), worldOf(named, { seed: 7 })].map(({ options }) => options.seed)).toEqual([
    42, 1, 7,
  ]);
});

test("a stage refuses nothing, and shows views as they are", async () => {
  const { world, stage } = await three();
  expect(stage.refuses()).toBeNull();
  const view = world.view(7001);
  expect(stage.picture(view)).toBe(view);
});
