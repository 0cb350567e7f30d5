import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { MAX_APPEND_BYTES, MAX_ENTRIES } from "../../../src/core/order-limits.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { Log } from "../../../src/protocols/raft/log.ts";
import { type Entry, entry, MAX_LEARNERS } from "../../../src/protocols/raft/message.ts";
import { encode, list } from "../../../src/wire/codec.ts";
import {
  A,
  appendEntries,
  appended,
  appendsTo,
  B,
  C,
  configured,
  D,
  event,
  eventsOf,
  HEARTBEAT_MS,
  kindsOf,
  leaderOf,
  logOf,
  mismatch,
  noOp,
  OnBench,
  records,
  save,
  send,
  sendsOf,
} from "./on-bench.ts";

describe("a follower's consistency check (section 5.3)", () => {
  test("what was taken is on disk before the leader hears so", () => {
    const peer = new OnBench(records(1, logOf([1])));
    const message = appendEntries(1, { round: 4, previousIndex: 1, previousTerm: 1, entries: [noOp(2, 1)] });
    const effects = peer.receive(B, message).filter(({ kind }) => kind !== "event");
    expect(effects).toEqual([save(1, { kind: "append", entries: [noOp(2, 1)] }), send(B, appended(1, 4, 2), 1)]);
  });

  test("a heartbeat that comes while entries are being saved is answered at once, for what is on disk", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(B, appendEntries(1, { previousIndex: 1, previousTerm: 1, entries: [noOp(2, 1)] }));
    const heartbeat = appendEntries(1, { round: 2, previousIndex: 2, previousTerm: 1 });
    expect(peer.receive(B, heartbeat)).toEqual([send(B, appended(1, 2, 1))]);
    peer.sync();
    expect(peer.receive(B, heartbeat)).toEqual([send(B, appended(1, 2, 2))]);
  });

  test("a heartbeat of a new term is answered when that term is on disk", () => {
    const peer = new OnBench(records(1, logOf([1])));
    const effects = peer.receive(B, appendEntries(2, { round: 2, previousIndex: 1, previousTerm: 1 }));
    expect(effects).toContainEqual(save(1, { kind: "hard-state", currentTerm: 2, votedFor: null }));
    expect(effects.at(-1)).toEqual(send(B, appended(2, 2, 1), 1));
  });

  test("a heartbeat says nothing of entries behind those that it speaks of", () => {
    const peer = new OnBench(records(1, logOf([1, 1, 1])));
    const heartbeat = appendEntries(1, { round: 2, previousIndex: 2, previousTerm: 1 });
    expect(sendsOf(peer.receive(B, heartbeat))).toEqual([{ to: B, message: appended(1, 2, 2) }]);
  });

  test("a new term and its first entries are saved together", () => {
    const peer = new OnBench(records(1, logOf([1])));
    const effects = peer.receive(B, appendEntries(2, { previousIndex: 1, previousTerm: 1, entries: [noOp(2, 2)] }));
    expect(effects).toContainEqual(
      save(1, { kind: "hard-state", currentTerm: 2, votedFor: null }, { kind: "append", entries: [noOp(2, 2)] }),
    );
  });

  test("a blank peer takes the log of any leader of its cluster", () => {
    const peer = new OnBench();
    const entries = logOf([1, 1], [B, C, D], [A]);
    const effects = peer.receive(B, appendEntries(1, { entries, leaderCommit: 1 }));
    expect(kindsOf(effects)).toEqual(["leader-elected", "configuration-changed", "bound-changed", "entry-committed"]);
    expect(peer.view).toMatchObject({ role: "learner", lastLogIndex: 2, commitIndex: 1 });
  });

  const conflicts: readonly [string, readonly number[], number, number, number, number][] = [
    ["too short a log: the leader goes on behind its end", [1, 1], 5, 3, 3, 0],
    ["a conflicting term: the leader skips all of it", [1, 2, 2, 2], 4, 3, 2, 2],
    ["a conflict at the very end", [1, 1, 3], 3, 2, 3, 3],
  ];
  test.each(conflicts)("%s", (_rule, terms, previousIndex, previousTerm, conflictIndex, conflictTerm) => {
    const peer = new OnBench(records(4, logOf(terms)));
    const message = appendEntries(4, { round: 6, previousIndex, previousTerm, entries: [noOp(previousIndex + 1, 4)] });
    expect(sendsOf(peer.receive(B, message))).toEqual([
      { to: B, message: mismatch(4, 6, conflictIndex, conflictTerm) },
    ]);
    expect(peer.view.lastLogIndex).toBe(terms.length);
  });

  test("the leader is never sent back before what is committed", () => {
    const peer = new OnBench(records(2, logOf([1, 1, 1, 1])));
    peer.receive(B, appendEntries(2, { previousIndex: 3, previousTerm: 1, leaderCommit: 3 }));
    const message = appendEntries(2, { round: 2, previousIndex: 4, previousTerm: 2 });
    expect(sendsOf(peer.receive(B, message))).toEqual([{ to: B, message: mismatch(2, 2, 4, 1) }]);
  });

  test("entries that contradict the leader's are cut, with all that follow", () => {
    const peer = new OnBench(records(3, logOf([1, 2, 2, 2])));
    const entries = [noOp(3, 3)];
    const effects = peer.receive(B, appendEntries(3, { previousIndex: 2, previousTerm: 2, entries }));
    expect(eventsOf(effects)).toContainEqual({ kind: "log-truncated", from: 3 });
    expect(effects).toContainEqual(save(1, { kind: "append", entries }));
    expect(peer.view.lastLogIndex).toBe(3);
    const again = new OnBench([...records(3, logOf([1, 2, 2, 2])), { kind: "append", entries }]);
    expect(again.view.tail).toEqual(peer.view.tail);
  });

  test("an old message that comes late cuts nothing", () => {
    const peer = new OnBench(records(1, logOf([1, 1, 1, 1])));
    const message = appendEntries(1, { previousIndex: 1, previousTerm: 1, entries: [noOp(2, 1)] });
    expect(sendsOf(peer.receive(B, message))).toEqual([{ to: B, message: appended(1, 1, 2) }]);
    expect(peer.view.lastLogIndex).toBe(4);
  });

  test("a configuration that is cut is in force no more", () => {
    const log = [...logOf([1]), configured(2, 2, { voters: [A, B, C], learners: [D] })];
    const peer = new OnBench(records(3, log));
    expect(peer.view.learners).toEqual([D]);
    const effects = peer.receive(B, appendEntries(3, { previousIndex: 1, previousTerm: 1, entries: [noOp(2, 3)] }));
    expect(eventsOf(effects)).toContainEqual({
      kind: "configuration-changed",
      index: 1,
      configuration: { voters: [A, B, C], learners: [] },
      change: "undone: added as learner",
      peer: D,
    });
    expect(peer.view.learners).toEqual([]);
  });

  test("a committed entry is never cut: a contradiction is a broken invariant", () => {
    const peer = new OnBench(records(2, logOf([1, 1])));
    peer.receive(B, appendEntries(2, { previousIndex: 2, previousTerm: 1, leaderCommit: 2 }));
    const message = appendEntries(2, { previousIndex: 1, previousTerm: 1, entries: [noOp(2, 2)] });
    expect(() => peer.receive(B, message)).toThrow(InvariantViolation);
  });

  test("no more is committed than the leader is known to share", () => {
    const peer = new OnBench(records(2, logOf([1, 1, 1, 1])));
    peer.receive(B, appendEntries(2, { previousIndex: 2, previousTerm: 1, leaderCommit: 9 }));
    expect(peer.view.commitIndex).toBe(2);
  });

  test.each([
    ["a gap", [noOp(4, 1)]],
    ["a term that falls", [noOp(3, 2), noOp(4, 1)]],
    ["a term beyond the leader's", [noOp(3, 9)]],
  ])("entries with %s are not taken", (_flaw, entries) => {
    const peer = new OnBench(records(2, logOf([1, 1])));
    expect(peer.receive(B, appendEntries(2, { previousIndex: 2, previousTerm: 1, entries }))).toEqual([]);
  });
});

