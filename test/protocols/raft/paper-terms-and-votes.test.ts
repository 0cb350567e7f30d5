import { describe, expect, test } from "vitest";
import {
  A,
  appendEntries,
  appended,
  B,
  C,
  D,
  E,
  event,
  eventsOf,
  kindsOf,
  logOf,
  mismatch,
  OnBench,
  preVote,
  preVoteAnswer,
  records,
  requestVote,
  save,
  send,
  sendsOf,
  TIMEOUT_MS,
  voteAnswer,
} from "./on-bench.ts";

const FIVE = [A, B, C, D, E];

describe("terms (section 5.1)", () => {
  test("a higher term in an answer makes the term one's own, without a vote, and is saved", () => {
    const peer = new OnBench(records(2, logOf([1]), A));
    expect(peer.receive(B, voteAnswer(5, false))).toEqual([
      save(1, { kind: "hard-state", currentTerm: 5, votedFor: null }),
    ]);
  });

  test("a leader that hears of a higher term becomes a follower", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.elect(B);
    const effects = peer.receive(C, mismatch(7, 1, 1, 0));
    expect(eventsOf(effects)).toEqual([{ kind: "leader-lost", term: 2, leader: A, because: "higher-term" }]);
    expect(peer.view).toMatchObject({ role: "follower", currentTerm: 7, leader: null });
  });

  test("a candidate that hears of a higher term becomes a follower", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.expire();
    peer.receive(B, preVoteAnswer(2, true));
    expect(peer.view.role).toBe("candidate");
    expect(kindsOf(peer.receive(C, voteAnswer(9, false)))).toEqual(["election-failed"]);
    expect(peer.view).toMatchObject({ role: "follower", currentTerm: 9 });
  });

  test("a leader of an old term is told the new one and not followed", () => {
    const peer = new OnBench(records(5, logOf([1, 2])));
    expect(peer.receive(B, appendEntries(4, { round: 8 }))).toEqual([send(B, mismatch(5, 8, 3, 0))]);
    expect(peer.view.leader).toBeNull();
  });

  test("answers of old terms are ignored", () => {
    const peer = new OnBench(records(5, logOf([1])));
    expect(peer.receive(B, voteAnswer(4, true))).toEqual([]);
    expect(peer.receive(B, appended(4, 1, 1))).toEqual([]);
    expect(peer.receive(B, { kind: "timeout-now", term: 4 })).toEqual([]);
  });

  test("a term that would soon be too large for a number is not believed", () => {
    const peer = new OnBench(records(5, logOf([1])));
    expect(peer.receive(B, requestVote(Number.MAX_SAFE_INTEGER, 9, 9))).toEqual([]);
  });
});

