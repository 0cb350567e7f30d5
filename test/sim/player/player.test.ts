import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SimulationPicture } from "../../../src/control/desk/simulation-desk.ts";
import { unwatched, type Watched, watched } from "./watching.ts";

const FIVE = "start 7001 found\nstart 7002..7005 join 7001\nexpect converged within 20s\n";

/** Faults of all kinds, lines that travel, and one that is kept for a peer that cannot be reached when it is said. */
const STORY = `${FIVE}
7002: drop 7003,7004 20%
7003: pause 7005
7002: skew 7001 1.5x
advance 2s
partition 7001 | 7002..7005
7002: heal 7003,7004
7003: resume 7005
7002: skew 7001 1x
advance 5s
heal
advance 5s
expect converged within 20s
7004: crash 7001 for 1s
advance 1500ms
crash leader
expect leader among all within 5s
recover all
advance 1s
`;

/** One more round of the loop of this process. */
const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const players: Watched["player"][] = [];

function watch(seed = 1): Watched {
  const begun = watched(seed);
  players.push(begun.player);
  return begun;
}

/** Five that are well, and time that stands still. */
async function five(): Promise<Watched> {
  const begun = watch();
  begun.player.setSpeed("max");
  expect(await begun.play(FIVE)).toEqual({ ok: true, text: "" });
  begun.player.halt();
  return begun;
}

function conditions({ player }: Watched): readonly SimulationPicture["peers"][number]["condition"][] {
  return player.simulation().peers.map(({ condition }) => condition);
}

afterEach(() => {
  for (const player of players.splice(0)) player.close();
});

