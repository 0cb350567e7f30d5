import { describe, expect, test } from "vitest";
import { parsePeerId } from "../../src/core/peer-id.ts";
import type { Direction, LinkFault } from "../../src/faults/fault.ts";
import type { PeerView } from "../../src/peer/peer-view.ts";
import type { World } from "../../src/sim/world.ts";
import { chaos } from "./chaos.ts";
import {
  agreedLeader,
  cluster,
  FIVE,
  falseVerdicts,
  isConverged,
  isWhole,
  leaderOf,
  statusOf,
  THREE,
  without,
} from "./cluster.ts";
import { healAll, partition, setFault } from "./fault-lines.ts";

const CUT: LinkFault = { kind: "cut", reset: false };
const CONVERGED_WITHIN_MS = 3000;
const LONG = 120_000;
const by = "test";

/** Five that have been well for two seconds. */
function five(seed = 1): World {
  const world = cluster(FIVE, { seed });
  world.run(2000);
  return world;
}

/** The peer in the middle of those that follow. */
function aFollower(world: World): number {
  return without(FIVE, leaderOf(world, FIVE))[1] ?? 0;
}

function everywhere(world: World, fault: LinkFault, direction: Direction = "out"): void {
  for (const port of FIVE) setFault(world, port, fault, { direction });
}

function termOf(world: World): number {
  return world.view(FIVE[0] ?? 0).raft.currentTerm;
}

function expectConverged(world: World, ports = FIVE): void {
  expect(world.runUntil(() => isConverged(world, ports), 60_000)).toBeLessThan(CONVERGED_WITHIN_MS);
  world.run(3000);
  expect(isConverged(world, ports)).toBe(true);
}

/** Events of a kind since an instant. */
function since(world: World, from: number, kind: string): readonly { port: number }[] {
  return world.events.filter(({ at, event }) => at >= from && event.kind === kind);
}

/** Section 5.2, election safety: at most one leader in a term, told by anybody at any time. */
function expectOneLeaderATerm(world: World): void {
  const leaders = new Map<number, string>();
  for (const { event } of world.events) {
    if (event.kind !== "leader-elected") continue;
    expect(leaders.get(event.term) ?? event.leader).toBe(event.leader);
    leaders.set(event.term, event.leader);
  }
}

/** The share of the time in which a majority follows one leader; looks ten times a second. */
function shareLed(world: World, durationMs: number): number {
  let led = 0;
  for (let passed = 0; passed < durationMs; passed += 100) {
    world.run(100);
    if (FIVE.some((port) => isLedBy(world, port))) led += 100;
  }
  return led / durationMs;
}

function isLedBy(world: World, leader: number): boolean {
  const { id } = world.peer(leader);
  const followers = FIVE.filter((port) => world.view(port).raft.leader === id);
  return world.view(leader).raft.role === "leader" && followers.length >= 3;
}

/** All that a cluster has to show for itself, times and counters apart. */
function outcome(world: World): object {
  return FIVE.map((port) => {
    const { raft, peers, gossip } = world.view(port);
    return {
      raft: [raft.role, raft.currentTerm, raft.leader, raft.voters, raft.commitIndex, raft.tail],
      peers: peers.map(({ id, status, incarnation, linked }) => [id, status, incarnation, linked]),
      ids: gossip.ids.map(({ address }) => address).sort(),
    };
  });
}

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

  test("what a leader had not saved is lost, what was committed is not", () => {
    const world = cluster(THREE, { diskMs: 40 });
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
    expect(world.view(leader).raft.lastLogIndex).toBeLessThan(unsaved);
    expect(world.view(leader).raft.lastLogIndex).toBeGreaterThanOrEqual(committed);
    expect(world.runUntil(() => isConverged(world, [...THREE, 7004]), 20_000)).toBeDefined();
    expectOneLeaderATerm(world);
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