describe("votes (section 5.2)", () => {
  test("a vote is saved before it is sent", () => {
    const peer = new OnBench(records(1, logOf([1])));
    expect(peer.receive(B, requestVote(2, 1, 1))).toEqual([
      event({ kind: "vote-granted", term: 2, to: B }),
      save(1, { kind: "hard-state", currentTerm: 2, votedFor: B }),
      send(B, voteAnswer(2, true), 1),
    ]);
  });

  test("each peer votes for one candidate a term, first come first served", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(B, requestVote(2, 1, 1));
    peer.sync();
    expect(peer.receive(C, requestVote(2, 9, 1))).toEqual([send(C, voteAnswer(2, false))]);
    // The answer may have been lost, so the same candidate hears the same again.
    expect(peer.receive(B, requestVote(2, 1, 1))).toEqual([send(B, voteAnswer(2, true))]);
  });

  test("a vote outlives a crash between its save and its sending", () => {
    const before = new OnBench(records(1, logOf([1])));
    before.receive(B, requestVote(2, 1, 1));
    before.sync();
    const after = new OnBench(before.machine.checkpoint());
    expect(after.receive(C, requestVote(2, 9, 1))).toEqual([send(C, voteAnswer(2, false))]);
  });

  test("a vote of an old term is refused", () => {
    const peer = new OnBench(records(5, logOf([1])));
    expect(peer.receive(B, requestVote(4, 9, 4))).toEqual([send(B, voteAnswer(5, false))]);
  });

  test("the election timeout is drawn anew from the least one to twice that", () => {
    const timeouts = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const peer = new OnBench(records(1, logOf([1])), A, seed);
      peer.receive(B, appendEntries(1, { previousIndex: 1, previousTerm: 1 }));
      timeouts.add(peer.machine.deadline - peer.now);
    }
    expect(Math.min(...timeouts)).toBeGreaterThanOrEqual(TIMEOUT_MS);
    expect(Math.max(...timeouts)).toBeLessThanOrEqual(2 * TIMEOUT_MS);
    expect(timeouts.size).toBeGreaterThan(100);
  });

  test("a candidate raises its term, votes for itself, saves both, then asks everybody", () => {
    const peer = new OnBench(records(1, logOf([1, 1])));
    peer.expire();
    const effects = peer.receive(B, preVoteAnswer(2, true));
    expect(effects).toEqual([
      save(1, { kind: "hard-state", currentTerm: 2, votedFor: A }),
      send(B, requestVote(2, 2, 1), 1),
      send(C, requestVote(2, 2, 1), 1),
    ]);
  });

  test("a majority of the votes makes a leader, which says so at once", () => {
    const peer = new OnBench(records(1, logOf([1], FIVE)));
    peer.expire();
    for (const voter of [B, C]) peer.receive(voter, preVoteAnswer(2, true));
    peer.sync();
    expect(peer.receive(B, voteAnswer(2, true))).toEqual([]);
    const effects = peer.receive(D, voteAnswer(2, true));
    expect(eventsOf(effects)).toMatchObject([
      { kind: "leader-elected", term: 2, leader: A, election: { yes: [A, B, D], silent: [C, E], outcome: "won" } },
    ]);
    const sends = sendsOf(effects);
    expect(sends.map(({ to }) => to)).toEqual([B, C, D, E]);
    for (const { message } of sends)
      expect(message).toMatchObject({
        kind: "append-entries",
        previousIndex: 1,
        previousTerm: 1,
        entries: [{ index: 2, term: 2, payload: { kind: "no-op" } }],
      });
  });

  test("the candidate's own vote counts only when it is on disk", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.expire();
    peer.receive(B, preVoteAnswer(2, true));
    peer.receive(B, voteAnswer(2, true));
    expect(peer.view.role).toBe("candidate");
    peer.sync();
    expect(peer.view.role).toBe("leader");
  });

  test("votes of peers that are no voters do not count", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.expire();
    peer.receive(B, preVoteAnswer(2, true));
    peer.sync();
    peer.receive(D, voteAnswer(2, true));
    expect(peer.view.role).toBe("candidate");
  });

  test("a candidate that hears the leader of its term follows it", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.expire();
    peer.receive(B, preVoteAnswer(2, true));
    const effects = peer.receive(C, appendEntries(2, { previousIndex: 1, previousTerm: 1 }));
    expect(kindsOf(effects)).toEqual(["election-failed", "leader-elected"]);
    expect(peer.view).toMatchObject({ role: "follower", leader: C });
  });

  test("a candidate that a majority refuses stands no more until its timer runs out", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.expire();
    peer.receive(B, preVoteAnswer(2, true));
    peer.sync();
    peer.receive(B, voteAnswer(2, false));
    expect(eventsOf(peer.receive(C, voteAnswer(2, false)))).toEqual([
      { kind: "election-failed", term: 2, because: "no-majority" },
    ]);
    expect(peer.view.role).toBe("follower");
    peer.expire();
    expect(peer.view.role).toBe("pre-candidate");
  });

  test("a learner and a peer without any configuration never stand", () => {
    for (const peer of [new OnBench(records(1, logOf([1], [B, C, D], [A]))), new OnBench()]) {
      expect(peer.wait(20 * TIMEOUT_MS)).toEqual([]);
      expect(peer.view.role).toBe("learner");
    }
  });

  test("a learner and a peer without any configuration grant votes: the candidate's configuration decides", () => {
    for (const peer of [new OnBench(records(1, logOf([1], [B, C, D], [A]))), new OnBench()])
      expect(sendsOf(peer.receive(B, requestVote(2, 5, 1)))).toEqual([{ to: B, message: voteAnswer(2, true) }]);
  });

  test("a leader-elect tells a second leader of its term nothing and follows it not", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.elect(B);
    expect(peer.receive(C, appendEntries(2, { previousIndex: 1, previousTerm: 1 }))).toEqual([]);
    expect(peer.view.role).toBe("leader");
  });
});

