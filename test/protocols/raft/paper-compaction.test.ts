import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../../src/protocols/raft/message.ts";
import {
  A,
  appendEntries,
  appended,
  appendsTo,
  B,
  C,
  commanded,
  configured,
  D,
  event,
  eventsOf,
  logOf,
  mismatch,
  noOp,
  OnBench,
  orderOf,
  piecesTo,
  type RaftEffect,
  type RaftRecord,
  records,
  requestVote,
  sendsOf,
  settledLeader,
  voteAnswer,
} from "./on-bench.ts";

const CONFIGURATION = { voters: [A, B, C], learners: [] };
const DATA = Uint8Array.of(7, 7, 7);

/** What stands for the first `lastIndex` entries. */
function snapshotOf(lastIndex: number, lastTerm: number, configuration = CONFIGURATION): Snapshot {
  return { kind: "snapshot", lastIndex, lastTerm, configuration, data: DATA };
}

/** A follower in term 3 with a configuration, `count` commands of term 2 and a no-op of term 3 in its log, all committed. */
function committedFollower(count: number, bytes = 1, options = {}): OnBench {
  const commands = Array.from({ length: count }, (_, i) => commanded(i + 2, 2, ...new Array<number>(bytes).fill(i)));
  const peer = new OnBench(records(3, [...logOf([1]), ...commands, noOp(count + 2, 3)]), A, 1, options);
  const lastIndex = count + 2;
  peer.receive(B, appendEntries(3, { previousIndex: lastIndex, previousTerm: 3, leaderCommit: lastIndex }));
  return peer;
}

/** The same state again, by the records that it amounts to. */
function reborn(peer: OnBench): OnBench {
  return new OnBench(peer.machine.checkpoint());
}

describe("log compaction (section 7)", () => {
  test("what a snapshot holds need not be kept, and its last term still answers the consistency check", () => {
    const peer = committedFollower(100, 100);
    expect(peer.command({ kind: "compact", index: 80, snapshot: DATA })).toEqual([
      // A quarter of the 4096 bytes that make a snapshot wanted is kept for followers that lag: 8 commands.
      event({ kind: "log-compacted", index: 72, bytes: 3 }),
    ]);
    expect(peer.view).toMatchObject({ firstLogIndex: 73, lastLogIndex: 102, snapshotIndex: 80, snapshotBytes: 3 });
    const agrees = appendEntries(3, { previousIndex: 72, previousTerm: 2 });
    expect(sendsOf(peer.receive(B, agrees))).toEqual([{ to: B, message: appended(3, 1, 72) }]);
  });

  test("the configuration is kept, though its entry is gone", () => {
    const peer = committedFollower(100, 100);
    peer.command({ kind: "compact", index: 102, snapshot: DATA });
    expect(peer.view).toMatchObject({ voters: [A, B, C], role: "follower" });
    expect(reborn(peer).view).toMatchObject({ voters: [A, B, C], role: "follower" });
  });

  test("a snapshot has the configuration of its end, not a later one that is in force", () => {
    const later = { voters: [A, B, C], learners: [D] };
    const log = [...logOf([1]), commanded(2, 1, 1), configured(3, 1, later)];
    const peer = new OnBench(records(1, log));
    peer.receive(B, appendEntries(1, { previousIndex: 3, previousTerm: 1, leaderCommit: 2 }));
    peer.command({ kind: "compact", index: 2, snapshot: DATA });
    expect(peer.view.learners).toEqual([D]);
    expect(peer.machine.checkpoint()).toEqual([
      { kind: "hard-state", currentTerm: 1, votedFor: null },
      snapshotOf(2, 1),
      { kind: "append", entries: [configured(3, 1, later)] },
    ]);
  });

  test("a configuration behind the snapshot that is cut leaves the one of the snapshot in force", () => {
    const later = configured(3, 1, { voters: [A, B, C], learners: [D] });
    const peer = new OnBench([...records(2, []), snapshotOf(2, 1), { kind: "append", entries: [later] }]);
    const effects = peer.receive(B, appendEntries(2, { previousIndex: 2, previousTerm: 1, entries: [noOp(3, 2)] }));
    expect(eventsOf(effects)).toContainEqual({
      kind: "configuration-changed",
      index: 2,
      configuration: CONFIGURATION,
      change: "undone: added as learner",
      peer: D,
    });
  });

  test.each([
    ["more than is committed", 12],
    ["less than the one before", 5],
    ["the same as the one before", 8],
  ])("a snapshot of %s changes nothing", (_what, index) => {
    const peer = committedFollower(9);
    peer.command({ kind: "compact", index: 8, snapshot: DATA });
    const before = peer.view;
    expect(peer.command({ kind: "compact", index, snapshot: Uint8Array.of(1) })).toEqual([]);
    expect(peer.view).toEqual(before);
  });

  test("a vote is for the log with its compacted part (section 5.4.1)", () => {
    const peer = committedFollower(20, 100);
    peer.command({ kind: "compact", index: 22, snapshot: DATA });
    const voter = reborn(peer);
    expect(voter.view).toMatchObject({ firstLogIndex: 23, lastLogIndex: 22 });
    expect(sendsOf(voter.receive(B, requestVote(4, 21, 3)))).toEqual([{ to: B, message: voteAnswer(4, false) }]);
    expect(sendsOf(voter.receive(C, requestVote(5, 22, 3)))).toEqual([{ to: C, message: voteAnswer(5, true) }]);
  });
});

