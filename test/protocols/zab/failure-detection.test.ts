import { describe, expect, test } from "vitest";
import { ZAB_DEFAULTS } from "../../../src/protocols/zab/definition.ts";
import {
  A,
  addressOf,
  B,
  C,
  establishedLeader,
  eventsOf,
  followerOf,
  HEARTBEAT_MS,
  historyOf,
  OnBench,
  orderOf,
  records,
  saidTo,
  sendsOf,
  TIMEOUT_MS,
} from "./on-bench.ts";

const HISTORY = historyOf([1]);

describe("a leader", () => {
  test("pings at each heartbeat to whom it had nothing else to say", () => {
    const peer = establishedLeader(5, HISTORY);
    peer.wait(HEARTBEAT_MS);
    expect(saidTo(B, peer.wait(HEARTBEAT_MS)).map(({ kind }) => kind)).toEqual(["ping"]);
    peer.receive(B, { kind: "pong", epoch: 5, round: 2 });
    peer.propose(1, Uint8Array.of(1));
    expect(saidTo(B, peer.wait(HEARTBEAT_MS))).toEqual([]);
  });

  test("that hears no quorum for a timeout gives up, tells who follow, and begins anew", () => {
    const peer = establishedLeader(5, HISTORY);
    const effects = peer.wait(TIMEOUT_MS + HEARTBEAT_MS);
    expect(eventsOf(effects)).toEqual([
      { kind: "quorum-lost", missing: [B, C], members: 3 },
      { kind: "epoch-ended", epoch: 5, leader: A, because: "quorum-lost" },
    ]);
    expect(saidTo(B, effects).at(-1)).toEqual({ kind: "resigned", epoch: 5 });
    expect(peer.view).toMatchObject({ role: "leader", phase: "discovery", leader: null });
  });

  test("then waits without a word until somebody would follow", () => {
    const peer = establishedLeader(5, HISTORY);
    peer.wait(TIMEOUT_MS + HEARTBEAT_MS);
    expect(peer.wait(10_000)).toEqual([]);
  });

  test("tells once that there is a quorum again", () => {
    const peer = establishedLeader(5, HISTORY);
    peer.wait(TIMEOUT_MS + HEARTBEAT_MS);
    peer.receive(B, { kind: "follower-info", acceptedEpoch: 5 });
    peer.sync();
    peer.receive(B, {
      kind: "epoch-accepted",
      epoch: 6,
      isMember: true,
      currentEpoch: 5,
      digest: [{ epoch: 5, counter: 1 }],
    });
    peer.sync();
    const effects = peer.receive(B, { kind: "accepted", epoch: 6, index: 2 });
    expect(eventsOf(effects)).toContainEqual({ kind: "quorum-regained", missing: [C], members: 3 });
  });

  test("goes on while a quorum answers", () => {
    const peer = establishedLeader(5, HISTORY);
    for (let round = 1; round < 20; round++) {
      peer.wait(HEARTBEAT_MS);
      peer.receive(B, { kind: "pong", epoch: 5, round });
    }
    expect(peer.view).toMatchObject({ phase: "broadcast", membersHeard: [A, B] });
  });

  test("that stood still for a timeout trusts no old answers", () => {
    const peer = establishedLeader(5, HISTORY);
    expect(eventsOf(peer.give({ kind: "resumed", gapMs: TIMEOUT_MS }))).toContainEqual({
      kind: "epoch-ended",
      epoch: 5,
      leader: A,
      because: "quorum-lost",
    });
  });

  test("that stood still for less goes on", () => {
    expect(establishedLeader(5, HISTORY).give({ kind: "resumed", gapMs: TIMEOUT_MS - 1 })).toEqual([]);
  });

  test("stops when the election names another, and tells who follow", () => {
    const peer = establishedLeader(5, HISTORY);
    const effects = peer.name(B);
    expect(eventsOf(effects)).toEqual([{ kind: "epoch-ended", epoch: 5, leader: A, because: "leader-changed" }]);
    expect(saidTo(B, effects).map(({ kind }) => kind)).toEqual(["resigned", "follower-info"]);
  });

  test("of an ensemble of one needs nobody", () => {
    const peer = new OnBench([], A, { ensemble: [addressOf(A)] });
    peer.sync();
    peer.name(A);
    for (let i = 0; i < 4; i++) peer.sync();
    expect(peer.view).toMatchObject({ phase: "broadcast", commitIndex: 1 });
    expect(orderOf(peer.command({ kind: "read", ticket: 1 }))).toEqual([{ kind: "readable", ticket: 1, index: 1 }]);
    peer.give({ kind: "resumed", gapMs: 10 * TIMEOUT_MS });
    peer.wait(10 * TIMEOUT_MS);
    expect(peer.view.phase).toBe("broadcast");
  });
});

