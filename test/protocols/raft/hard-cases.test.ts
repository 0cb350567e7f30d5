import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { Cluster } from "./cluster.ts";
import { A, B, C, configured, D, logOf, REMOVAL_MS, TIMEOUT_MS } from "./on-bench.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/** The one of a list that a test needs to be there. */
function nth<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`no item ${index} of ${list.length}`);
  return item;
}

describe("electing", () => {
  test.each(SEEDS)("split votes resolve: five who start together agree (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    expect(cluster.ensemble.runUntil(() => cluster.leader !== undefined, 10 * TIMEOUT_MS)).toBe(true);
  });

  test.each(SEEDS)("a killed leader, its links broken, is replaced within 60 ms (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    const old = cluster.settle();
    cluster.ensemble.crash(old);
    expect(cluster.msUntilNewLeader(old, 60)).toBeLessThanOrEqual(20);
  });

  test.each(SEEDS)(
    "on disks that take up to 150 ms it is replaced within a second, two terms later at most (seed %i)",
    (seed) => {
      const cluster = new Cluster(5, { seed, diskMs: [80, 150] });
      const old = cluster.settle();
      const killedAt = cluster.ensemble.now;
      const { currentTerm } = cluster.view(old);
      cluster.ensemble.crash(old);
      expect(cluster.msUntilNewLeader(old, 2000)).toBeLessThanOrEqual(1000);
      expect(cluster.view(cluster.leader ?? old).currentTerm).toBeLessThanOrEqual(currentTerm + 2);
      for (const peer of cluster.peers) expect(cluster.kindsSince(killedAt, peer)).not.toContain("quorum-lost");
    },
  );

  test.each(SEEDS)("killed before it named a standby, it is replaced all the same (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    cluster.ensemble.runUntil(() => cluster.leader !== undefined, 5_000);
    const old = nth(
      [cluster.leader].filter((peer) => peer !== undefined),
      0,
    );
    cluster.ensemble.crash(old);
    cluster.msUntilNewLeader(old, 60);
  });

  test.each(SEEDS)("a leader that is silent, its links up, is replaced by timeout (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    const old = cluster.settle();
    cluster.ensemble.pause(old);
    const ms = cluster.msUntilNewLeader(old, 3 * TIMEOUT_MS);
    expect(ms).toBeGreaterThanOrEqual(TIMEOUT_MS - 60);
    cluster.ensemble.resume(old);
    cluster.ensemble.run(100);
    expect(cluster.view(old)).toMatchObject({ role: "follower", leader: cluster.leader });
  });

  test("a vote outlives a crash of the voter between save and send", () => {
    const cluster = new Cluster(3);
    const [a, b] = [nth(cluster.peers, 0), nth(cluster.peers, 1)];
    cluster.ensemble.input(b, {
      kind: "message",
      from: { peer: a },
      message: { kind: "request-vote", term: 7, lastLogIndex: 1, lastLogTerm: 1, transfer: false },
    });
    cluster.ensemble.runUntil(() => cluster.ensemble.disk(b).length > 2, 10);
    cluster.ensemble.crash(b);
    cluster.restart(b);
    expect(cluster.view(b)).toMatchObject({ currentTerm: 7, votedFor: a });
  });

  test("a vote that was not yet on disk was never heard by anybody", () => {
    const cluster = new Cluster(3);
    const [a, b] = [nth(cluster.peers, 0), nth(cluster.peers, 1)];
    const sent: string[] = [];
    cluster.ensemble.onSend = (from, _to, message) => {
      if (from === b) sent.push(message.kind);
      return true;
    };
    cluster.ensemble.input(b, {
      kind: "message",
      from: { peer: a },
      message: { kind: "request-vote", term: 7, lastLogIndex: 1, lastLogTerm: 1, transfer: false },
    });
    cluster.ensemble.run(1);
    cluster.ensemble.crash(b);
    cluster.restart(b);
    cluster.ensemble.run(5);
    expect(sent).toEqual([]);
    expect(cluster.view(b)).toMatchObject({ currentTerm: 1, votedFor: null });
  });
});

