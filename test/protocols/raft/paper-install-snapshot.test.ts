import { describe, expect, test } from "vitest";
import { MAX_CHUNK_BYTES, MAX_SNAPSHOT_BYTES } from "../../../src/core/order-limits.ts";
import type { RaftMessage, Snapshot } from "../../../src/protocols/raft/message.ts";
import {
  A,
  answerAppends,
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
  HEARTBEAT_MS,
  installSnapshot,
  logOf,
  mismatch,
  noOp,
  OnBench,
  orderOf,
  piecesTo,
  type RaftEffect,
  records,
  save,
  send,
  sendsOf,
  snapshotReceived,
  TIMEOUT_MS,
} from "./on-bench.ts";

const CONFIGURATION = { voters: [A, B, C], learners: [D] };

function snapshotOf(lastIndex: number, lastTerm: number, bytes = 3): Snapshot {
  const data = Uint8Array.from({ length: bytes }, (_, i) => i % 251);
  return { kind: "snapshot", lastIndex, lastTerm, configuration: CONFIGURATION, data };
}

/** One of the pieces of `size` bytes that it comes in, the first of which is number 0; its round is one more. */
function pieceOf(snapshot: Snapshot, size: number, number: number, term = 5): RaftMessage {
  const { data } = snapshot;
  const offset = number * size;
  const fields = { round: number + 1, total: data.length, offset, data: data.subarray(offset, offset + size) };
  return installSnapshot(term, snapshot, fields);
}

/** A follower of B in term 5 whose log has entries of these terms, the first `committed` of which it knows committed. */
function follower(terms: readonly number[], committed = 0): OnBench {
  const peer = new OnBench(records(5, terms.length === 0 ? [] : logOf(terms)));
  const [previousIndex, previousTerm] = [committed, terms[committed - 1] ?? 0];
  peer.receive(B, appendEntries(5, { previousIndex, previousTerm, leaderCommit: committed }));
  return peer;
}

