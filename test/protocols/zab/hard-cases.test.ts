import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { Cluster } from "./cluster.ts";
import { A, B, C, D, historyOf, id, records, TIMEOUT_MS, zxid } from "./on-bench.ts";

const E = id("e");
const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

/** Three peers, the first of which leads. */
function three(options: ConstructorParameters<typeof Cluster>[1] = {}): Cluster {
  const cluster = new Cluster(3, options);
  cluster.settleOn(A);
  return cluster;
}

/** What a peer has on disk with this history, each epoch of it opened as leaders do. */
function stored(acceptedEpoch: number, currentEpoch: number, epochs: readonly number[]) {
  const history = historyOf(epochs).map((each) => (each.counter === 1 ? { ...each, command: null } : each));
  return records(acceptedEpoch, currentEpoch, history);
}

/** What a peer has delivered: all that it knows to be committed. */
function committed(cluster: Cluster, peer: PeerId): number {
  return cluster.view(peer).commitIndex;
}

describe("histories that differ", () => {
  test("the tail of an old epoch, which no quorum ever had, is cut when its leader comes back", () => {
    const cluster = three();
    cluster.ensemble.partition([A], [B, C]);
    cluster.replicas.propose(A, 3, 10);
    cluster.run(20);
    expect(cluster.view(A)).toMatchObject({ lastZxid: zxid(1, 4), commitIndex: 1 });
    cluster.name(B, B);
    cluster.name(C, B);
    cluster.run(1_000);
    cluster.replicas.propose(B, 1, 10);
    cluster.recover();
    cluster.settleOn(B);
    const { epoch } = cluster.view(B).lastZxid;
    expect(cluster.tailOf(A).map((entry) => entry.epoch)).toEqual([1, epoch, epoch]);
    expect(cluster.ensemble.events.filter(({ event }) => event.kind === "history-truncated")).toMatchObject([
      { peer: A, event: { from: zxid(1, 2) } },
    ]);
  });

  test("a longer history of an older epoch gives way to a shorter one of a later", () => {
    const long = stored(3, 1, [1, 1, 1, 1, 1]);
    const short = stored(3, 2, [1, 2]);
    const cluster = new Cluster(3, { histories: [long, short, stored(3, 1, [])] });
    cluster.settleOn(A);
    expect(cluster.tailOf(A).map(({ epoch }) => epoch)).toEqual([1, 2, 4]);
    expect(cluster.tailOf(C)).toEqual(cluster.tailOf(A));
  });

  test("whichever peer leads, what a quorum had on disk is there for ever", () => {
    for (const leader of [A, B, C]) {
      const cluster = three();
      cluster.replicas.propose(A, 2, 10);
      // Nobody but B has it besides the leader, and nobody hears that it is committed.
      cluster.ensemble.cut(A, C);
      cluster.run(12);
      cluster.ensemble.crash(A);
      cluster.ensemble.heal();
      cluster.restart(A);
      cluster.settleOn(leader);
      expect(committed(cluster, leader)).toBeGreaterThanOrEqual(3);
    }
  });
});

describe("crashes", () => {
  test("while a promise goes to disk: it was never made, and nobody heard of it", () => {
    const cluster = three({ diskMs: [50, 50] });
    const { acceptedEpoch } = cluster.view(B);
    cluster.nameAll(C);
    cluster.runUntil(() => cluster.view(B).acceptedEpoch > acceptedEpoch, 1_000);
    cluster.ensemble.crash(B);
    cluster.restart(B);
    expect(cluster.view(B).acceptedEpoch).toBe(acceptedEpoch);
    cluster.settleOn(C);
  });

  test("while the history of an epoch goes to disk: it has all of the old one, or all of the new", () => {
    const old = stored(1, 1, [1, 1, 1]);
    const better = stored(2, 2, [1, 2, 2, 2]);
    const cluster = new Cluster(3, { diskMs: [30, 30], histories: [better, old, better] });
    cluster.nameAll(A);
    cluster.runUntil(() => cluster.view(B).currentEpoch === 3, 2_000);
    cluster.ensemble.crash(B);
    cluster.restart(B);
    expect(cluster.view(B)).toMatchObject({ currentEpoch: 1, lastZxid: zxid(1, 3) });
    cluster.settleOn(A);
    expect(cluster.tailOf(B).map(({ epoch }) => epoch)).toEqual([1, 2, 2, 2, 3]);
  });

  test.each(SEEDS)("of the leader, over and over: what was acknowledged stays (seed %i)", (seed) => {
    const cluster = three({ seed, diskMs: [1, 20] });
    for (let i = 0; i < 6; i++) {
      const leader = cluster.peers[i % 3] as PeerId;
      cluster.settleOn(leader);
      cluster.replicas.propose(leader, 3, 20);
      cluster.run(seed * 3);
      cluster.ensemble.crash(leader);
      cluster.restart(leader);
    }
    cluster.settleOn(A);
  });
});

