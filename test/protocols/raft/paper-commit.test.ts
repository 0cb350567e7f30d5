import { describe, expect, test } from "vitest";
import { COMMIT_NEWS_MS } from "../../../src/core/order-limits.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import {
  A,
  appended,
  appendsTo,
  B,
  C,
  configured,
  D,
  E,
  event,
  eventsOf,
  kindsOf,
  leaderOf,
  logOf,
  noOp,
  OnBench,
  type RaftEffect,
  records,
  requestVote,
  save,
  sendsOf,
  voteAnswer,
} from "./on-bench.ts";

describe("commit (sections 5.3 and 5.4.2)", () => {
  test("an entry commits when a majority has it on disk, with all before it", () => {
    const peer = leaderOf([1]);
    peer.sync();
    const effects = peer.receive(B, appended(2, 1, 2));
    expect(effects).toEqual([
      event({ kind: "entry-committed", first: 1, index: 2, term: 2 }),
      event({
        kind: "delivered",
        entries: [
          { index: 1, term: 1, command: null },
          { index: 2, term: 2, command: null },
        ],
      }),
    ]);
  });

  test("what is committed is told to all within COMMIT_NEWS_MS", () => {
    const peer = leaderOf([1]);
    peer.sync();
    peer.receive(B, appended(2, 1, 2));
    expect(peer.machine.deadline).toBe(peer.now + COMMIT_NEWS_MS);
    const effects = peer.expire();
    for (const member of [B, C])
      expect(appendsTo(member, effects)).toMatchObject([{ previousIndex: 2, leaderCommit: 2, entries: [] }]);
    expect(peer.machine.deadline).toBeGreaterThan(peer.now + COMMIT_NEWS_MS);
  });

  test("what is committed is told at once where that is asked for, and then it is no news any more", () => {
    const peer = leaderOf([1]);
    peer.sync();
    peer.receive(B, appended(2, 1, 2));
    const effects = peer.command({ kind: "tell" });
    for (const member of [B, C])
      expect(appendsTo(member, effects)).toMatchObject([{ previousIndex: 2, leaderCommit: 2, entries: [] }]);
    expect(peer.command({ kind: "tell" })).toEqual([]);
    expect(sendsOf(peer.wait(COMMIT_NEWS_MS))).toEqual([]);
    expect(new OnBench(records(1, logOf([1]))).command({ kind: "tell" })).toEqual([]);
  });

  test("entries that leave before that tell it, and then it is no news any more", () => {
    const peer = leaderOf([1]);
    peer.sync();
    peer.receive(B, appended(2, 1, 2));
    const effects = peer.command({ kind: "propose", ticket: 1, commands: [Uint8Array.of(7)] });
    for (const member of [B, C]) expect(appendsTo(member, effects)).toMatchObject([{ leaderCommit: 2, entries: [{}] }]);
    expect(sendsOf(peer.wait(COMMIT_NEWS_MS))).toEqual([]);
  });

  test("of its own log a leader counts only what is on its disk", () => {
    const peer = leaderOf([1]);
    expect(peer.receive(B, appended(2, 1, 2))).toEqual([]);
    expect(eventsOf(peer.sync())).toEqual([{ kind: "entry-committed", first: 1, index: 2, term: 2 }]);
  });

  test("the disks of the others suffice without the leader's own", () => {
    const peer = leaderOf([1]);
    peer.receive(B, appended(2, 1, 2));
    const effects = peer.receive(C, appended(2, 2, 2));
    expect(eventsOf(effects)).toEqual([{ kind: "entry-committed", first: 1, index: 2, term: 2 }]);
  });

  test("an entry of an earlier term does not commit by counting, only with one of the own term", () => {
    const peer = leaderOf([1, 2, 3], [A, B, C, D, E]);
    peer.sync();
    for (const [i, voter] of [B, C, D, E].entries()) expect(peer.receive(voter, appended(4, i + 1, 3))).toEqual([]);
    expect(peer.view.commitIndex).toBe(0);
    peer.receive(B, appended(4, 1, 4));
    const effects = peer.receive(C, appended(4, 2, 4));
    expect(eventsOf(effects)).toEqual([{ kind: "entry-committed", first: 1, index: 4, term: 4 }]);
  });

  test("learners do not count", () => {
    const peer = new OnBench(records(1, logOf([1], [A, B, C], [D])));
    peer.elect(B, C);
    peer.sync();
    expect(peer.receive(D, appended(2, 3, 2))).toEqual([]);
    expect(peer.view.commitIndex).toBe(0);
  });

  test("a single voter commits by its own disk alone", () => {
    const peer = new OnBench();
    expect(peer.command({ kind: "found" })).toEqual([
      event({
        kind: "configuration-changed",
        index: 1,
        configuration: { voters: [A], learners: [] },
        change: "founded",
        peer: A,
      }),
      event({ kind: "election-started", term: 1, because: { kind: "founding" } }),
      save(
        1,
        { kind: "hard-state", currentTerm: 1, votedFor: A },
        { kind: "append", entries: [configured(1, 1, { voters: [A], learners: [] })] },
      ),
    ]);
    expect(kindsOf(peer.sync())).toEqual(["leader-elected", "entry-committed"]);
    expect(peer.view.commitIndex).toBe(1);
    peer.sync();
    expect(peer.view).toMatchObject({ role: "leader", commitIndex: 2, lastLogIndex: 2 });
  });
});