describe("a follower that is sent a snapshot (section 7)", () => {
  test("asks for one piece after the other, and says that it has all when that is on disk", () => {
    const snapshot = snapshotOf(9, 4, 10);
    const peer = follower([1]);
    expect(peer.receive(B, pieceOf(snapshot, 4, 0))).toEqual([send(B, snapshotReceived(5, 1, 9, 4))]);
    expect(peer.receive(B, pieceOf(snapshot, 4, 1))).toEqual([send(B, snapshotReceived(5, 2, 9, 8))]);
    expect(peer.receive(B, pieceOf(snapshot, 4, 2))).toEqual([
      event({ kind: "snapshot-received", from: B, index: 9, bytes: 10 }),
      save(1, snapshot),
      event({ kind: "entry-committed", first: 9, index: 9, term: 4 }),
      event({ kind: "snapshot-installed", index: 9, snapshot: snapshot.data }),
      event({
        kind: "configuration-changed",
        index: 9,
        configuration: CONFIGURATION,
        change: "added as learner",
        peer: D,
      }),
      send(B, appended(5, 3, 9), 1),
    ]);
    expect(peer.view).toMatchObject({ commitIndex: 9, firstLogIndex: 10, lastLogIndex: 9, learners: [D] });
  });

  test("a blank peer becomes a member of its configuration, and is bound", () => {
    const peer = follower([]);
    const effects = peer.receive(B, installSnapshot(5, snapshotOf(9, 4)));
    expect(eventsOf(effects)).toContainEqual({ kind: "bound-changed", bound: true });
    expect(peer.view).toMatchObject({ role: "follower", voters: [A, B, C], commitIndex: 9 });
  });

  test("an empty snapshot is one piece", () => {
    const peer = follower([]);
    peer.receive(B, installSnapshot(5, snapshotOf(9, 4, 0)));
    expect(peer.view).toMatchObject({ commitIndex: 9, snapshotIndex: 9, snapshotBytes: 0 });
  });

  test("a new term goes to disk before the answer to its first piece leaves", () => {
    const peer = new OnBench(records(4, logOf([1])));
    const effects = peer.receive(B, pieceOf(snapshotOf(9, 4, 10), 4, 0));
    expect(effects).toContainEqual(save(1, { kind: "hard-state", currentTerm: 5, votedFor: null }));
    expect(effects.at(-1)).toEqual(send(B, snapshotReceived(5, 1, 9, 4), 1));
  });

  test("a piece that comes twice is answered twice and taken once; one too far ahead with where to go on", () => {
    const snapshot = snapshotOf(9, 4, 10);
    const peer = follower([1]);
    const offsets = [0, 0, 3, 1, 0, 2, 4, 3].map((number) => {
      const [said] = sendsOf(peer.receive(B, pieceOf(snapshot, 2, number)));
      return said?.message.kind === "snapshot-received" ? said.message.offset : said?.message;
    });
    expect(offsets).toEqual([2, 2, 2, 4, 4, 6, 6, 8]);
    expect(orderOf(peer.receive(B, pieceOf(snapshot, 2, 4)))).toEqual([
      { kind: "snapshot-installed", index: 9, snapshot: snapshot.data },
    ]);
  });

  test("what a new leader sends begins anew", () => {
    const peer = follower([1]);
    const snapshot = snapshotOf(9, 4, 8);
    const [first, last] = [pieceOf(snapshot, 4, 0, 6), pieceOf(snapshot, 4, 1, 6)];
    peer.receive(B, pieceOf(snapshot, 4, 0));
    expect(sendsOf(peer.receive(C, last))).toEqual([{ to: C, message: snapshotReceived(6, 2, 9, 0) }]);
    expect(sendsOf(peer.receive(C, first))).toEqual([{ to: C, message: snapshotReceived(6, 1, 9, 4) }]);
    // The old leader is told of the new term, and its piece is not taken.
    const late = peer.receive(B, pieceOf(snapshot, 4, 1));
    expect(sendsOf(late)).toEqual([{ to: B, message: mismatch(6, 2, 2, 0) }]);
    peer.receive(C, last);
    expect(peer.view).toMatchObject({ commitIndex: 9, leader: C });
  });

  test("a newer one takes the place of one that is not whole", () => {
    const peer = follower([1]);
    peer.receive(B, pieceOf(snapshotOf(9, 4, 8), 4, 0));
    const effects = peer.receive(B, pieceOf(snapshotOf(11, 4, 8), 4, 0));
    expect(sendsOf(effects)).toEqual([{ to: B, message: snapshotReceived(5, 1, 11, 4) }]);
    peer.receive(B, pieceOf(snapshotOf(11, 4, 8), 4, 1));
    expect(peer.view.commitIndex).toBe(11);
  });

  test.each([
    ["older than what is committed", 2],
    ["of exactly what is committed", 3],
  ])("one %s is answered as if it were there, and nothing else happens", (_what, lastIndex) => {
    const peer = follower([1, 1, 4], 3);
    const before = peer.view;
    expect(peer.receive(B, installSnapshot(5, snapshotOf(lastIndex, 1)))).toEqual([send(B, appended(5, 1, lastIndex))]);
    expect(peer.view).toEqual(before);
  });

  test("entries behind it stay where the log has its last one", () => {
    const peer = follower([1, 1, 4, 4, 5], 1);
    peer.receive(B, installSnapshot(5, snapshotOf(3, 4)));
    expect(peer.view).toMatchObject({ commitIndex: 3, firstLogIndex: 4, lastLogIndex: 5 });
    expect(peer.view.tail).toEqual([noOp(4, 4), noOp(5, 5)]);
    const heartbeat = appendEntries(5, { previousIndex: 5, previousTerm: 5, leaderCommit: 5 });
    expect(eventsOf(peer.receive(B, heartbeat))).toEqual([{ kind: "entry-committed", first: 4, index: 5, term: 5 }]);
  });

  test.each([
    ["has another one there", [1, 1, 2, 2, 2]],
    ["ends before it", [1, 1]],
  ])("all entries go where the log %s, in memory and after a restart", (_what, terms) => {
    const peer = follower(terms, 1);
    peer.receive(B, installSnapshot(5, snapshotOf(3, 4)));
    expect(peer.view).toMatchObject({ commitIndex: 3, firstLogIndex: 4, lastLogIndex: 3, tail: [] });
    expect(new OnBench([...records(5, logOf(terms)), snapshotOf(3, 4)]).view).toMatchObject({
      commitIndex: 3,
      firstLogIndex: 4,
      lastLogIndex: 3,
    });
    const append = appendEntries(5, { round: 9, previousIndex: 3, previousTerm: 4, entries: [commanded(4, 5, 1)] });
    expect(sendsOf(peer.receive(B, append))).toEqual([{ to: B, message: appended(5, 9, 4) }]);
  });

  test("until it is on disk a heartbeat is answered for nothing", () => {
    const peer = follower([1]);
    peer.receive(B, installSnapshot(5, snapshotOf(9, 4)));
    const heartbeat = appendEntries(5, { round: 2, previousIndex: 9, previousTerm: 4 });
    expect(peer.receive(B, heartbeat)).toEqual([send(B, appended(5, 2, 0))]);
    peer.sync();
    expect(peer.receive(B, heartbeat)).toEqual([send(B, appended(5, 2, 9))]);
  });

  test("entries that were on their way to the disk are written before it", () => {
    const peer = follower([1]);
    const entries = [commanded(2, 2, 1)];
    const token = peer.receive(B, appendEntries(5, { previousIndex: 1, previousTerm: 1, entries }));
    expect(token).toContainEqual(save(1, { kind: "append", entries }));
    const effects = peer.receive(B, installSnapshot(5, snapshotOf(9, 4)));
    expect(effects).toContainEqual(save(2, snapshotOf(9, 4)));
    peer.give({ kind: "saved", upTo: 1 });
    expect(sendsOf(peer.receive(B, appendEntries(5, { round: 2, previousIndex: 9, previousTerm: 4 })))).toEqual([
      { to: B, message: appended(5, 2, 0) },
    ]);
  });

  test.each([
    ["of no term", { lastTerm: 0 }],
    ["of a later term than its sender's", { lastTerm: 6 }],
    ["that is too large", { total: MAX_SNAPSHOT_BYTES + 1 }],
  ])("one %s is not taken", (_what, fields) => {
    const peer = follower([1]);
    expect(peer.receive(B, installSnapshot(5, snapshotOf(9, 4), fields))).toEqual([]);
    expect(peer.view.commitIndex).toBe(0);
  });

  test("a piece that would not fit is not taken", () => {
    const peer = follower([1]);
    const piece = installSnapshot(5, snapshotOf(9, 4, 8), { total: 6 });
    expect(sendsOf(peer.receive(B, piece))).toEqual([{ to: B, message: snapshotReceived(5, 1, 9, 0) }]);
  });

  test("a piece counts as a sign of life of the leader", () => {
    const peer = follower([1]);
    peer.now += TIMEOUT_MS;
    peer.receive(B, pieceOf(snapshotOf(9, 4, 8), 4, 0));
    expect(peer.machine.deadline).toBeGreaterThanOrEqual(peer.now + TIMEOUT_MS);
    expect(peer.view.leaderHeardAt).toBe(peer.now);
  });
});

