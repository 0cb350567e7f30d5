import { describe, expect, test } from "vitest";
import { World } from "../../../src/sim/world/world.ts";
import { agreedLeader, cluster, FIVE, falseVerdicts, isWhole, leaderOf, statusOf, THREE, without } from "../cluster.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe("finding each other", () => {
  test.each(SEEDS)("three peers that were told nothing become one cluster (seed %i)", (seed) => {
    const world = new World({ seed });
    for (const port of THREE) world.start(port, { scan: THREE });
    const took = world.runUntil(() => isWhole(world, THREE), 5000);
    expect(took).toBeLessThan(2000);
    expect(new Set(THREE.map((port) => world.view(port).self.clusterId)).size).toBe(1);
  });

  test.each(SEEDS)("three peers started seconds apart become one cluster (seed %i)", (seed) => {
    const world = new World({ seed });
    for (const port of THREE) {
      world.start(port, { scan: THREE });
      world.run(1500 + 100 * seed);
    }
    expect(world.runUntil(() => isWhole(world, THREE), 10_000)).toBeDefined();
  });

  test.each(SEEDS)("two that founded apart and one that finds both become one cluster (seed %i)", (seed) => {
    const world = new World({ seed });
    // Those two do not hear each other until both have founded; the third hears both at once.
    world.partition([7001], [7002]);
    world.start(7001, { scan: THREE });
    world.start(7002, { scan: THREE });
    world.run(400 + 60 * seed);
    world.start(7003, { scan: THREE });
    world.run(150);
    world.heal();
    expect(world.runUntil(() => isWhole(world, THREE), 15_000)).toBeDefined();
  });

  test("ten peers that join one at the same time all see all within 1.5 s", () => {
    const ports = Array.from({ length: 10 }, (_, i) => 7001 + i);
    const world = new World({ seed: 5 });
    world.start(7001, { found: true });
    for (const port of ports.slice(1)) world.start(port, { seeds: [7001] });
    const allSeeAll = (): boolean => ports.every((port) => world.view(port).peers.length === 9);
    expect(world.runUntil(allSeeAll, 5000)).toBeLessThan(1500);
  });

  test("a peer whose seed does not answer keeps trying and joins when it does", () => {
    const world = new World();
    world.start(7002, { seeds: [7001] });
    world.run(20_000);
    expect(world.events.some(({ event }) => event.kind === "join-unanswered")).toBe(true);
    world.start(7001, { found: true });
    expect(
      world.runUntil(() => world.view(7002).self.clusterId === world.view(7001).self.clusterId, 10_000),
    ).toBeDefined();
  });

  test.each(SEEDS)("a peer 300 ms away joins, over a line that loses a third (seed %i)", (seed) => {
    const world = cluster(THREE, { seed });
    world.start(7004, { seeds: [7002] });
    for (const port of THREE) {
      world.link(port, 7004, { latencyMs: 150, lossPercent: 33 });
      world.link(7004, port, { latencyMs: 150, lossPercent: 33 });
    }
    const isIn = (): boolean => world.view(7004).self.clusterId === world.view(7001).self.clusterId;
    expect(world.runUntil(isIn, 60_000)).toBeDefined();
  });

  test("gossip spreads the IDs of peers that were never named to each other", () => {
    const world = cluster(FIVE);
    world.run(10_000);
    for (const port of FIVE)
      expect(
        world
          .view(port)
          .gossip.ids.map(({ address }) => address)
          .sort(),
      ).toEqual(without(FIVE, port).map((other) => `127.0.0.1:${other}`));
  });
});

