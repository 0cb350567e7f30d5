import { describe, expect, test } from "vitest";
import { parsePeerId } from "../../../src/core/peer-id.ts";
import type { LinkFault } from "../../../src/faults/fault.ts";
import type { World } from "../../../src/sim/world/world.ts";
import { chaos } from "../chaos.ts";
import {
  agreedLeader,
  cluster,
  FIVE,
  falseVerdicts,
  isConverged,
  leaderOf,
  statusOf,
  THREE,
  without,
} from "../cluster.ts";
import { healAll } from "../fault-lines.ts";
import { aFollower, expectConverged, expectOneLeaderATerm, five, LONG, since, termOf } from "../five.ts";

const CUT: LinkFault = { kind: "cut", reset: false };
const by = "test";

describe("clocks", () => {
  test.each([0.5, 2])("a follower or a leader whose clock runs %d times as fast deposes nobody", (rate) => {
    for (const whose of [aFollower, (world: World) => leaderOf(world, FIVE)]) {
      const world = five();
      const [leader, term] = [leaderOf(world, FIVE), termOf(world)];
      world.fault(whose(world), { kind: "skew", rate, by });
      world.run(60_000);
      expect([leaderOf(world, FIVE), termOf(world)]).toEqual([leader, term]);
      expect(falseVerdicts(world, FIVE)).toEqual([]);
    }
  });

  test("a follower whose clock jumps 10 s ahead misses its leader, asks, is refused, and follows on in the same term", () => {
    const world = five();
    const [leader, term, from] = [leaderOf(world, FIVE), termOf(world), world.now];
    const victim = aFollower(world);
    world.fault(victim, { kind: "jump", aheadMs: 10_000, by });
    world.run(5000);
    expect(since(world, from, "leader-lost").map(({ port }) => port)).toEqual([victim]);
    expect([leaderOf(world, FIVE), termOf(world)]).toEqual([leader, term]);
    expect(isConverged(world, FIVE)).toBe(true);
  });

  test("a leader whose clock jumps 10 s ahead has not heard its quorum for so long and steps down; there is a leader again within 1.5 s", () => {
    const world = five();
    const [leader, term] = [leaderOf(world, FIVE), termOf(world)];
    world.fault(leader, { kind: "jump", aheadMs: 10_000, by });
    expect(world.runUntil(() => world.view(leader).raft.role !== "leader", 1000)).toBeDefined();
    expect(world.runUntil(() => agreedLeader(world, FIVE) !== undefined, 5000)).toBeLessThan(1500);
    expect(termOf(world)).toBeGreaterThan(term);
    expect(falseVerdicts(world, FIVE)).toEqual([]);
  });

  test("at a pace of 10 everywhere an election takes about ten times as long", () => {
    const took = (factor: number): number => {
      let total = 0;
      for (const seed of [1, 2, 3, 4, 5]) {
        const world = five(seed);
        for (const port of FIVE) world.fault(port, { kind: "pace", factor, by });
        const old = leaderOf(world, FIVE);
        world.fault(old, { kind: "pause", by, forMs: null });
        total += world.runUntil(() => agreedLeader(world, without(FIVE, old)) !== undefined, 60_000) ?? Number.NaN;
      }
      return total;
    };
    const ratio = took(10) / took(1);
    expect(ratio).toBeGreaterThan(8);
    expect(ratio).toBeLessThan(12);
  });

  test("a pace of 10 everywhere and back makes nobody doubt anybody", () => {
    const world = five();
    const [term, from] = [termOf(world), world.now];
    for (const factor of [10, 1]) {
      for (const port of FIVE) world.fault(port, { kind: "pace", factor, by });
      world.run(30_000);
    }
    expect(since(world, from, "member-at-risk")).toEqual([]);
    expect([isConverged(world, FIVE), termOf(world)]).toEqual([true, term]);
  });
});

describe("pause and resume", () => {
  test("a paused leader is replaced within 700 ms; running again it follows, and doubts nobody", () => {
    const world = five();
    const old = leaderOf(world, FIVE);
    const rest = without(FIVE, old);
    world.fault(old, { kind: "pause", by, forMs: 8000 });
    expect(world.runUntil(() => agreedLeader(world, rest) !== undefined, 5000)).toBeLessThan(700);
    world.runUntil(() => world.view(old).condition.kind === "running", 10_000);
    expectConverged(world);
    expect(leaderOf(world, FIVE)).not.toBe(old);
    expect(falseVerdicts(world, rest)).toEqual([]);
    expectOneLeaderATerm(world);
  });

  test("a paused follower changes nothing but what is thought of it, which ends when it runs again", () => {
    const world = five();
    const victim = aFollower(world);
    const [leader, term] = [leaderOf(world, FIVE), termOf(world)];
    world.fault(victim, { kind: "pause", by, forMs: null });
    world.run(10_000);
    for (const port of without(FIVE, victim)) expect(statusOf(world, port, victim)).toBe("unhealthy");
    world.fault(victim, { kind: "resume", by });
    expectConverged(world);
    expect([leaderOf(world, FIVE), termOf(world)]).toEqual([leader, term]);
    expect(falseVerdicts(world, without(FIVE, victim))).toEqual([]);
  });
});

