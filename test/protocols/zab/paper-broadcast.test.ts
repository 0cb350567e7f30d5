import { describe, expect, test } from "vitest";
import { MAX_ROUNDS } from "../../../src/core/answered-rounds.ts";
import {
  COMMIT_NEWS_MS,
  MAX_APPEND_BYTES,
  MAX_UNCOMMITTED_ENTRIES,
  WINDOW_ENTRIES,
} from "../../../src/core/order-limits.ts";
import {
  A,
  B,
  C,
  entry,
  establishedLeader,
  eventsOf,
  followerOf,
  HEARTBEAT_MS,
  historyOf,
  leaderOf,
  orderOf,
  saidTo,
  savesOf,
  sendsOf,
  type ZabEffect,
  zxid,
} from "./on-bench.ts";

const COMMANDS = [Uint8Array.of(1), Uint8Array.of(2)];

describe("phase 3 at the leader", () => {
  test("it opens its epoch with an entry of its own", () => {
    const peer = leaderOf(5, historyOf([1, 2]));
    const effects = peer.receive(B, { kind: "accepted", epoch: 5, index: 2 });
    expect(savesOf(effects)).toEqual([[{ kind: "append", entries: [entry(3, 5, 1)] }]]);
    expect(peer.view).toMatchObject({ lastZxid: zxid(5, 1), lastIndex: 3, commitIndex: 2 });
  });

  test("l.3.1: proposals carry the epoch and consecutive counters, in one message, before its own disk has them", () => {
    const peer = establishedLeader(5, historyOf([1, 2]));
    const effects = peer.propose(9, ...COMMANDS);
    const entries = [entry(4, 5, 2, 1), entry(5, 5, 3, 2)];
    expect(orderOf(effects)).toEqual([{ kind: "proposed", ticket: 9, first: 4, term: 5 }]);
    expect(saidTo(B, effects)).toEqual([{ kind: "entries", epoch: 5, commitIndex: 3, entries }]);
    expect(savesOf(effects)).toEqual([[{ kind: "append", entries }]]);
  });

  test("l.3.2: with a quorum on disk, its own included, a proposal is committed and delivered", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.propose(9, ...COMMANDS);
    expect(orderOf(peer.receive(B, { kind: "accepted", epoch: 5, index: 4 }))).toEqual([]);
    expect(orderOf(peer.sync())).toEqual([
      {
        kind: "delivered",
        entries: [
          { index: 3, term: 5, command: Uint8Array.of(1) },
          { index: 4, term: 5, command: Uint8Array.of(2) },
        ],
      },
    ]);
  });

  test("l.3.2: an acknowledgement stands for all before it", () => {
    const peer = establishedLeader(5, historyOf([1]));
    for (const command of COMMANDS) peer.propose(1, command);
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 5, index: 4 });
    expect(peer.view.commitIndex).toBe(4);
  });

  test("commits are told with the next proposals, or a little later", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.propose(1, ...COMMANDS);
    peer.sync();
    expect(saidTo(B, peer.receive(B, { kind: "accepted", epoch: 5, index: 4 }))).toEqual([]);
    expect(saidTo(B, peer.wait(COMMIT_NEWS_MS))).toEqual([{ kind: "entries", epoch: 5, commitIndex: 4, entries: [] }]);
  });

  test("commits are told at once where that is asked for, and then they are no news any more", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.propose(1, ...COMMANDS);
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 5, index: 4 });
    const news = { kind: "entries", epoch: 5, commitIndex: 4, entries: [] };
    expect(saidTo(B, peer.command({ kind: "tell" }))).toEqual([news]);
    expect(saidTo(B, peer.command({ kind: "tell" }))).toEqual([]);
    expect(saidTo(B, peer.wait(COMMIT_NEWS_MS))).toEqual([]);
  });

  test("an acknowledgement of what it never sent is none", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.propose(1, ...COMMANDS);
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 5, index: 99 });
    expect(peer.view.commitIndex).toBe(2);
  });

  test("an acknowledgement of another epoch is none", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.propose(1, ...COMMANDS);
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 4, index: 4 });
    expect(peer.view.commitIndex).toBe(2);
  });

  test("l.3.3: who joins is taken into the epoch as it is, and gets what is proposed from then on", () => {
    const peer = establishedLeader(5, historyOf([1]));
    expect(saidTo(C, peer.receive(C, { kind: "follower-info", acceptedEpoch: 3 }))).toEqual([
      { kind: "new-epoch", epoch: 5 },
    ]);
    const joined = peer.receive(C, {
      kind: "epoch-accepted",
      epoch: 5,
      isMember: true,
      currentEpoch: 1,
      digest: [zxid(1, 1)],
    });
    expect(saidTo(C, joined).map(({ kind }) => kind)).toEqual(["difference", "entries", "new-leader"]);
    expect(saidTo(C, peer.propose(1, Uint8Array.of(7)))).toEqual([
      { kind: "entries", epoch: 5, commitIndex: 2, entries: [entry(3, 5, 2, 7)] },
    ]);
  });

  test("l.3.4: a commit between NEWLEADER and its acknowledgement reaches the joiner", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.receive(C, { kind: "follower-info", acceptedEpoch: 3 });
    peer.receive(C, { kind: "epoch-accepted", epoch: 5, isMember: true, currentEpoch: 1, digest: [zxid(1, 1)] });
    peer.propose(1, Uint8Array.of(7));
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 5, index: 3 });
    expect(saidTo(C, peer.receive(C, { kind: "accepted", epoch: 5, index: 2 }))).toEqual([
      { kind: "up-to-date", epoch: 5, commitIndex: 3 },
    ]);
  });

  test("a message carries no more than its limit, and no more are on their way than a window holds", () => {
    const peer = establishedLeader(5, historyOf([1]));
    const effects = peer.propose(1, ...Array.from({ length: WINDOW_ENTRIES + 100 }, () => Uint8Array.of(1)));
    const sent = saidTo(B, effects).flatMap((said) => (said.kind === "entries" ? [said.entries.length] : []));
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(WINDOW_ENTRIES);
    const large = establishedLeader(5, historyOf([1]));
    const big = new Uint8Array(MAX_APPEND_BYTES - 10);
    expect(saidTo(B, large.propose(1, big, big, big))).toHaveLength(3);
  });

  test("with too much under way it is busy", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.propose(1, ...Array.from({ length: MAX_UNCOMMITTED_ENTRIES }, () => Uint8Array.of(1)));
    expect(orderOf(peer.propose(2, Uint8Array.of(1)))).toEqual([{ kind: "not-proposed", ticket: 2, because: "busy" }]);
  });
});

