import { describe, expect, test } from "vitest";
import {
  A,
  appendEntries,
  B,
  C,
  commanded,
  logOf,
  OnBench,
  preVote,
  preVoteAnswer,
  records,
  requestVote,
  settledLeader,
  voteAnswer,
} from "./on-bench.ts";

describe("the messages of the latest election", () => {
  test("are those that this peer sent and received, of the pre-vote and of the vote", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.expire();
    const asked = peer.now;
    peer.now += 5;
    peer.receive(B, preVoteAnswer(2, true));
    peer.sync();
    peer.receive(B, voteAnswer(2, true));
    const [log, at] = ["log up to 1 of term 1", peer.now];
    expect(peer.view.messages).toEqual([
      { at: asked, from: A, to: B, kind: "pre-vote", text: `term 2, ${log}` },
      { at: asked, from: A, to: C, kind: "pre-vote", text: `term 2, ${log}` },
      { at, from: B, to: A, kind: "pre-vote-answer", text: "term 2, granted" },
      { at, from: A, to: B, kind: "request-vote", text: `term 2, ${log}` },
      { at, from: A, to: C, kind: "request-vote", text: `term 2, ${log}` },
      { at, from: B, to: A, kind: "vote-answer", text: "term 2, granted" },
    ]);
  });

  test("of a voter are the questions and its answers; nothing else is kept", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(B, requestVote(2, 1, 1));
    peer.receive(B, appendEntries(2, { previousIndex: 1, previousTerm: 1 }));
    peer.receive(C, preVote(2, 1, 1));
    expect(peer.view.messages.map(({ from, kind, text }) => [from, kind, text])).toEqual([
      [B, "request-vote", "term 2, log up to 1 of term 1"],
      [A, "vote-answer", "term 2, granted"],
      [C, "pre-vote", "term 2, log up to 1 of term 1"],
      [A, "pre-vote-answer", "term 2, refused"],
    ]);
  });

  test("begin anew with a later term, and not for a question of an old one", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(B, requestVote(3, 1, 1));
    peer.receive(C, requestVote(2, 1, 1));
    expect(peer.view.messages).toHaveLength(4);
    peer.receive(C, requestVote(4, 1, 1));
    expect(peer.view.messages.map(({ from }) => from)).toEqual([C, A]);
  });

  test("are 32 at most, the latest", () => {
    const peer = new OnBench(records(5, logOf([1])));
    for (let i = 0; i < 40; i++) peer.receive(i % 2 === 0 ? B : C, requestVote(2, 1, 1));
    expect(peer.view.messages).toHaveLength(32);
    expect(peer.view.messages.at(-1)).toMatchObject({ from: A, to: C, text: "term 5, refused" });
  });
});

describe("whether the log holds what giving the cluster up would lose", () => {
  test("is shown", () => {
    const peer = new OnBench();
    expect(peer.view.bound).toBe(false);
    peer.command({ kind: "found" });
    peer.sync();
    expect(peer.view).toMatchObject({ role: "leader", bound: false });
    peer.propose(1, Uint8Array.of(1));
    expect(peer.view.bound).toBe(true);
    peer.command({ kind: "forget" });
    expect(peer.view.bound).toBe(false);
  });

  test("is known from what was saved", () => {
    expect(new OnBench(records(1, [...logOf([1], [A]), commanded(2, 1, 7)])).view.bound).toBe(true);
    expect(settledLeader().view.bound).toBe(true);
  });
});