describe("the up-to-date rule (section 5.4.1)", () => {
  const cases: readonly [string, number, number, boolean][] = [
    ["a later last term wins, however short the log", 1, 3, true],
    ["an earlier last term loses, however long the log", 9, 1, false],
    ["of equal last terms the longer log wins", 4, 2, true],
    ["equal logs are up to date", 3, 2, true],
    ["of equal last terms the shorter log loses", 2, 2, false],
  ];
  test.each(cases)("%s", (_rule, lastLogIndex, lastLogTerm, granted) => {
    const vote = new OnBench(records(3, logOf([1, 2, 2])));
    expect(sendsOf(vote.receive(B, requestVote(4, lastLogIndex, lastLogTerm)))).toEqual([
      { to: B, message: voteAnswer(4, granted) },
    ]);
    const asked = new OnBench(records(3, logOf([1, 2, 2])));
    expect(asked.receive(B, preVote(4, lastLogIndex, lastLogTerm))).toEqual([
      send(B, preVoteAnswer(granted ? 4 : 3, granted)),
    ]);
  });
});

describe("pre-vote (dissertation 9.6)", () => {
  test("who hears no leader asks before it raises its term; nothing is saved", () => {
    const peer = new OnBench(records(3, logOf([1, 2])));
    const { deadline } = peer.machine;
    expect(peer.expire()).toEqual([
      event({
        kind: "election-started",
        term: 4,
        because: { kind: "leader-silent", leader: null, silentMs: deadline - 1_000 },
      }),
      send(B, preVote(4, 2, 2)),
      send(C, preVote(4, 2, 2)),
    ]);
    expect(peer.view).toMatchObject({ role: "pre-candidate", currentTerm: 3 });
  });

  test("granting changes neither term nor vote, and more than one may be granted", () => {
    const peer = new OnBench(records(1, logOf([1])));
    expect(peer.receive(B, preVote(2, 1, 1))).toEqual([send(B, preVoteAnswer(2, true))]);
    expect(peer.receive(C, preVote(2, 1, 1))).toEqual([send(C, preVoteAnswer(2, true))]);
    expect(peer.view).toMatchObject({ currentTerm: 1, votedFor: null });
  });

  test("a yes that was meant for an earlier campaign, or for no term that is stood for, counts for nothing", () => {
    const peer = new OnBench(records(3, logOf([1])));
    peer.expire();
    for (const term of [2, 3, 5]) peer.receive(B, preVoteAnswer(term, true));
    expect(peer.view).toMatchObject({ role: "pre-candidate", currentTerm: 3 });
    peer.receive(B, preVoteAnswer(4, true));
    expect(peer.view).toMatchObject({ role: "candidate", currentTerm: 4 });
  });

  test("a pre-vote for no later term than one's own is refused, and the answer tells the term", () => {
    const peer = new OnBench(records(6, logOf([1])));
    expect(peer.receive(B, preVote(6, 9, 5))).toEqual([send(B, preVoteAnswer(6, false))]);
  });

  test("a refusal with a higher term is taken over, so that the next attempt can succeed", () => {
    const peer = new OnBench(records(3, logOf([1])));
    peer.expire();
    peer.receive(B, preVoteAnswer(6, false));
    expect(peer.view).toMatchObject({ role: "follower", currentTerm: 6 });
    expect(sendsOf(peer.expire())[0]?.message).toEqual(preVote(7, 1, 1));
  });

  test("while a leader was heard within the least timeout, no vote and no pre-vote is granted", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(C, appendEntries(1, { previousIndex: 1, previousTerm: 1 }));
    peer.now += TIMEOUT_MS - 1;
    expect(peer.receive(B, preVote(2, 9, 1))).toEqual([send(B, preVoteAnswer(1, false, TIMEOUT_MS - 1))]);
    expect(sendsOf(peer.receive(B, requestVote(2, 9, 1)))[0]?.message).toMatchObject({ term: 1, granted: false });
    expect(peer.view.currentTerm).toBe(1);
    peer.now += 1;
    expect(peer.receive(B, preVote(2, 9, 1))).toEqual([send(B, preVoteAnswer(2, true, TIMEOUT_MS))]);
  });

  test("a leader refuses as long as it leads", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.elect(B);
    expect(peer.receive(C, preVote(3, 9, 9))).toEqual([send(C, preVoteAnswer(2, false, 0))]);
    expect(sendsOf(peer.receive(C, requestVote(3, 9, 9)))[0]?.message).toMatchObject({ term: 2, granted: false });
    expect(peer.view.role).toBe("leader");
  });

  test("an attempt that finds no quorum tells so once, however often it is repeated", () => {
    const peer = new OnBench(records(1, logOf([1])));
    const told = eventsOf(peer.wait(20 * TIMEOUT_MS));
    expect(told).toMatchObject([
      { kind: "election-started" },
      { kind: "election-failed", because: "no-majority" },
      { kind: "quorum-lost", missing: [B, C], voters: 3 },
    ]);
    const regained = peer.receive(B, appendEntries(2, { previousIndex: 1, previousTerm: 1 }));
    expect(kindsOf(regained)).toEqual(["leader-elected", "quorum-regained"]);
  });
});