describe("phase 3 at a follower", () => {
  test("f.3.2: a proposal is acknowledged when it is on disk, not before", () => {
    const peer = followerOf(5, historyOf([1]));
    const entries = [entry(2, 5, 1)];
    const heard = peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 1, entries });
    expect([savesOf(heard), sendsOf(heard)]).toEqual([[[{ kind: "append", entries }]], []]);
    expect(saidTo(B, peer.sync())).toEqual([{ kind: "accepted", epoch: 5, index: 2 }]);
  });

  test("f.3.3: what is committed is delivered, in order", () => {
    const peer = followerOf(5, historyOf([1]));
    const entries = [entry(2, 5, 1), entry(3, 5, 2, 9)];
    peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 1, entries });
    const effects = peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 3, entries: [] });
    expect(eventsOf(effects)).toEqual([{ kind: "entries-committed", first: 2, index: 3, epoch: 5 }]);
    expect(orderOf(effects)).toEqual([
      {
        kind: "delivered",
        entries: [
          { index: 2, term: 5, command: null },
          { index: 3, term: 5, command: Uint8Array.of(9) },
        ],
      },
    ]);
  });

  test("one disk write acknowledges all that came before it", () => {
    const peer = followerOf(5, historyOf([1]));
    for (const each of [entry(2, 5, 1), entry(3, 5, 2, 9)])
      peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 1, entries: [each] });
    expect(saidTo(B, peer.sync())).toEqual([{ kind: "accepted", epoch: 5, index: 3 }]);
  });

  test.each([
    ["a gap", entry(3, 5, 2, 1)],
    ["the same once more", entry(1, 1, 1, 1, 1)],
    ["a counter left out", entry(2, 5, 2, 1)],
    ["a later epoch", entry(2, 6, 1, 1)],
  ])("%s among proposals ends the attempt, and changes nothing", (_what, wrong) => {
    const peer = followerOf(5, historyOf([1]));
    const effects = peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 1, entries: [wrong] });
    expect(savesOf(effects)).toEqual([]);
    expect(eventsOf(effects)).toEqual([{ kind: "epoch-ended", epoch: 5, leader: B, because: "nonsense" }]);
    expect(peer.view.lastIndex).toBe(1);
  });

  test("a commit of more than it has is one of what it has", () => {
    const peer = followerOf(5, historyOf([1]));
    peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 9, entries: [entry(2, 5, 1)] });
    expect(peer.view.commitIndex).toBe(2);
  });

  test("a follower refuses to propose and to read", () => {
    const peer = followerOf(5, historyOf([1]));
    expect(orderOf(peer.propose(1, Uint8Array.of(1)))).toEqual([
      { kind: "not-proposed", ticket: 1, because: "not-leader" },
    ]);
    expect(orderOf(peer.command({ kind: "read", ticket: 2 }))).toEqual([
      { kind: "not-readable", ticket: 2, because: "not-leader" },
    ]);
  });
});