describe("what happens is what would happen unwatched", () => {
  test.each([["max"], [100], [20]] as const)("at speed %s", async (speed) => {
    const alone = await unwatched(STORY);
    const seen = watch();
    seen.player.setSpeed(speed);
    const outcome = await seen.play(STORY);
    expect(outcome).toEqual(alone.outcome);
    expect(outcome.text).toMatch(/^7002: skew 7001 1x: .*7001 does not answer; it will hear of it\)$/);
    expect(seen.told.slice(0, alone.told.length)).toEqual(alone.told);
    expect(alone.told.length).toBeGreaterThan(500);
  });

  test("whatever is halted, stepped, sped up and looked at meanwhile", async () => {
    const alone = await unwatched(STORY, 7);
    const lines = fc.constantFrom(
      "halt",
      "go",
      "step",
      "next",
      "previous",
      "faster",
      "slower",
      "watch 7003",
      "speed 100x",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(lines, { minLength: 5, maxLength: 40 }), async (said) => {
        const seen = watch(7);
        const played = seen.play(STORY);
        for (const line of said) {
          await seen.player.run(line);
          seen.player.view();
          await aTurn();
        }
        await seen.player.run("speed max");
        await seen.player.run("go");
        expect(await played).toEqual(alone.outcome);
        expect(seen.told.slice(0, alone.told.length)).toEqual(alone.told);
        seen.player.close();
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);
});

describe("the pace", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"],
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** A lonely peer that is left to itself. */
  async function alone(): Promise<Watched> {
    const begun = watch();
    await begun.play("start 7001 found");
    return begun;
  }

  test.each([
    ["0.1x", 200],
    ["1x", 2000],
    ["5x", 10_000],
  ])("at %s two seconds of real time are %i ms", async (speed, passedMs) => {
    const { player, world } = await alone();
    await player.run(`speed ${speed}`);
    const before = world.now;
    await vi.advanceTimersByTimeAsync(2000);
    expect(world.now - before).toBeLessThanOrEqual(passedMs);
    expect(world.now - before).toBeGreaterThan(0.95 * passedMs);
  });

  test("time goes on smoothly, also where nothing is due", async () => {
    const { player, world } = await alone();
    await player.run("speed 0.1x");
    const seen = new Set<number>();
    for (let i = 0; i < 30; i++) {
      await vi.advanceTimersByTimeAsync(33);
      seen.add(world.now);
    }
    expect(seen.size).toBeGreaterThan(25);
  });

  test("halted, time stands still and no timer runs; going on, it does not catch up", async () => {
    const { player, world } = await alone();
    await vi.advanceTimersByTimeAsync(500);
    await player.run("halt");
    const halted = world.now;
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.now).toBe(halted);
    await player.run("go");
    await vi.advanceTimersByTimeAsync(100);
    expect(world.now - halted).toBeGreaterThan(50);
    expect(world.now - halted).toBeLessThanOrEqual(100);
  });

  test("between two statements of a script no time passes", async () => {
    const { player, world } = watch();
    let goOn = (): void => {};
    const played = player.play(async () => {
      await player.pass(() => false, 100);
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await player.pass(() => false, 100);
      return { ok: true, text: "" };
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect([world.now, vi.getTimerCount()]).toEqual([100, 0]);
    goOn();
    await vi.advanceTimersByTimeAsync(120);
    await played;
    expect(world.now).toBeGreaterThanOrEqual(200);
    // Whoever waited may catch up a little.
    expect(world.now).toBeLessThan(350);
  });

  test("a stretch that a script waits for ends with its condition, or with its time", async () => {
    const { player, world } = watch();
    const outcomes = await Promise.all([player.pass(() => world.now >= 50, 10), vi.advanceTimersByTimeAsync(100)]);
    expect(outcomes[0]).toBe(false);
    expect(world.now).toBe(10);
  });

  test("closed, time never passes again", async () => {
    const { player, world } = await alone();
    player.close();
    const closed = world.now;
    await player.run("go");
    expect(await player.run("step")).toMatchObject({ ok: false });
    await vi.advanceTimersByTimeAsync(1000);
    expect([world.now, vi.getTimerCount()]).toEqual([closed, 0]);
  });
});

describe("a step", () => {
  test("goes on to the next news of any peer, tells it, and halts", async () => {
    const { player, world } = await five();
    world.crash(7005);
    const before = world.now;
    const { text } = await player.run("step");
    expect(text).toMatch(/^\d+\.\d{3} s: 700[1-4] link-lost/);
    expect(player.simulation().isHalted).toBe(true);
    expect(world.now - before).toBeLessThan(10);
    expect(text.startsWith(`${(world.now / 1000).toFixed(3)} s: `)).toBe(true);
  });

  test("goes no farther than a second where nothing is new", async () => {
    const { player, world } = await five();
    while (!(await player.run("step")).text.endsWith("no news")) expect(world.now).toBeLessThan(60_000);
    const before = world.now;
    expect((await player.run("step")).text).toMatch(/: no news$/);
    expect(world.now - before).toBe(1000);
  });

  test("comes to an end at the next statement of the script too", async () => {
    const { player, play } = watch();
    player.setSpeed(0.1);
    const played = play("start 7001 found\nadvance 300ms\nadvance 400ms\nadvance 500ms");
    await player.somebodyThere();
    const lines: string[] = [];
    while (lines.at(-1)?.endsWith("advance 500ms") !== true) lines.push((await player.run("step")).text);
    expect(lines.at(-2) === undefined).toBe(false);
    expect(lines.some((line) => line.endsWith("> advance 400ms"))).toBe(true);
    player.setSpeed("max");
    player.go();
    await played;
  });

  test("while time goes on halts it at the next news; a halt ends the step", async () => {
    const { player, world } = await five();
    player.setSpeed(0.1);
    player.go();
    world.crash(7005);
    await player.run("step");
    expect(player.simulation().isHalted).toBe(true);
    const stepping = player.run("step");
    player.halt();
    expect((await stepping).ok).toBe(true);
  });
});

describe("who is watched", () => {
  test("is the first peer at first; then whom the lines say, round and round", async () => {
    const { player } = await five();
    const label = (): string | undefined => player.simulation().peers.find(({ isWatched }) => isWatched)?.label;
    expect(label()).toBe("7001");
    const seen: (string | undefined)[] = [];
    for (const line of ["next", "next", "previous", "previous", "previous", "next", "watch 7004"]) {
      expect((await player.run(line)).ok).toBe(true);
      seen.push(label());
      expect(player.view().self.address.endsWith(label() ?? "?")).toBe(true);
    }
    expect(seen).toEqual(["7002", "7003", "7002", "7001", "7005", "7001", "7004"]);
  });

  test("is told of alone, and what was news of a peer before it was watched is still known", async () => {
    const seen = await five();
    const { player, world } = seen;
    const kinds: string[] = [];
    player.subscribe(({ event }) => kinds.push(event.kind));
    world.crash(7005);
    await player.run("watch 7002");
    const before = kinds.length;
    await player.run("step");
    expect(kinds.slice(before)).toContain("link-lost");
    world.run(60_000);
    await player.run("watch 7003");
    const known = player.events();
    expect(known.filter(({ event }) => event.kind === "started")).toHaveLength(1);
    expect(new Set(known).size).toBe(known.length);
    expect(known.map(({ now }) => now)).toEqual(known.map(({ now }) => now).toSorted((a, b) => a - b));
  });

  test("can be a peer that nobody has heard of yet", async () => {
    const { player, world } = await five();
    world.start(7009, { seeds: [] });
    expect(await player.run("watch 7009")).toEqual({ ok: true, text: "watching 7009" });
    expect(await player.run("watch 7001")).toMatchObject({ ok: true });
    expect(await player.run("watch 7010")).toMatchObject({ ok: false });
    expect(await player.run("watch 00000000deadbeef")).toMatchObject({ ok: false });
  });

  test("there is nobody where a script starts none", async () => {
    const { player, play } = watch();
    const [isSomebody] = await Promise.all([player.somebodyThere(), play("say nobody")]);
    expect(isSomebody).toBe(false);
  });
});

describe("faults by the same lines", () => {
  test("act at the desk of the peer that is watched", async () => {
    const seen = await five();
    await seen.player.run("watch 7002");
    expect(await seen.player.run("cut 7003 both")).toEqual({ ok: true, text: "applied 1/1" });
    expect(seen.world.view(7002).faults).toHaveLength(1);
    await seen.player.run("undo");
    expect(seen.world.view(7002).faults).toHaveLength(0);
  });

  test("travel where time goes on, as from any peer to another", async () => {
    const seen = await five();
    const paused = seen.player.run("pause 7003");
    await aTurn();
    expect(conditions(seen)[2]).toBe("running");
    seen.player.go();
    expect((await paused).text).toBe("applied 1/1");
    expect(conditions(seen)[2]).toBe("paused");
  });

  test("a peer whose process is gone takes none, and shows what it showed last", async () => {
    const seen = await five();
    const { leaderAgeMs } = seen.world.view(7001).raft;
    seen.world.crash(7001);
    seen.world.run(5000);
    expect(conditions(seen)[0]).toBe("down");
    expect(seen.player.view()).toMatchObject({ condition: { kind: "crashed" }, raft: { leaderAgeMs } });
    for (const line of ["cut 7002", "crash 7002", "leave", "test", "undo"])
      expect(await seen.player.run(line)).toEqual({ ok: false, text: "7001 is down: recover 7001" });
  });

  test("recover starts whoever is down again, and recovers whoever is only made to be crashed", async () => {
    const seen = await five();
    await seen.player.run("watch 7002");
    seen.world.crash(7003);
    seen.player.go();
    await seen.player.run("crash 7004");
    expect(conditions(seen)).toEqual(["running", "running", "down", "crashed", "running"]);
    const { ok, text } = await seen.player.run("recover all");
    expect([ok, text]).toEqual([true, "started 7003 from disk; applied 1/1"]);
    expect(conditions(seen)[2]).toBe("running");
    expect(seen.world.view(7003).self.incarnation).toBeGreaterThan(1);
  });

  test("recover of the one that is watched needs nobody else", async () => {
    const seen = await five();
    seen.world.crash(7001);
    expect(await seen.player.run("recover 7001")).toEqual({ ok: true, text: "started 7001 from disk" });
    expect(await seen.player.run("recover 7001")).toMatchObject({
      ok: false,
      text: expect.stringContaining("is not crashed"),
    });
  });

  test("heal all ends what parts peers in the network too", async () => {
    const seen = await five();
    seen.world.partition([7001], [7002, 7003, 7004, 7005]);
    seen.player.go();
    const { text } = await seen.player.run("heal all");
    expect(text).toMatch(/^applied 5\/5.*as it was at first$/);
  });

  test("what only a screen shows is refused", async () => {
    const { player } = await five();
    for (const line of ["help", "table", "quit"]) expect(await player.run(line)).toMatchObject({ ok: false });
  });
});

describe("the script", () => {
  test("is told statement by statement, then what came of it, and the world goes on", async () => {
    const { player, play, world } = watch();
    player.setSpeed("max");
    await play(`${FIVE}say all is well`);
    expect(player.simulation()).toMatchObject({ outcome: "passed" });
    const ended = world.now;
    while (world.now < ended + 1000) await aTurn();
    const failing = watch();
    failing.player.setSpeed("max");
    await failing.play("start 7001 found\nexpect leader 7001 among all\n");
    expect(failing.player.simulation()).toMatchObject({
      outcome: "failed",
      line: expect.stringContaining("expect leader 7001"),
    });
  });

  test("fails where it throws", async () => {
    const { player } = watch();
    const outcome = await player.play(() => Promise.reject(new Error("no such thing")));
    expect(outcome).toEqual({ ok: false, text: "no such thing" });
    expect(player.simulation()).toMatchObject({ outcome: "failed", line: "no such thing" });
  });

  test("time ends where an invariant breaks, whether or not the script is still played", async () => {
    const { player, world } = await five();
    world.time.after(50, () => {
      throw new Error("two leaders in term 4");
    });
    player.go();
    while (player.simulation().outcome !== "failed") await aTurn();
    expect(player.simulation()).toMatchObject({ isHalted: true, line: "two leaders in term 4" });
    expect(await player.run("go")).toEqual({ ok: false, text: "time has ended: two leaders in term 4" });
    const broken = watch();
    broken.world.time.after(50, () => {
      throw new Error("a vote was given twice");
    });
    expect(await broken.play("start 7001 found\nadvance 1s")).toEqual({ ok: false, text: "a vote was given twice" });
  });
});

test("a board is looked at through the peer that is watched, and no more through the one that was", async () => {
  const { player, world } = await five();
  const said: string[] = [];
  for (const peer of world.peers)
    vi.spyOn(peer, "command").mockImplementation(({ protocol, command }) => {
      if (protocol === "broker" && command.kind === "watch")
        said.push(`${peer.port} ${command.job} ${command.window?.width ?? "none"}`);
    });
  player.watchBoard(7, { x: 0, y: 0, width: 32, height: 16, scale: 1 });
  await player.run("next");
  await player.run("next");
  player.watchBoard(7, { x: 0, y: 0, width: 64, height: 16, scale: 1 });
  player.watchBoard(7, null);
  await player.run("next");
  expect(said).toEqual(["7001 7 32", "7001 7 none", "7003 7 64", "7003 7 none"]);
});