describe("losing a peer", () => {
  test.each(SEEDS)("a killed leader is replaced within 100 ms, known to all (seed %i)", (seed) => {
    const world = cluster(FIVE, { seed });
    world.run(2000 + 37 * seed);
    const old = leaderOf(world, FIVE);
    world.crash(old);
    const rest = without(FIVE, old);
    expect(world.runUntil(() => agreedLeader(world, rest) !== undefined, 5000)).toBeLessThan(100);
  });

  test("a leader that stands still is replaced within 700 ms nine times in ten, a split vote costs a second at most, and nobody else is doubted", () => {
    const took = Array.from({ length: 40 }, (_, i) => {
      const world = cluster(FIVE, { seed: i + 1 });
      world.run(2000 + 37 * i);
      const old = leaderOf(world, FIVE);
      world.fault(old, { kind: "pause", by: "test", forMs: null });
      const rest = without(FIVE, old);
      const ms = world.runUntil(() => agreedLeader(world, rest) !== undefined, 5000) ?? Number.POSITIVE_INFINITY;
      world.run(10_000);
      expect(falseVerdicts(world, rest)).toEqual([]);
      return ms;
    });
    const sorted = took.toSorted((a, b) => a - b);
    expect(sorted[35]).toBeLessThan(700);
    expect(sorted[39]).toBeLessThan(1000);
  }, 30_000);

  test("a killed follower is doubted by all within 1 s and unhealthy within 4 s", () => {
    const world = cluster(FIVE);
    world.run(2000);
    const victim = without(FIVE, leaderOf(world, FIVE))[2] ?? 0;
    const rest = without(FIVE, victim);
    world.crash(victim);
    const doubted = (): boolean => rest.every((port) => statusOf(world, port, victim) !== "healthy");
    expect(world.runUntil(doubted, 5000)).toBeLessThan(1000);
    expect(
      world.runUntil(() => rest.every((port) => statusOf(world, port, victim) === "unhealthy"), 5000),
    ).toBeLessThan(3000);
  });

  test("a follower that stood still refutes the doubt when it goes on, with a higher incarnation", () => {
    const world = cluster(FIVE);
    world.run(2000);
    const victim = without(FIVE, leaderOf(world, FIVE))[0] ?? 0;
    const rest = without(FIVE, victim);
    const incarnation = world.view(victim).self.incarnation;
    world.fault(victim, { kind: "pause", by: "test", forMs: null });
    expect(
      world.runUntil(() => rest.every((port) => statusOf(world, port, victim) === "unhealthy"), 6000),
    ).toBeLessThan(4000);
    world.run(20_000);
    world.fault(victim, { kind: "resume", by: "test" });
    expect(world.runUntil(() => isWhole(world, FIVE), 5000)).toBeLessThan(3000);
    expect(world.view(victim).self.incarnation).toBeGreaterThan(incarnation);
    expect(falseVerdicts(world, rest)).toEqual([]);
  });

  test("a peer that leaves is seen to have left by all, not to have failed, and no longer votes", () => {
    const world = cluster(FIVE);
    world.run(2000);
    const leaver = leaderOf(world, FIVE);
    const rest = without(FIVE, leaver);
    world.peer(leaver).command({ protocol: "raft", command: { kind: "leave" } });
    expect(world.runUntil(() => world.events.some(({ event }) => event.kind === "left"), 3000)).toBeLessThan(1000);
    world.crash(leaver);
    expect(world.runUntil(() => rest.every((port) => statusOf(world, port, leaver) === "left"), 3000)).toBeDefined();
    expect(agreedLeader(world, rest)).toBeDefined();
    const id = world.peer(leaver).id;
    expect(world.runUntil(() => rest.every((port) => !world.view(port).raft.voters.includes(id)), 5000)).toBeDefined();
    expect(falseVerdicts(world, FIVE)).toEqual([]);
  });
});

describe("coming back", () => {
  test("a killed peer rejoins from its disk, told of nobody, with a higher incarnation and a later Lamport time", () => {
    const world = cluster(FIVE);
    world.run(5000);
    const victim = leaderOf(world, FIVE);
    const before = world.view(victim);
    world.crash(victim);
    world.run(8000);
    world.restart(victim);
    expect(world.runUntil(() => isWhole(world, FIVE), 5000)).toBeDefined();
    const after = world.view(victim);
    expect(after.self.incarnation).toBeGreaterThan(before.self.incarnation);
    expect(after.lamport).toBeGreaterThan(before.lamport);
    expect(after.self.clusterId).toBe(before.self.clusterId);
  });

  test("a peer that crashed before anybody answered it is told again of whom it should join", () => {
    const world = cluster(THREE);
    world.start(7004, { seeds: [7002] });
    world.run(0);
    world.crash(7004);
    world.run(1000);
    world.restart(7004);
    expect(world.runUntil(() => isWhole(world, [...THREE, 7004]), 5000)).toBeDefined();
  });

  test("a peer that comes back alone has no leader and says whom it misses", () => {
    const world = cluster(THREE);
    world.run(2000);
    for (const port of THREE) world.crash(port);
    world.run(1000);
    world.restart(7002);
    world.run(10_000);
    const { raft } = world.view(7002);
    expect(raft.leader).toBeNull();
    expect(raft.quorum).toMatchObject({ needed: 2, up: 1 });
    expect([...raft.quorum.missing].sort()).toEqual([world.peer(7001).id, world.peer(7003).id]);
  });

  test("all come back from their disks, told of nobody, and elect a leader of a later term", () => {
    const world = cluster(THREE);
    world.run(2000);
    const term = world.view(7001).raft.currentTerm;
    for (const port of THREE) world.crash(port);
    world.run(1000);
    for (const port of THREE) world.restart(port);
    expect(world.runUntil(() => isWhole(world, THREE), 10_000)).toBeDefined();
    expect(world.view(7001).raft.currentTerm).toBeGreaterThan(term);
  });
});