/** A leader of term 5 whose log begins behind index 20, with entries of terms 3 and 4 behind that. */
function compactedLeader(bytes: number): OnBench {
  const behind = [commanded(21, 3, 1), commanded(22, 4, 2)];
  const peer = new OnBench([...records(4, []), snapshotOf(20, 3, bytes), { kind: "append", entries: behind }]);
  for (const other of [B, C, D]) peer.command({ kind: "member", peer: other, status: "healthy" });
  const elected = peer.elect(B, C);
  peer.sync();
  answerAppends(peer, B, elected);
  return peer;
}

describe("a leader that sends a snapshot (section 7)", () => {
  test("sends a piece for each answer, and entries when the last one is on the follower's disk", () => {
    const leader = compactedLeader(2 * MAX_CHUNK_BYTES + 5);
    const total = 2 * MAX_CHUNK_BYTES + 5;
    let pieces = piecesTo(C, leader.receive(C, mismatch(5, 2, 4, 0)));
    const sizes: number[] = [];
    while (pieces.length > 0) {
      const [{ round, offset, data }] = pieces as [(typeof pieces)[0]];
      expect(pieces).toMatchObject([{ lastIndex: 20, lastTerm: 3, configuration: CONFIGURATION, total }]);
      sizes.push(data.length);
      const isLast = offset + data.length === total;
      const answer = isLast ? appended(5, round, 20) : snapshotReceived(5, round, 20, offset + data.length);
      expect(leader.view.progress).toContainEqual(
        expect.objectContaining({ peer: C, state: "snapshot", snapshotPart: offset / total }),
      );
      const effects = leader.receive(C, answer);
      pieces = piecesTo(C, effects);
      if (isLast)
        expect(appendsTo(C, effects)).toMatchObject([{ previousIndex: 20, previousTerm: 3, entries: [{}, {}, {}] }]);
    }
    expect(sizes).toEqual([MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, 5]);
    expect(leader.view.progress).toContainEqual(expect.objectContaining({ peer: C, state: "replicate" }));
  });

  test("a follower that has begun again gets it from where it says", () => {
    const leader = compactedLeader(3 * MAX_CHUNK_BYTES);
    leader.receive(C, mismatch(5, 2, 4, 0));
    leader.receive(C, snapshotReceived(5, 9, 20, MAX_CHUNK_BYTES));
    const effects = leader.receive(C, snapshotReceived(5, 10, 20, 0));
    expect(piecesTo(C, effects)).toMatchObject([{ offset: 0 }]);
  });

  test("an answer that says nothing new, or is about another snapshot, leads to nothing", () => {
    const leader = compactedLeader(3 * MAX_CHUNK_BYTES);
    leader.receive(C, mismatch(5, 2, 4, 0));
    leader.receive(C, snapshotReceived(5, 9, 20, MAX_CHUNK_BYTES));
    expect(leader.receive(C, snapshotReceived(5, 9, 20, MAX_CHUNK_BYTES))).toEqual([]);
    expect(leader.receive(C, snapshotReceived(5, 9, 19, 0))).toEqual([]);
    expect(leader.receive(C, mismatch(5, 9, 4, 0))).toEqual([]);
  });

  test("a snapshot that is on its way goes on though there is a newer one; what that has compacted follows", () => {
    const leader = compactedLeader(2 * MAX_CHUNK_BYTES);
    leader.receive(C, mismatch(5, 2, 4, 0));
    const large = new Array<Uint8Array>(20).fill(new Uint8Array(1_000));
    answerAppends(leader, B, [...leader.propose(1, ...large), ...leader.sync()]);
    leader.command({ kind: "compact", index: leader.view.commitIndex, snapshot: Uint8Array.of(9) });
    expect(leader.view.firstLogIndex).toBeGreaterThan(22);
    const next = leader.receive(C, snapshotReceived(5, 9, 20, MAX_CHUNK_BYTES));
    expect(piecesTo(C, next)).toMatchObject([{ lastIndex: 20, offset: MAX_CHUNK_BYTES }]);
    const effects = leader.receive(C, appended(5, 9, 20));
    expect(piecesTo(C, effects)).toMatchObject([{ lastIndex: leader.view.commitIndex, total: 1 }]);
  });

  test("whoever gets a snapshot is sent heartbeats meanwhile, which keep the quorum and confirm reads", () => {
    const leader = compactedLeader(2 * MAX_CHUNK_BYTES);
    leader.receive(C, mismatch(5, 2, 4, 0));
    // From here on B says nothing.
    for (let i = 0; i < (2 * TIMEOUT_MS) / HEARTBEAT_MS; i++) {
      const [heartbeat] = appendsTo(C, leader.wait(HEARTBEAT_MS));
      expect(heartbeat).toMatchObject({ previousIndex: 20, entries: [] });
      leader.receive(C, mismatch(5, heartbeat?.round ?? 0, 4, 0));
    }
    expect(leader.view.role).toBe("leader");
    const [round] = appendsTo(C, leader.read(7));
    expect(orderOf(leader.receive(C, mismatch(5, round?.round ?? 0, 4, 0)))).toEqual([
      { kind: "readable", ticket: 7, index: leader.view.commitIndex },
    ]);
  });

  test("a learner that gets one becomes a voter only when it has caught up (dissertation 4.2.1)", () => {
    const configuration = { voters: [A], learners: [B] };
    const snapshot: Snapshot = { ...snapshotOf(20, 3, 2 * MAX_CHUNK_BYTES), configuration };
    const leader = new OnBench([...records(4, []), snapshot]);
    for (const peer of [B, C]) leader.command({ kind: "member", peer, status: "healthy" });
    leader.expire();
    leader.sync();
    leader.sync();
    leader.sync();
    expect(leader.view).toMatchObject({ role: "leader", voters: [A], learners: [B, C] });
    const said: RaftEffect[] = [...leader.wait(HEARTBEAT_MS)];
    for (const learner of [B, C]) {
      const [append] = appendsTo(learner, said);
      said.push(...leader.receive(learner, mismatch(5, append?.round ?? 0, 1, 0)));
      expect(piecesTo(learner, said)).toHaveLength(1);
    }
    for (const learner of [B, C]) leader.receive(learner, snapshotReceived(5, 99, 20, MAX_CHUNK_BYTES));
    expect(leader.view.voters).toEqual([A]);
    for (const learner of [B, C]) {
      const effects = leader.receive(learner, appended(5, 0, 20));
      answerAppends(leader, learner, effects);
    }
    leader.wait(HEARTBEAT_MS);
    expect(leader.view.tail.at(-1)).toEqual(configured(leader.view.lastLogIndex, 5, { voters: [A, B], learners: [C] }));
  });
});
