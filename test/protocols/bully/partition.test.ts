import { describe, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";
import { HEARTBEAT_MS, LEADER_TIMEOUT_MS } from "./on-bench.ts";

/** Five peers, led by the fifth. */
function started(observers = 0) {
  const cluster = new Cluster(5 + observers, { optionsAt: (place) => ({ mayLead: place < 5 }) });
  const [first, second, third, fourth, fifth] = cluster.peers;
  if (!first || !second || !third || !fourth || !fifth) throw new Error("fewer than five");
  expect(cluster.awaits(fifth, 2_000)).toBe(true);
  return { cluster, first, second, third, fourth, fifth };
}

describe("a partition", () => {
  test("has a leader on each side; when it heals both tell that they met, and the higher one leads on", () => {
    const { cluster, first, second, third, fourth, fifth } = started();
    const { ensemble } = cluster;
    ensemble.partition([first, fifth], [second, third, fourth]);
    ensemble.run(1_000);
    expect([first, fifth].map((peer) => cluster.view(peer).leader)).toEqual([fifth, fifth]);
    expect([second, third, fourth].map((peer) => cluster.view(peer).leader)).toEqual([fourth, fourth, fourth]);
    const healedAt = ensemble.now;
    ensemble.heal();
    expect(cluster.awaits(fifth, 2 * HEARTBEAT_MS)).toBe(true);
    const met = { kind: "rival-met", leader: fifth, rival: fourth };
    ensemble.run(HEARTBEAT_MS);
    for (const peer of [second, third, fourth, fifth])
      expect(cluster.since(healedAt, "rival-met", peer).map(({ event }) => event)).toEqual([met]);
    ensemble.run(LEADER_TIMEOUT_MS + HEARTBEAT_MS);
    for (const peer of cluster.peers) expect(cluster.view(peer).rivals).toEqual([]);
  });
});

describe("a leader that leaves", () => {
  test("is replaced as soon as it has said so, by the next in rank", () => {
    const { cluster, fourth, fifth } = started(1);
    const { ensemble } = cluster;
    ensemble.run(1_000);
    cluster.sent.clear();
    ensemble.command(fifth, { kind: "leave" });
    const leftAt = ensemble.now;
    expect(cluster.awaits(fourth, 50)).toBe(true);
    expect(cluster.since(leftAt, "left-office", fifth)).toHaveLength(1);
    expect(cluster.count("resign")).toBe(5);
    ensemble.crash(fifth);
    cluster.status(fifth, "left");
    ensemble.run(5_000);
    expect(cluster.isLedBy(fourth)).toBe(true);
  });
});

describe("those that may not lead", () => {
  test("follow, and are led again when the leader is gone; without anybody who may there is no leader", () => {
    const { cluster, first, second, third, fourth, fifth } = started(2);
    const { ensemble } = cluster;
    const observers = cluster.peers.slice(5);
    ensemble.crash(fifth);
    expect(cluster.awaits(fourth, 100)).toBe(true);
    for (const peer of [first, second, third, fourth]) ensemble.crash(peer);
    ensemble.run(5_000);
    for (const peer of observers) {
      expect(cluster.view(peer)).toMatchObject({ role: "follower", leader: null, sent: 0, elections: 0 });
    }
  });
});
