import { describe, expect, test } from "vitest";
import type { LinkFault } from "../../../src/faults/fault.ts";
import type { PeerView } from "../../../src/peer/peer-view.ts";
import { agreedLeader, FIVE, falseVerdicts, isConverged, isWhole, leaderOf, statusOf, without } from "../cluster.ts";
import { healAll, partition, setFault } from "../fault-lines.ts";
import {
  aFollower,
  everywhere,
  expectConverged,
  expectOneLeaderATerm,
  five,
  LONG,
  outcome,
  shareLed,
  since,
  termOf,
} from "../five.ts";

const CUT: LinkFault = { kind: "cut", reset: false };

describe("cut", () => {
  test.each(["in", "out", "both"] as const)(
    "a leader cut %s steps down and is replaced; healed, all follow one",
    (direction) => {
      const world = five();
      const old = leaderOf(world, FIVE);
      const rest = without(FIVE, old);
      setFault(world, old, CUT, { direction });
      expect(world.runUntil(() => agreedLeader(world, rest) !== undefined, 10_000)).toBeLessThan(2500);
      expect(world.runUntil(() => world.view(old).raft.role !== "leader", 10_000)).toBeDefined();
      world.run(10_000);
      expect(agreedLeader(world, rest)).toBeDefined();
      for (const port of rest) {
        for (const other of without(rest, port)) expect(statusOf(world, port, other)).toBe("healthy");
      }
      healAll(world, FIVE);
      expectConverged(world);
      expectOneLeaderATerm(world);
    },
  );

  test("cut with reset is noticed at once: a leader is replaced within 100 ms", () => {
    const world = five();
    const old = leaderOf(world, FIVE);
    setFault(world, old, { kind: "cut", reset: true });
    expect(world.runUntil(() => agreedLeader(world, without(FIVE, old)) !== undefined, 5000)).toBeLessThan(100);
    healAll(world, FIVE);
    expectConverged(world);
  });

  test("a cut for five seconds ends by itself, and the cluster is whole again", () => {
    const world = five();
    const victim = aFollower(world);
    const from = world.now;
    setFault(world, victim, CUT, { forMs: 5000 });
    world.run(4999);
    expect(isWhole(world, FIVE)).toBe(false);
    world.run(1);
    expect(world.view(victim).faults).toEqual([]);
    expect(since(world, from + 5000, "fault-ended")).toHaveLength(1);
    expectConverged(world);
  });

  test("a follower between which and one other nothing passes is held healthy by all: others see it for them", () => {
    const world = five();
    const victim = aFollower(world);
    setFault(world, victim, CUT, { on: [without(FIVE, victim)[3] ?? 0] });
    world.run(60_000);
    expect(falseVerdicts(world, FIVE)).toEqual([]);
    expect(agreedLeader(world, FIVE)).toBeDefined();
  });
});

describe("partition and isolation", () => {
  test.each([1, 2, 3])(
    "a leader with a minority steps down, the majority goes on, heal re-merges all (seed %i)",
    (seed) => {
      const world = five(seed);
      const old = leaderOf(world, FIVE);
      const minority = [old, without(FIVE, old)[0] ?? 0];
      const majority = FIVE.filter((port) => !minority.includes(port));
      const term = termOf(world);
      partition(world, minority, majority);
      expect(world.runUntil(() => agreedLeader(world, majority) !== undefined, 5000)).toBeLessThan(1500);
      const leaderless = (): boolean => minority.every((port) => world.view(port).raft.role !== "leader");
      expect(world.runUntil(leaderless, 5000)).toBeLessThan(2500);
      world.run(20_000);
      expect(world.view(old).raft.currentTerm).toBe(term);
      expect(world.view(old).raft.leader).toBeNull();
      healAll(world, FIVE);
      expectConverged(world);
      expectOneLeaderATerm(world);
    },
  );

  test("three ways apart nobody leads; healed, somebody does", () => {
    const world = five();
    partition(world, [7001, 7002], [7003, 7004], [7005]);
    world.run(10_000);
    expect(FIVE.filter((port) => world.view(port).raft.role === "leader")).toEqual([]);
    healAll(world, FIVE);
    expectConverged(world);
  });

  test("an isolated follower is unhealthy to all and has no leader; healed, the same leader leads in the same term", () => {
    const world = five();
    const victim = aFollower(world);
    const leader = leaderOf(world, FIVE);
    const term = termOf(world);
    setFault(world, victim, CUT);
    world.run(10_000);
    for (const port of without(FIVE, victim)) expect(statusOf(world, port, victim)).toBe("unhealthy");
    expect(world.view(victim).raft.leader).toBeNull();
    healAll(world, [victim]);
    expectConverged(world);
    expect([leaderOf(world, FIVE), termOf(world)]).toEqual([leader, term]);
  });

  test.each([10_000, 600_000])(
    "a partition of %i ms is over within 3 s of the heal",
    (durationMs) => {
      const world = five(7);
      partition(world, [7001, 7002], [7003, 7004, 7005]);
      world.run(durationMs);
      healAll(world, FIVE);
      expectConverged(world);
    },
    LONG,
  );
});