describe("crash and recover", () => {
  test("a crashed leader is replaced within 100 ms, and comes back with a higher incarnation and a later Lamport time", () => {
    const world = five();
    const old = leaderOf(world, FIVE);
    const before = world.view(old);
    world.fault(old, { kind: "crash", by, forMs: 5000 });
    expect(world.runUntil(() => agreedLeader(world, without(FIVE, old)) !== undefined, 5000)).toBeLessThan(100);
    world.runUntil(() => world.view(old).condition.kind === "running", 10_000);
    expectConverged(world);
    const after = world.view(old);
    expect(after.self.incarnation).toBeGreaterThan(before.self.incarnation);
    expect(after.lamport).toBeGreaterThan(before.lamport);
    expect(after.self.clusterId).toBe(before.self.clusterId);
    expectOneLeaderATerm(world);
  });

  test("what a leader had not saved may be lost, as the disk has it; what was committed is not", () => {
    const lost = Array.from({ length: 12 }, (_, seed) => {
      const world = cluster(THREE, { seed, diskMs: [40, 40] });
      world.run(2000);
      const leader = leaderOf(world, THREE);
      const committed = world.view(leader).raft.commitIndex;
      world.start(7004, { seeds: [leader] });
      const grown = (): boolean => world.view(leader).raft.lastLogIndex > committed;
      expect(world.runUntil(grown, 5000)).toBeDefined();
      const unsaved = world.view(leader).raft.lastLogIndex;
      world.fault(leader, { kind: "crash", by, forMs: null });
      world.fault(leader, { kind: "recover" });
      expect(world.runUntil(() => world.view(leader).condition.kind === "running", 1000)).toBeLessThan(100);
      const kept = world.view(leader).raft.lastLogIndex;
      expect(kept).toBeLessThanOrEqual(unsaved);
      expect(kept).toBeGreaterThanOrEqual(committed);
      expect(world.runUntil(() => isConverged(world, [...THREE, 7004]), 20_000)).toBeDefined();
      expectOneLeaderATerm(world);
      return kept < unsaved;
    });
    // A write that was under way may be there or not.
    expect(new Set(lost)).toEqual(new Set([true, false]));
  });

  test("a crash in a crash, and a crash while the disk is read, lead to one new life", () => {
    const world = five();
    const victim = aFollower(world);
    const from = world.now;
    for (const kind of ["crash", "crash", "recover", "crash", "recover"] as const) {
      world.fault(victim, kind === "crash" ? { kind, by, forMs: null } : { kind });
    }
    world.run(1000);
    expect(since(world, from, "started")).toHaveLength(1);
    expectConverged(world);
  });

  test("all crash at once and recover: a leader of a later term, and nothing forgotten", () => {
    const world = five();
    const before = FIVE.map((port) => world.view(port).raft);
    for (const port of FIVE) world.fault(port, { kind: "crash", by, forMs: 1000 });
    world.run(1100);
    expectConverged(world);
    expect(termOf(world)).toBeGreaterThan(before[0]?.currentTerm ?? 0);
    for (const port of FIVE) expect(world.view(port).raft.commitIndex).toBeGreaterThan(before[0]?.commitIndex ?? 0);
    expectOneLeaderATerm(world);
  });
});

describe("everything at once", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "after 20 s of everything, heal all: converged within 3 s, and for good (seed %i)",
    (seed) => {
      const world = five(seed);
      const latest = new Map<number, readonly number[]>();
      chaos(world, FIVE, seed, 20_000, () => {
        for (const port of FIVE) {
          const { lamport, self, raft } = world.view(port);
          const now = [lamport, self.incarnation, raft.currentTerm];
          for (const [i, value] of (latest.get(port) ?? []).entries()) expect(now[i]).toBeGreaterThanOrEqual(value);
          latest.set(port, now);
        }
      });
      healAll(world, FIVE);
      expectConverged(world);
      expectOneLeaderATerm(world);
      for (const port of FIVE) {
        const { faults, condition } = world.view(port);
        expect({ faults, condition }).toEqual({ faults: [], condition: { kind: "running", skew: 1, pace: 1 } });
      }
    },
    LONG,
  );

  test("a fault towards a peer that nobody knows is set and does no harm", () => {
    const world = five();
    const stranger = parsePeerId("ffffffffffffffff");
    if (stranger === undefined) throw new Error("no peer ID");
    world.fault(7001, { kind: "set", fault: CUT, targets: [stranger], direction: "both", by, forMs: null });
    world.run(5000);
    expect(isConverged(world, FIVE)).toBe(true);
    expect(world.view(7001).faults[0]?.counters.blocked).toBe(0);
  });
});