describe("a leader's replication (section 5.3)", () => {
  test("it replicates while its own disk is still busy", () => {
    const peer = new OnBench(records(1, logOf([1])));
    const effects = peer.elect(B);
    expect(effects.filter(({ kind }) => kind === "save")).toHaveLength(1);
    for (const effect of effects) if (effect.kind === "send") expect(effect.after).toBe(0);
  });

  test("a heartbeat goes to every member every interval", () => {
    const peer = leaderOf([1]);
    expect(peer.machine.deadline).toBe(peer.now + HEARTBEAT_MS);
    const effects = peer.expire();
    for (const member of [B, C])
      expect(appendsTo(member, effects)).toMatchObject([{ previousIndex: 2, previousTerm: 2, entries: [] }]);
  });

  test("a follower without the conflicting term's entries is asked from its hint on", () => {
    const peer = leaderOf([1, 1, 3]);
    const [append] = appendsTo(B, peer.receive(B, mismatch(4, 1, 2, 2)));
    expect(append).toMatchObject({ previousIndex: 1, entries: [{ index: 2 }, { index: 3 }, { index: 4 }] });
  });

  test("where the leader has entries of the conflicting term it goes on behind the last of them", () => {
    const peer = leaderOf([1, 2, 2, 4]);
    const [append] = appendsTo(B, peer.receive(B, mismatch(5, 1, 2, 2)));
    expect(append).toMatchObject({ previousIndex: 3, previousTerm: 2, entries: [{ index: 4 }, { index: 5 }] });
  });

  test("mismatches of one loss send the leader back once", () => {
    const peer = leaderOf([1, 1, 1]);
    peer.expire();
    expect(appendsTo(B, peer.receive(B, mismatch(2, 1, 2, 0)))).toHaveLength(1);
    expect(peer.receive(B, mismatch(2, 3, 2, 0))).toEqual([]);
  });

  test("a probe that got no answer is repeated by the next heartbeat, without its entries", () => {
    const peer = leaderOf([1, 1, 1]);
    peer.receive(B, mismatch(2, 1, 2, 0));
    expect(appendsTo(B, peer.expire())).toMatchObject([{ previousIndex: 1, entries: [] }]);
  });

  test("the first answer to a probe ends it, however often it was repeated meanwhile", () => {
    const peer = leaderOf([1, 1, 1]);
    const [probe] = appendsTo(B, peer.receive(B, mismatch(2, 1, 2, 0)));
    for (let i = 0; i < 3; i++) peer.expire();
    peer.receive(B, appended(2, probe?.round ?? 0, 4));
    expect(peer.view.progress[0]).toMatchObject({ peer: B, matchIndex: 4, state: "replicate" });
  });

  test("what a probe carried and was lost is sent again once the logs are known to agree", () => {
    const peer = leaderOf([1, 1, 1]);
    peer.receive(B, mismatch(2, 1, 2, 0));
    const [repeated] = appendsTo(B, peer.expire());
    const effects = peer.receive(B, appended(2, repeated?.round ?? 0, 1));
    expect(appendsTo(B, effects)).toMatchObject([{ previousIndex: 1, entries: [{}, {}, {}] }]);
  });

  test("a long log goes out in messages of at most MAX_ENTRIES, several on their way", () => {
    const peer = leaderOf(new Array<number>(8 * MAX_ENTRIES).fill(1));
    const [probe] = appendsTo(B, peer.receive(B, mismatch(2, 1, 1, 0)));
    expect(probe?.entries).toHaveLength(MAX_ENTRIES);
    let effects = peer.receive(B, appended(2, probe?.round ?? 0, MAX_ENTRIES));
    expect(appendsTo(B, effects).map(({ previousIndex, entries }) => [previousIndex, entries.length])).toEqual([
      [MAX_ENTRIES, MAX_ENTRIES],
      [2 * MAX_ENTRIES, MAX_ENTRIES],
      [3 * MAX_ENTRIES, MAX_ENTRIES],
      [4 * MAX_ENTRIES, MAX_ENTRIES],
    ]);
    effects = peer.receive(B, appended(2, appendsTo(B, effects)[0]?.round ?? 0, 2 * MAX_ENTRIES));
    expect(appendsTo(B, effects).map(({ previousIndex, entries }) => [previousIndex, entries.length])).toEqual([
      [5 * MAX_ENTRIES, MAX_ENTRIES],
    ]);
  });

  test("an answer that claims more than the log holds is not believed", () => {
    const peer = leaderOf([1]);
    peer.receive(B, appended(2, 1, 99));
    expect(peer.view.progress[0]).toMatchObject({ peer: B, matchIndex: 0 });
  });
});