describe("partitions and loss", () => {
  test("a leader cut off with a minority steps down, the majority elects another, and heal re-merges all", () => {
    const world = cluster(FIVE);
    world.run(2000);
    const old = leaderOf(world, FIVE);
    const minority = [old, without(FIVE, old)[0] ?? 0];
    const majority = FIVE.filter((port) => !minority.includes(port));
    world.partition(minority, majority);
    expect(world.runUntil(() => agreedLeader(world, majority) !== undefined, 5000)).toBeLessThan(1500);
    expect(world.runUntil(() => minority.every((port) => world.view(port).raft.role !== "leader"), 3000)).toBeDefined();
    world.run(20_000);
    world.heal();
    expect(world.runUntil(() => isWhole(world, FIVE), 10_000)).toBeLessThan(3000);
  });

  test("a peer that only hears nothing, or only is not heard, does not depose the leader", () => {
    for (const direction of ["in", "out"] as const) {
      const world = cluster(FIVE);
      world.run(2000);
      const leader = leaderOf(world, FIVE);
      const odd = without(FIVE, leader)[1] ?? 0;
      const rest = without(FIVE, odd);
      for (const other of rest) direction === "in" ? world.cut(other, odd) : world.cut(odd, other);
      const { currentTerm } = world.view(leader).raft;
      world.run(10_000);
      expect(agreedLeader(world, rest)).toBe(leader);
      world.heal();
      expect(world.runUntil(() => isWhole(world, FIVE), 10_000)).toBeDefined();
      expect(world.view(leader).raft.currentTerm).toBe(currentTerm);
    }
  });

  test("30 % loss of health packets for three minutes makes nobody unhealthy and deposes nobody", () => {
    const world = cluster(FIVE, { seed: 9, network: { lossPercent: 30 } });
    const term = world.view(7001).raft.currentTerm;
    world.run(180_000);
    expect(falseVerdicts(world, FIVE)).toEqual([]);
    expect(world.view(7001).raft.currentTerm).toBe(term);
  }, 60_000);
});

/** A newcomer that has just asked the founder, ten ms away, for its table; and what it is answered after how many ms. */
function askingForTable() {
  const world = new World({ network: { latencyMs: 10 } });
  const answers: [string, number][] = [];
  world.start(7001, { found: true });
  world.run(1000);
  world.start(7002, { seeds: [7001] });
  const isAsked = (): boolean => world.events.some(({ event }) => event.kind === "table-wanted");
  if (world.runUntil(isAsked, 5000) === undefined) throw new Error("nobody asks for a table");
  const asked = world.now;
  world.observers.push({
    stepped: (peer, input) => {
      if (peer.port !== 7002 || input.kind !== "command" || input.content.protocol !== "discovery") return;
      const { kind } = input.content.command;
      if (kind.startsWith("table-")) answers.push([kind, world.now - asked]);
    },
  });
  return { world, answers };
}

describe("a network table", () => {
  test("comes after two round trips", () => {
    const { world, answers } = askingForTable();
    world.run(5000);
    expect(answers).toEqual([["table-fetched", 40]]);
  });

  test("of a process that is gone is refused as soon", () => {
    const { world, answers } = askingForTable();
    world.crash(7001);
    world.run(5000);
    expect(answers).toEqual([["table-failed", 40]]);
  });

  test.each(["there", "back"])("behind a cut, %s, is given up after two seconds", (direction) => {
    const { world, answers } = askingForTable();
    if (direction === "there") world.cut(7002, 7001);
    else world.cut(7001, 7002);
    world.run(5000);
    expect(answers).toEqual([["table-failed", 2000]]);
  });

  test("reaches no other process than the one that has asked for it", () => {
    const { world, answers } = askingForTable();
    world.crash(7002);
    world.restart(7002);
    // What the new process asks for itself comes later.
    world.run(41);
    expect(answers).toEqual([]);
  });
});

test("a process that has ended and was started again in the instant of its leave is not ended once more", () => {
  const world = cluster(THREE);
  world.run(1000);
  let isDue = true;
  world.subscribe(({ port, event }) => {
    if (!isDue || event.kind !== "left") return;
    isDue = false;
    world.crash(port);
    world.restart(port);
  });
  world.peer(7002).command({ protocol: "raft", command: { kind: "leave" } });
  world.run(5000);
  expect([isDue, world.peer(7002).isUp]).toEqual([false, true]);
});

describe("a seed decides all", () => {
  test("the same seed gives the same events twice, another seed others", () => {
    const story = (seed: number): string => {
      const world = cluster(FIVE, { seed, network: { lossPercent: 10 } });
      world.run(5000);
      world.crash(leaderOf(world, FIVE));
      world.run(5000);
      return JSON.stringify(world.events);
    };
    expect(story(1)).toBe(story(1));
    expect(story(1)).not.toBe(story(2));
  });
});