describe("partitions", () => {
  test.each(SEEDS)("a leader that is not heard is replaced, and follows when it is heard again (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    const old = cluster.settle();
    for (const peer of cluster.followersOf(old)) cluster.ensemble.cut(old, peer);
    cluster.msUntilNewLeader(old, 4 * TIMEOUT_MS);
    cluster.ensemble.run(2 * TIMEOUT_MS);
    expect(cluster.view(old).role).toBe("follower");
    const { leader } = cluster;
    cluster.ensemble.heal();
    cluster.ensemble.run(4 * TIMEOUT_MS);
    expect(cluster.leader).toBe(leader);
  });

  test.each(SEEDS)("a leader that hears nobody steps down, so that another can be elected (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    const old = cluster.settle();
    for (const peer of cluster.followersOf(old)) cluster.ensemble.cut(peer, old);
    cluster.msUntilNewLeader(old, 6 * TIMEOUT_MS);
  });

  test.each(["hears nothing", "is not heard"])("a follower that %s deposes nobody, during and after", (kind) => {
    const cluster = new Cluster(5);
    const leader = cluster.settle();
    const lone = nth(cluster.followersOf(leader), 0);
    const { currentTerm } = cluster.view(leader);
    for (const peer of cluster.peers) {
      if (peer === lone) continue;
      if (kind === "hears nothing") cluster.ensemble.cut(peer, lone);
      else cluster.ensemble.cut(lone, peer);
    }
    cluster.ensemble.run(20 * TIMEOUT_MS);
    cluster.ensemble.heal();
    cluster.ensemble.run(4 * TIMEOUT_MS);
    expect(cluster.leader).toBe(leader);
    for (const peer of cluster.peers) expect(cluster.view(peer)).toMatchObject({ currentTerm, leader });
  });

  test("a peer that was cut off for long rejoins without disruption: its term did not grow", () => {
    const cluster = new Cluster(5);
    const leader = cluster.settle();
    const lone = nth(cluster.followersOf(leader), 0);
    cluster.ensemble.partition([lone], cluster.followersOf(lone));
    cluster.ensemble.run(50 * TIMEOUT_MS);
    const healedAt = cluster.ensemble.now;
    cluster.ensemble.heal();
    cluster.ensemble.run(4 * TIMEOUT_MS);
    expect(cluster.leader).toBe(leader);
    expect(cluster.kindsSince(healedAt)).not.toContain("leader-lost");
    expect(cluster.kindsSince(healedAt, lone)).toContain("quorum-regained");
  });

  test("the minority's leader steps down, the majority elects another, and healing ends in one", () => {
    const cluster = new Cluster(5);
    const old = cluster.settle();
    const friend = nth(cluster.followersOf(old), 0);
    const majority = cluster.peers.filter((peer) => peer !== old && peer !== friend);
    const cutAt = cluster.ensemble.now;
    cluster.ensemble.partition([old, friend], majority);
    cluster.ensemble.run(5 * TIMEOUT_MS);
    expect(cluster.view(old).role).not.toBe("leader");
    expect(cluster.kindsSince(cutAt, old)).toContain("quorum-lost");
    const leader = nth(
      majority.filter((peer) => cluster.view(peer).role === "leader"),
      0,
    );
    cluster.ensemble.heal();
    cluster.ensemble.run(4 * TIMEOUT_MS);
    expect(cluster.leader).toBe(leader);
    for (const peer of cluster.peers) expect(cluster.view(peer).leader).toBe(leader);
  });

  test("whose link to the leader alone breaks deposes nobody", () => {
    const cluster = new Cluster(5);
    const leader = cluster.settle();
    const { standby, currentTerm } = cluster.view(leader);
    const lone = standby ?? leader;
    cluster.ensemble.partition([lone], [leader]);
    cluster.ensemble.linkAt(lone, leader, false);
    cluster.ensemble.linkAt(leader, lone, false);
    cluster.ensemble.run(10 * TIMEOUT_MS);
    expect(cluster.leader).toBe(leader);
    cluster.ensemble.heal();
    cluster.ensemble.linkAt(lone, leader, true);
    cluster.ensemble.run(2 * TIMEOUT_MS);
    expect(cluster.view(lone)).toMatchObject({ role: "follower", leader, currentTerm });
  });
});