describe("what is kept", () => {
  test("a checkpoint is the fewest records, and rebuilds the same state", () => {
    const saved = [
      ...records(1, logOf([1, 1, 1])),
      { kind: "append" as const, entries: [noOp(2, 2)] },
      { kind: "hard-state" as const, currentTerm: 3, votedFor: B },
    ];
    const peer = new OnBench(saved);
    const checkpoint = peer.machine.checkpoint();
    expect(checkpoint).toEqual([
      { kind: "hard-state", currentTerm: 3, votedFor: B },
      { kind: "append", entries: [...logOf([1]), noOp(2, 2)] },
    ]);
    expect(new OnBench(checkpoint).view).toEqual(peer.view);
  });

  test("forgetting leaves a blank peer, in memory and on disk", () => {
    const peer = new OnBench();
    peer.command({ kind: "found" });
    peer.sync();
    peer.sync();
    expect(peer.command({ kind: "forget" })).toEqual([
      event({ kind: "leader-lost", term: 1, leader: A, because: "removed" }),
      save(3, { kind: "forget" }),
      event({ kind: "order-forgotten" }),
    ]);
    expect(peer.view).toMatchObject({ role: "learner", currentTerm: 0, votedFor: null, leader: null, lastLogIndex: 0 });
    expect(peer.machine.checkpoint()).toEqual([]);
    expect(peer.machine.deadline).toBe(Number.POSITIVE_INFINITY);
    const again = new OnBench([...records(4, logOf([1, 4])), { kind: "forget" }]);
    expect(again.view).toEqual({ ...peer.view, votersHeard: null });
  });

  test("a founder is unbound until anybody else is proposed", () => {
    const peer = new OnBench();
    peer.command({ kind: "found" });
    peer.sync();
    peer.sync();
    const effects = peer.command({ kind: "member", peer: B, status: "healthy" });
    expect(eventsOf(effects)).toContainEqual({ kind: "bound-changed", bound: true });
    expect(eventsOf(peer.command({ kind: "forget" }))).toContainEqual({ kind: "bound-changed", bound: false });
  });

  test("a peer says first whether its saved log is bound", () => {
    expect(eventsOf(new OnBench(records(1, logOf([1]))).first)).toEqual([{ kind: "bound-changed", bound: true }]);
    expect(eventsOf(new OnBench(records(1, logOf([1], [A]))).first)).toEqual([{ kind: "bound-changed", bound: false }]);
    expect(eventsOf(new OnBench().first)).toEqual([{ kind: "bound-changed", bound: false }]);
  });

  test("entries that do not fit one message are sent in several", () => {
    const learners = Array.from({ length: MAX_LEARNERS }, (_, i) => (i + 1).toString(16).padStart(16, "0") as PeerId);
    const log = new Log();
    const entries = Array.from({ length: 20 }, (_, i): Entry => {
      return { index: i + 1, term: 1, payload: { kind: "configuration", configuration: { voters: [A], learners } } };
    });
    for (const each of entries) log.push(each);
    let next = 1;
    for (let messages = 0; next <= 20; messages++) {
      expect(messages).toBeLessThan(20);
      const sent = log.slice(next, MAX_ENTRIES);
      expect(encode(list(entry, MAX_ENTRIES), sent).length).toBeLessThanOrEqual(MAX_APPEND_BYTES);
      next += sent.length;
    }
  });
});