describe("Figure 8 (section 5.4.2)", () => {
  const FIVE = [A, B, C, D, E];

  /** (c): A leads again, in term 4. Its entry of term 2 is on three of five disks; E has one of term 3 in its place. */
  function leaderAgain(): OnBench {
    const a = new OnBench(records(3, logOf([1, 2], FIVE)));
    a.elect(B, C);
    a.sync();
    a.receive(B, appended(4, 1, 2));
    a.receive(C, appended(4, 2, 2));
    return a;
  }

  /** What somebody with this log answers to E, which asks for its vote in term 5. */
  function answerToE(peer: PeerId, terms: readonly number[]) {
    const voter = new OnBench(records(4, logOf(terms, FIVE)), peer);
    return sendsOf(voter.receive(E, requestVote(5, 2, 3)));
  }

  test("(c) an entry of an earlier term that a majority has on disk is not committed for that", () => {
    expect(leaderAgain().view).toMatchObject({ role: "leader", currentTerm: 4, lastLogIndex: 3, commitIndex: 0 });
  });

  test("(d) for whoever has a later one in its place can still be elected, and overwrites it", () => {
    const logs = [
      [B, [1, 2]],
      [C, [1, 2]],
      [D, [1]],
    ] as const;
    for (const [peer, terms] of logs) expect(answerToE(peer, terms)).toEqual([{ to: E, message: voteAnswer(5, true) }]);
    const a = leaderAgain();
    const e = new OnBench(records(4, logOf([1, 3], FIVE)), E);
    talk({ leader: e, follower: a, as: [E, A] }, e.elect(B, C, D));
    expect(a.view.tail).toEqual([...logOf([1], FIVE), noOp(2, 3), noOp(3, 5)]);
    expect(a.view).toMatchObject({ role: "follower", leader: E, commitIndex: 0 });
  });

  test("(e) with an entry of the own term it is committed, and nobody without it is elected", () => {
    const a = leaderAgain();
    a.receive(B, appended(4, 3, 3));
    expect(eventsOf(a.receive(C, appended(4, 4, 3)))).toEqual([
      { kind: "entry-committed", first: 1, index: 3, term: 4 },
    ]);
    for (const peer of [B, C]) expect(answerToE(peer, [1, 2, 4])).toEqual([{ to: E, message: voteAnswer(5, false) }]);
    expect(answerToE(D, [1])).toEqual([{ to: E, message: voteAnswer(5, true) }]);
  });
});

/** Lets a leader and a follower talk, each of the other's disk in no time, until the leader has nothing to say. */
function talk(
  { leader, follower, as: [leaderId, followerId] }: { leader: OnBench; follower: OnBench; as: [PeerId, PeerId] },
  said: readonly RaftEffect[],
): void {
  let appends = appendsTo(followerId, said);
  while (appends.length > 0) {
    const answers = appends.flatMap((append) => sendsOf(follower.receive(leaderId, append)));
    follower.sync();
    appends = answers.flatMap(({ message }) => appendsTo(followerId, leader.receive(followerId, message)));
  }
}