describe("pre-vote deadlocks of a lagging peer", () => {
  test("a candidate whose term ran ahead is not shut out: its leader learns of the term", () => {
    const cluster = new Cluster(3);
    const leader = cluster.settle();
    const ahead = nth(cluster.followersOf(leader), 0);
    // It was elected in a pre-vote once, but its request for votes reached nobody.
    cluster.ensemble.crash(ahead);
    cluster.restart(ahead);
    cluster.ensemble.input(ahead, {
      kind: "message",
      from: { peer: leader },
      message: { kind: "vote-answer", term: 40, granted: false, leaderHeardMs: null },
    });
    cluster.ensemble.run(6 * TIMEOUT_MS);
    const { currentTerm } = cluster.view(ahead);
    expect(currentTerm).toBeGreaterThanOrEqual(40);
    for (const peer of cluster.peers) expect(cluster.view(peer)).toMatchObject({ leader: cluster.leader, currentTerm });
  });

  test("a longer log in a lower term and a shorter log in a higher one still elect", () => {
    const cluster = new Cluster(3);
    const leader = cluster.settle();
    const [long, short] = [nth(cluster.followersOf(leader), 0), nth(cluster.followersOf(leader), 1)];
    cluster.ensemble.partition([short], [leader, long]);
    cluster.ensemble.command(leader, {
      kind: "member",
      peer: "00000000000000ff" as PeerId,
      status: "healthy",
      mayLead: true,
    });
    cluster.ensemble.run(100);
    expect(cluster.view(long).lastLogIndex).toBeGreaterThan(cluster.view(short).lastLogIndex);
    cluster.ensemble.input(short, {
      kind: "message",
      from: { peer: leader },
      message: { kind: "vote-answer", term: 40, granted: false, leaderHeardMs: null },
    });
    cluster.ensemble.crash(leader);
    cluster.ensemble.heal();
    cluster.ensemble.runUntil(() => cluster.view(long).role === "leader", 8 * TIMEOUT_MS);
    cluster.ensemble.run(10);
    expect(cluster.view(long).role).toBe("leader");
    expect(cluster.view(short).leader).toBe(long);
  });

  test("a learner that was promoted while it lagged votes, though its log does not say that it may", () => {
    const [a, b, c, d] = [A, B, C, D];
    const founded = logOf([1], [a, b, c], [d]);
    // The old leader made d a voter and is gone; only b has heard of it, and needs the votes of both others.
    const promoted = [...founded, configured(2, 1, { voters: [a, b, c, d], learners: [] })];
    const cluster = new Cluster(4, { down: 1, logs: [[], promoted, founded, founded] });
    expect(cluster.view(d).role).toBe("learner");
    expect(cluster.ensemble.runUntil(() => cluster.leader !== undefined, 10 * TIMEOUT_MS)).toBe(true);
    expect(cluster.leader).toBe(b);
  });

  test("so does one that has no configuration at all", () => {
    const promoted = [...logOf([1], [A, B, C], [D]), configured(2, 1, { voters: [A, B, C, D], learners: [] })];
    const cluster = new Cluster(4, { down: 1, logs: [[], promoted, promoted.slice(0, 1), []] });
    expect(cluster.ensemble.runUntil(() => cluster.leader !== undefined, 10 * TIMEOUT_MS)).toBe(true);
    expect(cluster.leader).toBe(B);
  });
});

describe("membership", () => {
  test("a demotion that only the demoted peer has on disk does not stop the cluster", () => {
    const before = logOf([1], [A, B]);
    const demoted = [...before, configured(2, 1, { voters: [B], learners: [A] })];
    // The leader b crashed before its own disk had the entry that it had already sent to a.
    const cluster = new Cluster(2, { logs: [demoted, before] });
    cluster.settle();
    expect(cluster.view(B)).toMatchObject({ role: "leader", voters: [B], learners: [A] });
  });

  test("a founder and those who join: learners, then 3, 5 and 7 voters; the eighth stays a learner", () => {
    const cluster = new Cluster(8, { voters: 0 });
    const founder = nth(cluster.peers, 0);
    cluster.ensemble.command(founder, { kind: "found" });
    cluster.ensemble.run(20);
    expect(cluster.view(founder)).toMatchObject({ role: "leader", currentTerm: 1, voters: [founder] });
    const sizes = cluster.peers.slice(1).map((peer) => {
      cluster.status(peer, "healthy");
      cluster.ensemble.run(200);
      return cluster.view(peer).voters.length;
    });
    expect(sizes).toEqual([1, 3, 3, 5, 5, 7, 7]);
    for (const peer of cluster.peers)
      expect(cluster.view(peer)).toMatchObject({ voters: cluster.peers.slice(0, 7), learners: cluster.peers.slice(7) });
    expect(cluster.view(nth(cluster.peers, 7)).role).toBe("learner");
  });

  test("a voter that is unhealthy for long is removed; when it is back it learns, and votes again", () => {
    const cluster = new Cluster(5);
    const leader = cluster.settle();
    const gone = nth(cluster.followersOf(leader), 0);
    for (const peer of cluster.peers) cluster.status(peer, "healthy");
    cluster.ensemble.crash(gone);
    cluster.status(gone, "unhealthy");
    cluster.ensemble.run(REMOVAL_MS - 500);
    expect(cluster.view(leader).voters).toHaveLength(5);
    cluster.ensemble.run(1_000);
    expect(cluster.view(leader)).toMatchObject({ voters: { length: 3 }, learners: { length: 1 } });
    cluster.restart(gone);
    cluster.status(gone, "healthy");
    cluster.ensemble.run(1_000);
    expect(cluster.view(gone).voters).toEqual(cluster.peers);
    expect(cluster.leader).toBe(leader);
  });

  test("a removed voter that does not know it disturbs nobody", () => {
    const cluster = new Cluster(5);
    const leader = cluster.settle();
    const removed = nth(cluster.followersOf(leader), 0);
    for (const peer of cluster.followersOf(removed)) cluster.status(peer, "healthy");
    cluster.status(removed, "left");
    cluster.ensemble.run(10 * TIMEOUT_MS);
    expect(cluster.view(leader).voters).not.toContain(removed);
    expect(cluster.leader).toBe(leader);
    expect(cluster.view(leader).currentTerm).toBe(2);
  });
});