describe("a follower", () => {
  test("that does not hear its leader for a timeout ends following, and asks again", () => {
    const peer = followerOf(5, HISTORY);
    const effects = peer.wait(TIMEOUT_MS);
    expect(eventsOf(effects)).toEqual([{ kind: "epoch-ended", epoch: 5, leader: B, because: "silent" }]);
    expect(sendsOf(effects)).toEqual([{ to: B, said: { kind: "follower-info", acceptedEpoch: 5 } }]);
  });

  test("asks a leader that does not answer once a timeout", () => {
    const peer = new OnBench(records(0, 0, []));
    peer.name(B);
    expect(sendsOf(peer.wait(10 * TIMEOUT_MS))).toHaveLength(10);
  });

  test("by default gives its leader the time of four heartbeats and a half", () => {
    const peer = new OnBench(records(0, 0, []), A, ZAB_DEFAULTS);
    peer.name(B);
    expect(sendsOf(peer.wait(4.5 * ZAB_DEFAULTS.heartbeatIntervalMs - 1))).toEqual([]);
    expect(sendsOf(peer.wait(1))).toHaveLength(1);
  });

  test("takes any word of its leader for a sign of life", () => {
    const peer = followerOf(5, HISTORY);
    peer.wait(TIMEOUT_MS - 1);
    peer.receive(B, { kind: "ping", epoch: 5, round: 1 });
    expect(peer.wait(TIMEOUT_MS - 1)).toEqual([]);
  });

  test("asks anew when its leader leads no more, not twice within a heartbeat", () => {
    const peer = followerOf(5, HISTORY);
    peer.wait(HEARTBEAT_MS);
    expect(saidTo(B, peer.receive(B, { kind: "resigned", epoch: 5 }))).toEqual([
      { kind: "follower-info", acceptedEpoch: 5 },
    ]);
    expect(saidTo(B, peer.receive(B, { kind: "resigned", epoch: 5 }))).toEqual([]);
    expect(saidTo(B, peer.wait(HEARTBEAT_MS))).toEqual([{ kind: "follower-info", acceptedEpoch: 5 }]);
  });

  test("that stood still gives its leader time anew", () => {
    const peer = followerOf(5, HISTORY);
    peer.now += 2 * TIMEOUT_MS;
    peer.give({ kind: "resumed", gapMs: 2 * TIMEOUT_MS });
    expect(peer.wait(TIMEOUT_MS - 1)).toEqual([]);
    expect(peer.view.leader).toBe(B);
  });

  test("stops when the election names nobody, and is silent", () => {
    const peer = followerOf(5, HISTORY);
    expect(eventsOf(peer.name(null))).toEqual([
      { kind: "epoch-ended", epoch: 5, leader: B, because: "leader-changed" },
    ]);
    expect(peer.wait(10_000)).toEqual([]);
  });

  test("asks whom the election names next at once", () => {
    const peer = followerOf(5, HISTORY);
    expect(saidTo(C, peer.name(C))).toEqual([{ kind: "follower-info", acceptedEpoch: 5 }]);
  });
});

describe("one that is not the order of its peer", () => {
  test("is silent whatever it is given, and keeps what it had saved", () => {
    const saved = records(4, 4, HISTORY);
    const peer = new OnBench(saved, A, { active: false });
    expect(peer.first).toEqual([]);
    expect(peer.name(A)).toEqual([]);
    expect(peer.receive(B, { kind: "follower-info", acceptedEpoch: 4 })).toEqual([]);
    expect(peer.wait(10_000)).toEqual([]);
    expect(peer.view.active).toBe(false);
    expect(peer.machine.checkpoint()).toEqual(saved);
  });
});
