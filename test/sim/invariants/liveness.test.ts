import { describe, expect, test, vi } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { chooseCore, demandLiveness } from "../../../src/sim/invariants/liveness.ts";
import { World } from "../../../src/sim/world.ts";
import { cluster, FIVE, leaderOf, without } from "../cluster.ts";
import { healAll, partition } from "../fault-lines.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

const MAJORITY = FIVE.slice(0, 3);

describe("demanding liveness", () => {
  test("of a cluster that is well takes no round", () => {
    const world = cluster(FIVE);
    world.run(2000);
    expect(demandLiveness(world, FIVE, 0)).toEqual({ rounds: 0 });
  });

  test("of a majority that was apart takes rounds, and fails where they are too few", () => {
    const apart = (): World => {
      const world = cluster(FIVE);
      world.run(2000);
      partition(world, ...FIVE.map((port) => [port]));
      world.run(10_000);
      healAll(world, FIVE);
      return world;
    };
    const result = demandLiveness(apart(), FIVE, 10);
    expect(result).toEqual({ rounds: expect.any(Number) });
    expect("rounds" in result && result.rounds).toBeGreaterThan(0);
    expect(demandLiveness(apart(), FIVE, 0)).toEqual({
      failed: expect.stringMatching(/^peers? .* \(rounds waited: 0\)$/),
    });
  });

  test("of a core fails while one of it is down, paused or crashed", () => {
    const world = cluster(FIVE);
    for (const kind of ["pause", "crash"] as const) {
      world.fault(7004, { kind, by: "test", forMs: 1000 });
      expect(demandLiveness(world, FIVE, 0)).toEqual({ failed: "peer 7004 does not run (rounds waited: 0)" });
      world.run(3000);
    }
    world.crash(7002);
    expect(demandLiveness(world, FIVE, 1)).toEqual({ failed: "peer 7002 does not run (rounds waited: 1)" });
  });

  test("of fewer than a quorum fails for want of a leader", () => {
    const world = cluster(FIVE);
    for (const port of MAJORITY) world.crash(port);
    expect(demandLiveness(world, [7004, 7005], 20)).toEqual({
      failed: "peers 7004, 7005 follow nobody (rounds waited: 20)",
    });
  });

  test("of peers apart fails, and says who is apart from whom", () => {
    const world = cluster(FIVE);
    world.run(2000);
    const [one = 0, other = 0] = without(FIVE, leaderOf(world, FIVE));
    partition(world, [one], [other]);
    world.run(60_000);
    const result = demandLiveness(world, FIVE, 1);
    const [low, high] = [one, other].sort((a, b) => a - b);
    expect(result).toEqual({ failed: `peer ${low} has no link to peer ${high} (rounds waited: 1)` });
  });

  test("of a core asks nothing of the others", () => {
    const world = cluster(FIVE);
    world.run(2000);
    partition(world, MAJORITY, [7004], [7005]);
    world.run(10_000);
    expect(demandLiveness(world, MAJORITY, 5)).toEqual({ rounds: 0 });
  });

  test("takes a false death afterwards for a failure, in the quiet rounds alone", () => {
    const play = (quietRounds: number) => {
      const world = cluster(FIVE);
      world.run(2000);
      world.time.after(3000, () => world.fault(7003, { kind: "pause", by: "test", forMs: 20_000 }));
      return demandLiveness(world, FIVE, 0, quietRounds);
    };
    expect(play(10)).toEqual({ failed: expect.stringMatching(/^peer 700\d takes peer 7003 for dead at \d+/) });
    expect(play(3)).toEqual({ rounds: 0 });
  });
});

describe("choosing a core", () => {
  test.each(SEEDS)("takes a majority of the voters, perhaps more, whoever is down (seed %i)", (seed) => {
    const world = cluster(FIVE, { seed });
    world.run(2000);
    for (const port of [7002, 7003, 7005]) world.crash(port);
    const core = chooseCore(world, seededRandom(seed));
    expect(core.length).toBeGreaterThanOrEqual(3);
    expect(core).toEqual([...new Set(core)].sort((a, b) => a - b));
    for (const port of core) expect(FIVE).toContain(port);
  });

  test("comes to many a core", () => {
    const world = cluster(FIVE);
    const cores = SEEDS.map((seed) => chooseCore(world, seededRandom(seed)).join());
    expect(new Set(cores).size).toBeGreaterThan(8);
    expect(cores).toContain(FIVE.join());
  });

  test("counts the configurations of those that missed the latest one", () => {
    const world = cluster(MAJORITY);
    world.run(2000);
    world.crash(7003);
    world.start(7004, { seeds: [7001] });
    world.start(7005, { seeds: [7001] });
    const grown = (): boolean => world.view(7001).raft.voters.length === 5;
    expect(world.runUntil(grown, 60_000)).toBeDefined();
    for (const seed of SEEDS) {
      const core = chooseCore(world, seededRandom(seed));
      const ofThree = core.filter((port) => MAJORITY.includes(port));
      expect([ofThree.length >= 2, core.length >= 3]).toEqual([true, true]);
    }
  });

  test("leaves out who has left, and whose disk is corrupt", () => {
    const world = cluster(FIVE);
    world.run(2000);
    const [leaver = 0, broken = 0] = without(FIVE, leaderOf(world, FIVE));
    world.peer(leaver).command({ protocol: "raft", command: { kind: "leave" } });
    world.run(1000);
    world.crash(broken);
    vi.spyOn(world.peer(broken).disk, "open").mockReturnValue({ kind: "corrupt", reason: "a bit flipped" });
    for (const seed of SEEDS) {
      const core = chooseCore(world, seededRandom(seed));
      expect([core.includes(leaver), core.includes(broken)]).toEqual([false, false]);
    }
  });

  test("takes all where too many disks are corrupt", () => {
    const world = cluster(FIVE);
    for (const port of MAJORITY) {
      world.crash(port);
      vi.spyOn(world.peer(port).disk, "open").mockReturnValue({ kind: "corrupt", reason: "a bit flipped" });
    }
    expect(chooseCore(world, seededRandom(1))).toEqual(FIVE);
  });

  test("of a world without any configuration takes anybody", () => {
    const world = new World();
    for (const port of MAJORITY) world.start(port, { seeds: [7009] });
    expect(chooseCore(world, seededRandom(1)).length).toBeGreaterThan(0);
  });
});