describe("reads", () => {
  test("are answered when a quorum has said, after they came, that it is still of the epoch", () => {
    const peer = establishedLeader(5, historyOf([1]));
    const asked = peer.command({ kind: "read", ticket: 3 });
    const [ping] = saidTo(B, asked);
    expect(ping).toMatchObject({ kind: "ping", epoch: 5 });
    const round = ping?.kind === "ping" ? ping.round : 0;
    expect(orderOf(peer.receive(B, { kind: "pong", epoch: 5, round: round - 1 }))).toEqual([]);
    expect(orderOf(peer.receive(B, { kind: "pong", epoch: 5, round }))).toEqual([
      { kind: "readable", ticket: 3, index: 2 },
    ]);
  });

  test("a word of another epoch confirms nothing", () => {
    const peer = establishedLeader(5, historyOf([1]));
    const [ping] = saidTo(B, peer.command({ kind: "read", ticket: 3 }));
    const round = ping?.kind === "ping" ? ping.round : 0;
    expect(orderOf(peer.receive(B, { kind: "pong", epoch: 6, round }))).toEqual([]);
  });

  test("are answered though others were asked so often before that no more rounds are sent, and changes go on", () => {
    const peer = establishedLeader(5, historyOf([1]));
    const rounds: number[] = [];
    const hear = (effects: readonly ZabEffect[]): void => {
      for (const said of saidTo(B, effects)) if (said.kind === "ping") rounds.push(said.round);
    };
    const last = MAX_ROUNDS + 10;
    for (let ticket = 1; ticket <= last; ticket++) hear(peer.command({ kind: "read", ticket }));
    const told: unknown[] = [];
    for (let beat = 0; beat < 5; beat++) {
      for (const round of rounds.splice(0))
        told.push(
          ...orderOf(peer.receive(B, { kind: "pong", epoch: 5, round })).filter(({ kind }) => kind === "readable"),
        );
      peer.propose(100 + beat, Uint8Array.of(beat));
      peer.sync();
      peer.receive(B, { kind: "accepted", epoch: 5, index: peer.view.lastIndex });
      hear(peer.wait(HEARTBEAT_MS));
    }
    expect(told).toHaveLength(last);
  });

  test("wait until the epoch is established", () => {
    const peer = leaderOf(5, historyOf([1]));
    expect(peer.command({ kind: "read", ticket: 3 })).toEqual([]);
    const effects = peer.receive(B, { kind: "accepted", epoch: 5, index: 1 });
    expect(saidTo(B, effects).map(({ kind }) => kind)).toContain("ping");
  });

  test("are refused when this peer leads no more", () => {
    const peer = establishedLeader(5, historyOf([1]));
    peer.command({ kind: "read", ticket: 3 });
    expect(orderOf(peer.name(null))).toEqual([{ kind: "not-readable", ticket: 3, because: "not-leader" }]);
  });

  test("a follower says of which epoch it is, whatever it is asked", () => {
    const peer = followerOf(5, historyOf([1]));
    expect(saidTo(B, peer.receive(B, { kind: "ping", epoch: 4, round: 8 }))).toEqual([
      { kind: "pong", epoch: 5, round: 8 },
    ]);
    expect(saidTo(A, peer.receive(C, { kind: "ping", epoch: 5, round: 8 }))).toEqual([]);
  });
});
