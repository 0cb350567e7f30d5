import { describe, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";
import { coordinator, election, following, id, LEADER_TIMEOUT_MS, sendsOf } from "./on-bench.ts";

const SIZES = [3, 5, 7, 16];

/** A cluster whose highest leads and where everybody knows everybody's priority. */
function settled(size: number): Cluster {
  const cluster = new Cluster(size);
  const [highest] = cluster.peers.slice(-1);
  expect(highest !== undefined && cluster.awaits(highest, 2_000)).toBe(true);
  cluster.ensemble.run(1_000);
  cluster.sent.clear();
  return cluster;
}

function highestOf(cluster: Cluster) {
  const [second, first] = cluster.peers.slice(-2);
  if (first === undefined || second === undefined) throw new Error("fewer than two peers");
  return { first, second };
}

describe("messages of an election of n peers, k = n - 1 of them left", () => {
  test.each(SIZES)(
    "worst case: all %i notice a broken link at once, k(k - 1)/2 + k(k - 1)/2 + k - 1 = k^2 - 1",
    (n) => {
      const cluster = settled(n);
      const { first, second } = highestOf(cluster);
      cluster.ensemble.crash(first);
      expect(cluster.awaits(second, 100)).toBe(true);
      cluster.ensemble.run(2_000);
      const k = n - 1;
      expect(cluster.count("election")).toBe((k * (k - 1)) / 2);
      // The winner says to those that ask it that it leads: its answers are coordinators.
      expect(cluster.count("answer")).toBe(((k - 1) * (k - 2)) / 2);
      expect(cluster.count("coordinator")).toBe(2 * (k - 1));
      expect(cluster.electionMessages).toBe(k * k - 1);
    },
  );

  test.each(SIZES)("worst case: all %i notice a silence at once, k(k + 1)/2 + k(k - 1)/2 + k = k^2 + k", (n) => {
    const cluster = settled(n);
    const { first, second } = highestOf(cluster);
    cluster.ensemble.pause(first);
    cluster.ensemble.runUntil(() => cluster.view(second).role === "leader", 1_000);
    cluster.ensemble.run(2_000);
    const k = n - 1;
    expect(cluster.count("election")).toBe((k * (k + 1)) / 2);
    expect(cluster.count("answer")).toBe((k * (k - 1)) / 2);
    expect(cluster.count("coordinator")).toBe(k);
    expect(cluster.electionMessages).toBe(k * k + k);
  });

  test.each(SIZES)("best case of %i: the next in rank alone notices a broken link, k - 1", (n) => {
    const lower = Array.from({ length: n - 2 }, (_, i) => id((i + 1).toString(16)));
    const [self, leader] = [id("fe"), id("ff")];
    const peer = following(leader, [...lower, leader], self);
    const effects = peer.link(leader, false);
    expect(sendsOf(effects)).toEqual(lower.map((to) => ({ to, message: coordinator() })));
    expect(sendsOf(effects)).toHaveLength(n - 2);
    expect(peer.view.sent).toBe(n - 2);
  });

  test.each(SIZES)("best case of %i: the next in rank alone notices a silence, k + 1", (n) => {
    const lower = Array.from({ length: n - 2 }, (_, i) => id((i + 1).toString(16)));
    const [self, leader] = [id("fe"), id("ff")];
    const peer = following(leader, [...lower, leader], self);
    const asked = peer.wait(LEADER_TIMEOUT_MS);
    expect(sendsOf(asked)).toEqual([{ to: leader, message: election() }]);
    expect(sendsOf(peer.expire())).toEqual([...lower, leader].map((to) => ({ to, message: coordinator() })));
    expect(peer.view.sent).toBe(n);
  });

  test.each(SIZES)("the first election of %i strangers asks everybody: 2n(n - 1) + n - 1 at most", (n) => {
    const cluster = new Cluster(n);
    cluster.ensemble.run(3_000);
    expect(cluster.isLedBy(highestOf(cluster).first)).toBe(true);
    expect(cluster.electionMessages).toBeLessThanOrEqual(2 * n * (n - 1) + n - 1);
  });

  test("with a leader nothing is said but its heartbeats", () => {
    const cluster = settled(5);
    cluster.ensemble.run(10_000);
    expect(cluster.electionMessages).toBe(0);
    expect(cluster.count("heartbeat")).toBe(4 * 100);
  });
});