describe("when a snapshot is wanted", () => {
  function commit(peer: OnBench, count: number, bytes: number): RaftEffect[] {
    const effects = [...peer.propose(1, ...new Array<Uint8Array>(count).fill(new Uint8Array(bytes))), ...peer.sync()];
    return [...effects, ...peer.receive(B, appended(2, 5, peer.view.lastLogIndex))];
  }
  const isWanted = (effects: readonly RaftEffect[]): boolean =>
    orderOf(effects).some(({ kind }) => kind === "snapshot-wanted");

  test("as soon as so many bytes of committed entries are behind the latest one; once", () => {
    const peer = settledLeader();
    expect(isWanted(commit(peer, 3, 1_000))).toBe(false);
    const effects = commit(peer, 1, 1_100);
    expect(orderOf(effects).map(({ kind }) => kind)).toEqual(["proposed", "delivered", "snapshot-wanted"]);
    expect(isWanted(commit(peer, 1, 1_000))).toBe(false);
    peer.command({ kind: "compact", index: peer.view.commitIndex, snapshot: DATA });
    expect(isWanted(commit(peer, 3, 1_000))).toBe(false);
    expect(isWanted(commit(peer, 1, 1_100))).toBe(true);
  });

  test("one that came too late for the commit index counts what is behind it", () => {
    const peer = settledLeader();
    commit(peer, 1, 5_000);
    const { commitIndex } = peer.view;
    commit(peer, 1, 3_000);
    peer.command({ kind: "compact", index: commitIndex, snapshot: DATA });
    expect(isWanted(commit(peer, 1, 1_000))).toBe(false);
    expect(isWanted(commit(peer, 1, 100))).toBe(true);
  });

  test("not before the log is as large as the latest one, so that writing them costs no more than the log", () => {
    const peer = settledLeader();
    commit(peer, 1, 5_000);
    peer.command({ kind: "compact", index: peer.view.commitIndex, snapshot: new Uint8Array(10_000) });
    expect(isWanted(commit(peer, 1, 9_900))).toBe(false);
    expect(isWanted(commit(peer, 1, 100))).toBe(true);
  });

  test("one that is of no use is asked for again", () => {
    const peer = settledLeader();
    expect(isWanted(commit(peer, 1, 5_000))).toBe(true);
    peer.command({ kind: "compact", index: 9_999, snapshot: DATA });
    expect(isWanted(commit(peer, 1, 1))).toBe(true);
  });
});