describe("elections that err", () => {
  test("of two leaders that are named, the one without a quorum has no epoch", () => {
    const cluster = new Cluster(5);
    for (const peer of [A, B]) cluster.name(peer, A);
    for (const peer of [C, D, E]) cluster.name(peer, C);
    cluster.run(1_000);
    expect(cluster.leaders).toEqual([C]);
    expect(cluster.view(A)).toMatchObject({ role: "leader", phase: "discovery", acceptedEpoch: 0 });
  });

  test("a leader that is named beside one with a quorum gets none, and the old one goes on", () => {
    const cluster = three();
    cluster.name(B, B);
    cluster.run(1_000);
    cluster.replicas.propose(A, 2, 10);
    cluster.run(100);
    expect(cluster.leaders).toEqual([A]);
    expect(cluster.replicas.acknowledged).toBe(1);
  });

  test("a leader that nobody told of the next one commits nothing more", () => {
    const cluster = three();
    cluster.name(B, B);
    cluster.name(C, B);
    cluster.runUntil(() => cluster.leaders.includes(B), 1_000);
    cluster.replicas.propose(A, 2, 10);
    cluster.replicas.read(A);
    cluster.run(3 * TIMEOUT_MS);
    expect([cluster.leaders, cluster.replicas.acknowledged, cluster.replicas.answered]).toEqual([[B], 0, 0]);
  });

  test("with nobody named all is quiet, and what was there stays", () => {
    const cluster = three();
    cluster.nameAll(null);
    cluster.run(10);
    const { length } = cluster.ensemble.events;
    cluster.run(5_000);
    expect(cluster.ensemble.events).toHaveLength(length);
    expect(cluster.peers.map((peer) => cluster.view(peer).phase)).toEqual(Array(3).fill("election"));
  });

  test.each(SEEDS)("however often it changes its mind, the last word counts (seed %i)", (seed) => {
    const cluster = new Cluster(3, { seed, latencyMs: [1, 20], diskMs: [1, 20] });
    for (let i = 0; i < 40; i++) {
      for (const peer of cluster.peers) cluster.name(peer, cluster.peers[(i + seed) % 3] ?? null);
      cluster.run((i * seed) % 37);
    }
    cluster.settleOn(C);
    expect(cluster.view(C).acceptedEpoch).toBeLessThan(120);
  });
});

describe("links that lose something", () => {
  test.each(SEEDS)("are restarted, and nothing is missing afterwards (seed %i)", (seed) => {
    const cluster = three({ seed });
    for (let i = 0; i < 5; i++) {
      cluster.lossPercent = 100;
      cluster.replicas.propose(A, 1, 10);
      cluster.run(2);
      cluster.lossPercent = 0;
      cluster.replicas.propose(A, 2, 10);
      cluster.run(1_000);
    }
    cluster.settleOn(A);
    expect(cluster.ensemble.events.some(({ event }) => event.kind === "link-disordered")).toBe(true);
  });
});

describe("observers", () => {
  test("get the same, and count for nothing", () => {
    const cluster = new Cluster(5, { members: 3 });
    cluster.settleOn(A);
    cluster.replicas.propose(A, 2, 10);
    cluster.run(200);
    expect([D, E].map((peer) => cluster.view(peer).role)).toEqual(["observer", "observer"]);
    expect(cluster.replicas.stateOf(D)).toEqual(cluster.replicas.stateOf(A));
    for (const peer of [B, C]) cluster.ensemble.crash(peer);
    cluster.replicas.propose(A, 2, 10);
    const before = committed(cluster, A);
    cluster.run(2_000);
    expect([committed(cluster, A), cluster.leaders]).toEqual([before, []]);
  });
});

describe("idling", () => {
  test("costs a ping and its answer for each follower and heartbeat", () => {
    const cluster = three();
    cluster.run(500);
    let sent = 0;
    const { onSend } = cluster.ensemble;
    cluster.ensemble.onSend = (from, to, message) => {
      sent += 1;
      return onSend(from, to, message);
    };
    cluster.run(5_000);
    expect(sent).toBeLessThanOrEqual((5_000 / 50) * 4 + 4);
    expect(cluster.leaders).toEqual([A]);
  });
});