describe("handing over and coming back", () => {
  test.each(SEEDS)("a leave hands leadership over in a few ms, without an election timeout (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    const old = cluster.settle();
    const from = cluster.ensemble.now;
    cluster.ensemble.command(old, { kind: "leave" });
    const isOut = () => cluster.kindsSince(from, old).includes("left-office");
    expect(cluster.ensemble.runUntil(isOut, 30)).toBe(true);
    cluster.ensemble.crash(old);
    expect(cluster.leader).toBeDefined();
    cluster.status(old, "left");
    cluster.ensemble.run(500);
    for (const peer of cluster.followersOf(old)) expect(cluster.view(peer).voters).not.toContain(old);
  });

  test.each(SEEDS)("one after the other leaves, and the last one leads alone (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    cluster.settle();
    for (let left = 5; left > 1; left--) {
      const old = nth(
        [cluster.leader].filter((peer) => peer !== undefined),
        0,
      );
      const from = cluster.ensemble.now;
      cluster.ensemble.command(old, { kind: "leave" });
      const isOut = () => cluster.kindsSince(from, old).includes("left-office");
      expect(cluster.ensemble.runUntil(isOut, 50)).toBe(true);
      cluster.ensemble.crash(old);
      cluster.status(old, "left");
      cluster.settle();
    }
    const last = nth(
      [cluster.leader].filter((peer) => peer !== undefined),
      0,
    );
    expect(cluster.view(last)).toMatchObject({ role: "leader", voters: [last], learners: [] });
  });

  test("a chosen peer takes over, and the old leader follows it", () => {
    const cluster = new Cluster(5);
    const old = cluster.settle();
    const chosen = nth(cluster.followersOf(old), 3);
    cluster.ensemble.command(old, { kind: "transfer", to: chosen });
    cluster.ensemble.run(50);
    expect(cluster.leader).toBe(chosen);
    expect(cluster.view(old)).toMatchObject({ role: "follower", leader: chosen });
  });

  test.each(SEEDS)("all restart from disk, and the cluster goes on with what it had (seed %i)", (seed) => {
    const cluster = new Cluster(5, { seed });
    cluster.settle();
    const before = cluster.view(nth(cluster.peers, 0));
    for (const peer of cluster.peers) cluster.ensemble.crash(peer);
    cluster.ensemble.run(1_000);
    for (const peer of cluster.peers) cluster.restart(peer);
    const after = cluster.view(cluster.settle());
    expect(after.voters).toEqual(before.voters);
    expect(after.currentTerm).toBeGreaterThan(before.currentTerm);
    expect(after.lastLogIndex).toBeGreaterThan(before.lastLogIndex);
  });

  test("a suspended machine: all pause, all resume, one leads", () => {
    const cluster = new Cluster(5);
    cluster.settle();
    for (const peer of cluster.peers) cluster.ensemble.pause(peer);
    cluster.ensemble.run(100 * TIMEOUT_MS);
    for (const peer of cluster.peers) cluster.ensemble.resume(peer);
    cluster.settle();
  });
});