describe("restart from a snapshot", () => {
  const saved: RaftRecord[] = [
    ...records(3, []),
    snapshotOf(5, 2),
    { kind: "append", entries: [commanded(6, 2, 6), noOp(7, 3)] },
  ];

  test("it is told before anything that is delivered behind it", () => {
    const peer = new OnBench(saved);
    expect(orderOf(peer.first)).toEqual([{ kind: "snapshot-installed", index: 5, snapshot: DATA }]);
    expect(eventsOf(peer.first)).toEqual([{ kind: "bound-changed", bound: true }]);
    expect(peer.view).toMatchObject({ commitIndex: 5, snapshotIndex: 5, firstLogIndex: 6, lastLogIndex: 7 });
    const heartbeat = appendEntries(3, { previousIndex: 7, previousTerm: 3, leaderCommit: 7 });
    expect(peer.receive(B, heartbeat)).toContainEqual(
      event({
        kind: "delivered",
        entries: [
          { index: 6, term: 2, command: Uint8Array.of(6) },
          { index: 7, term: 3, command: null },
        ],
      }),
    );
  });

  test("a checkpoint is term and vote, the snapshot, and the entries behind it", () => {
    expect(new OnBench(saved).machine.checkpoint()).toEqual(saved);
    const peer = committedFollower(20, 100);
    peer.command({ kind: "compact", index: 20, snapshot: DATA });
    expect(peer.view.firstLogIndex).toBeLessThan(20);
    const checkpoint = peer.machine.checkpoint();
    expect(checkpoint.map(({ kind }) => kind)).toEqual(["hard-state", "snapshot", "append"]);
    expect(checkpoint[2]).toMatchObject({ entries: [{ index: 21 }, { index: 22 }] });
    expect(new OnBench(checkpoint).machine.checkpoint()).toEqual(checkpoint);
  });

  test("records as they came, and the checkpoint of them, make the same state", () => {
    const history: RaftRecord[] = [
      ...records(1, logOf([1, 1, 1, 1])),
      { kind: "hard-state", currentTerm: 2, votedFor: B },
      { kind: "append", entries: [noOp(3, 2), commanded(4, 2, 4), commanded(5, 2, 5)] },
      { kind: "snapshot", lastIndex: 4, lastTerm: 2, configuration: CONFIGURATION, data: DATA },
      { kind: "append", entries: [noOp(6, 2)] },
    ];
    const peer = new OnBench(history);
    expect(peer.machine.checkpoint()).toEqual([
      { kind: "hard-state", currentTerm: 2, votedFor: B },
      snapshotOf(4, 2),
      { kind: "append", entries: [commanded(5, 2, 5), noOp(6, 2)] },
    ]);
    expect(reborn(peer).view).toEqual(peer.view);
  });

  test("a leader of a compacted log commits, reads and serves followers that have the end of it", () => {
    const peer = new OnBench(saved);
    const elected = peer.elect(B);
    expect(appendsTo(C, elected)).toMatchObject([{ previousIndex: 7, entries: [{ index: 8 }] }]);
    const probe = appendsTo(C, peer.receive(C, mismatch(4, 2, 6, 0)));
    expect(probe).toMatchObject([{ previousIndex: 5, previousTerm: 2, entries: [{ index: 6 }, {}, {}] }]);
    peer.sync();
    const effects = peer.receive(C, appended(4, probe[0]?.round ?? 0, 8));
    expect(eventsOf(effects)).toEqual([{ kind: "entry-committed", first: 6, index: 8, term: 4 }]);
  });

  test("it has nothing else for a follower that lacks what is compacted", () => {
    const peer = new OnBench(saved);
    peer.elect(B);
    const effects = peer.receive(C, mismatch(4, 2, 3, 0));
    expect(piecesTo(C, effects)).toMatchObject([{ lastIndex: 5, lastTerm: 2, offset: 0, total: 3 }]);
    expect(eventsOf(effects)).toEqual([{ kind: "snapshot-started", to: C, index: 5, bytes: 3 }]);
  });

  test("to forget the cluster is to forget the snapshot too", () => {
    const peer = new OnBench([...saved, { kind: "forget" }]);
    expect(orderOf(peer.first)).toEqual([]);
    expect(peer.machine.checkpoint()).toEqual([]);
    expect(peer.view).toMatchObject({ lastLogIndex: 0, commitIndex: 0, snapshotIndex: 0 });
  });
});