describe("loss, damage and disorder", () => {
  test(
    "drop: of 30 % of all packets and messages, each way, for five minutes nobody is called unhealthy, and a majority is led for 97 % of the time",
    () => {
      const world = five(3);
      const from = world.now;
      everywhere(world, { kind: "drop", percent: 30 });
      expect(shareLed(world, 300_000)).toBeGreaterThan(0.97);
      expect(falseVerdicts(world, FIVE)).toEqual([]);
      expect(since(world, from, "link-lost").length).toBeGreaterThan(0);
      const lost = FIVE.map((port) => world.view(port).counters["messages.lost-in-links"] ?? 0);
      expect(Math.min(...lost)).toBeGreaterThan(500);
      expectOneLeaderATerm(world);
      healAll(world, FIVE);
      expectConverged(world);
    },
    LONG,
  );

  test.each([
    { kind: "duplicate", percent: 50 },
    { kind: "reorder", percent: 50 },
  ] as const)(
    "$kind: $percent % of everything for a minute changes nothing that anybody sees",
    (fault) => {
      const world = five();
      const before = outcome(world);
      everywhere(world, fault, "both");
      world.run(60_000);
      const counter = fault.kind === "duplicate" ? "duplicated" : "reordered";
      for (const port of FIVE) expect(world.view(port).faults[0]?.counters[counter]).toBeGreaterThan(50);
      expect(outcome(world)).toEqual(before);
      healAll(world, FIVE);
      expect(isConverged(world, FIVE)).toBe(true);
    },
    LONG,
  );

  test(
    "corrupt: of 5 % of everything links close for their checksum and are redialled, and the cluster stays whole",
    () => {
      const world = five();
      const from = world.now;
      everywhere(world, { kind: "corrupt", percent: 5 });
      expect(shareLed(world, 60_000)).toBeGreaterThan(0.97);
      const lost = world.events.filter(
        ({ at, event }) => at >= from && event.kind === "link-lost" && event.reason === "bad checksum",
      );
      expect(lost.length).toBeGreaterThan(100);
      expect(since(world, from, "link-established").length).toBeGreaterThanOrEqual(lost.length);
      expect(falseVerdicts(world, FIVE)).toEqual([]);
      expectOneLeaderATerm(world);
      healAll(world, FIVE);
      expectConverged(world);
    },
    LONG,
  );
});

describe("latency and bandwidth", () => {
  test("100 ms, 50 more or less, each way: the leader stays, and the round trips show it", () => {
    const world = five();
    const [leader, term] = [leaderOf(world, FIVE), termOf(world)];
    everywhere(world, { kind: "latency", delayMs: 100, jitterMs: 50 });
    world.run(60_000);
    expect([leaderOf(world, FIVE), termOf(world)]).toEqual([leader, term]);
    expect(falseVerdicts(world, FIVE)).toEqual([]);
    const { peers } = world.view(leader);
    for (const { rtt } of peers) expect(rtt?.medianMs).toBeGreaterThan(150);
    healAll(world, FIVE);
    expectConverged(world);
  });

  test("600 ms each way: a vote takes longer than an election may, so nobody leads for long (section 5.6), nor two in a term", () => {
    const world = five();
    everywhere(world, { kind: "latency", delayMs: 600, jitterMs: 0 });
    world.run(2000);
    expect(shareLed(world, 60_000)).toBeLessThan(0.2);
    expectOneLeaderATerm(world);
    healAll(world, FIVE);
    expectConverged(world);
  });

  test("2 KB/s to each other peer is enough: the leader stays and nobody is doubted", () => {
    const world = five();
    const [leader, term, from] = [leaderOf(world, FIVE), termOf(world), world.now];
    for (const port of FIVE) {
      for (const other of without(FIVE, port))
        setFault(world, port, { kind: "bandwidth", bytesPerSecond: 2000 }, { on: [other], direction: "out" });
    }
    world.run(30_000);
    expect([leaderOf(world, FIVE), termOf(world)]).toEqual([leader, term]);
    expect(since(world, from, "member-at-risk")).toEqual([]);
  });

  test("2 KB/s for a leader to all together is too little: what overflows is lost, safety is not, and heal ends it", () => {
    const world = five();
    everywhere(world, { kind: "bandwidth", bytesPerSecond: 2000 });
    world.run(30_000);
    const { delayed, dropped } = sum(FIVE.map((port) => world.view(port)));
    expect(delayed).toBeGreaterThan(1000);
    expect(dropped).toBeGreaterThan(0);
    expectOneLeaderATerm(world);
    healAll(world, FIVE);
    expectConverged(world);
  });

  function sum(views: readonly PeerView[]): { delayed: number; dropped: number } {
    const counters = views.flatMap(({ faults }) => faults.map((fault) => fault.counters));
    return {
      delayed: counters.reduce((total, { delayed }) => total + delayed, 0),
      dropped: counters.reduce((total, { dropped }) => total + dropped, 0),
    };
  }
});