describe("the hint of a broken link", () => {
  function follower(standby: typeof A | typeof B): OnBench {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(C, appendEntries(1, { previousIndex: 1, previousTerm: 1, standby }));
    return peer;
  }

  test("the standby asks for pre-votes at once", () => {
    const effects = follower(A).give({ kind: "link", peer: C, up: false });
    expect(effects).toEqual([
      event({ kind: "election-started", term: 2, because: { kind: "link-broke", leader: C } }),
      send(B, preVote(2, 1, 1)),
      send(C, preVote(2, 1, 1)),
    ]);
  });

  test("another voter asks after 10 to 40 ms", () => {
    const peer = follower(B);
    expect(peer.give({ kind: "link", peer: C, up: false })).toEqual([]);
    const delay = peer.machine.deadline - peer.now;
    expect(delay).toBeGreaterThanOrEqual(10);
    expect(delay).toBeLessThanOrEqual(40);
    expect(sendsOf(peer.expire())).toHaveLength(2);
  });

  test("a broken link to anybody but the leader says nothing", () => {
    const peer = follower(A);
    expect(peer.give({ kind: "link", peer: B, up: false })).toEqual([]);
    expect(peer.view.role).toBe("follower");
  });

  test("whose own link to the leader broke grants votes although it heard it lately", () => {
    const peer = follower(B);
    peer.give({ kind: "link", peer: C, up: false });
    expect(peer.receive(B, preVote(2, 1, 1))).toEqual([send(B, preVoteAnswer(2, true, 0))]);
    expect(eventsOf(peer.receive(B, requestVote(2, 1, 1)))).toMatchObject([
      { kind: "leader-lost", because: "link-broke" },
      { kind: "vote-granted", to: B },
    ]);
  });

  test("refused by one that has not noticed yet, it asks again soon, but no more than five times", () => {
    const peer = follower(A);
    peer.give({ kind: "link", peer: C, up: false });
    for (let attempt = 0; attempt < 5; attempt++) {
      peer.receive(B, preVoteAnswer(1, false, 20));
      expect(peer.machine.deadline - peer.now).toBeLessThanOrEqual(40);
      expect(peer.expire()).toEqual([send(B, preVote(2, 1, 1)), send(C, preVote(2, 1, 1))]);
    }
    peer.receive(B, preVoteAnswer(1, false, 20));
    expect(peer.machine.deadline - peer.now).toBeGreaterThan(40);
  });

  test("a vote that was split is tried again within 180 ms, five times, and then after an ordinary timeout", () => {
    const peer = follower(A);
    peer.give({ kind: "link", peer: C, up: false });
    for (let attempt = 1; attempt <= 5; attempt++) {
      const { currentTerm } = peer.view;
      peer.receive(B, preVoteAnswer(currentTerm + 1, true));
      peer.sync();
      expect(peer.view).toMatchObject({ role: "candidate", currentTerm: currentTerm + 1 });
      expect(peer.machine.deadline - peer.now).toBeGreaterThanOrEqual(60);
      expect(peer.machine.deadline - peer.now).toBeLessThanOrEqual(180);
      expect(eventsOf(peer.expire())).toContainEqual({
        kind: "election-started",
        term: currentTerm + 2,
        because: { kind: "link-broke", leader: C },
      });
    }
    peer.receive(B, preVoteAnswer(peer.view.currentTerm + 1, true));
    peer.sync();
    expect(peer.machine.deadline - peer.now).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  test("a vote whose question has not left yet, for a slow disk, is not taken for a split one", () => {
    const peer = follower(A);
    peer.give({ kind: "link", peer: C, up: false });
    peer.receive(B, preVoteAnswer(2, true));
    expect(peer.machine.deadline - peer.now).toBeGreaterThanOrEqual(TIMEOUT_MS);
    peer.now += 200;
    peer.sync();
    // The others may need as long for theirs.
    expect(peer.machine.deadline - peer.now).toBeGreaterThanOrEqual(200 + 60);
    expect(peer.machine.deadline - peer.now).toBeLessThanOrEqual(200 + 180);
  });

  test("nobody is missing who was not asked yet, for a slow disk", () => {
    const peer = follower(A);
    peer.give({ kind: "link", peer: C, up: false });
    peer.receive(B, preVoteAnswer(2, true));
    expect(kindsOf(peer.expire())).toEqual(["election-failed", "election-started"]);
  });

  test("the hint is void when the link is back and the leader was heard again", () => {
    const peer = follower(B);
    peer.give({ kind: "link", peer: C, up: false });
    const heartbeat = appendEntries(1, { previousIndex: 1, previousTerm: 1, standby: B });
    // One that was on its way when the link broke does not undo the hint.
    peer.receive(C, heartbeat);
    expect(sendsOf(peer.receive(B, preVote(2, 1, 1)))[0]?.message).toMatchObject({ granted: true });
    peer.give({ kind: "link", peer: C, up: true });
    peer.receive(C, heartbeat);
    expect(sendsOf(peer.receive(B, preVote(2, 1, 1)))[0]?.message).toMatchObject({ granted: false });
    expect(peer.machine.deadline - peer.now).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });
});

test("after a pause the election timer starts anew", () => {
  const peer = new OnBench(records(1, logOf([1])));
  peer.now += 10 * TIMEOUT_MS;
  expect(peer.give({ kind: "resumed", gapMs: 10 * TIMEOUT_MS })).toEqual([]);
  expect(peer.give({ kind: "timeout" })).toEqual([]);
  expect(peer.machine.deadline).toBeGreaterThanOrEqual(peer.now + TIMEOUT_MS);
});
