import { describe, expect, test } from "vitest";
import { MAX_READS } from "../../../src/core/read-queue.ts";
import {
  A,
  answerAppends,
  appendEntries,
  appended,
  appendsTo,
  B,
  C,
  D,
  E,
  event,
  HEARTBEAT_MS,
  logOf,
  mismatch,
  OnBench,
  orderOf,
  records,
  send,
  settledLeader,
  TIMEOUT_MS,
} from "./on-bench.ts";

const FIVE = [A, B, C, D, E];

function readable(ticket: number, index: number) {
  return { kind: "readable", ticket, index };
}

function notReadable(ticket: number, because: "not-leader" | "busy" = "not-leader") {
  return { kind: "not-readable", ticket, because };
}

describe("reads by read-index (dissertation 6.4)", () => {
  test("a round of heartbeats is sent, and nothing is answered before a majority answers that", () => {
    const leader = settledLeader();
    const heartbeat = { previousIndex: 2, previousTerm: 2, leaderCommit: 2 };
    expect(leader.read(7)).toEqual([
      send(B, appendEntries(2, { ...heartbeat, round: 5 })),
      send(C, appendEntries(2, { ...heartbeat, round: 6 })),
    ]);
    expect(leader.receive(C, appended(2, 6, 2))).toEqual([event({ kind: "readable", ticket: 7, index: 2 })]);
    expect(orderOf(leader.receive(B, appended(2, 5, 2)))).toEqual([]);
  });

  test("of five, two others must answer, and one that answers twice is one", () => {
    const leader = settledLeader(FIVE);
    const said = leader.read(7);
    expect(orderOf(answerAppends(leader, B, said))).toEqual([]);
    expect(orderOf(answerAppends(leader, B, said))).toEqual([]);
    expect(orderOf(answerAppends(leader, E, said))).toEqual([readable(7, 2)]);
  });

  test("the answer to a round that was sent before the read says nothing", () => {
    const leader = settledLeader();
    const earlier = leader.wait(HEARTBEAT_MS);
    const said = leader.read(7);
    expect(orderOf(answerAppends(leader, B, earlier))).toEqual([]);
    expect(orderOf(answerAppends(leader, B, said))).toEqual([readable(7, 2)]);
  });

  test("each read waits for a round of its own, and the answer to a later one is one to those before", () => {
    const leader = settledLeader();
    const first = leader.read(1);
    const second = leader.read(2);
    expect(orderOf(answerAppends(leader, B, first))).toEqual([readable(1, 2)]);
    const third = leader.read(3);
    expect(orderOf(answerAppends(leader, C, third))).toEqual([readable(2, 2), readable(3, 2)]);
    expect(orderOf(answerAppends(leader, B, second))).toEqual([]);
  });

  test("the index is what was committed when the read came, whatever was since", () => {
    const leader = settledLeader();
    const said = leader.read(7);
    const proposed = [...leader.propose(1, Uint8Array.of(1)), ...leader.sync()];
    expect(orderOf(leader.receive(C, appended(2, appendsTo(C, proposed)[0]?.round ?? 0, 3)))).toContainEqual(
      readable(7, 2),
    );
    expect(leader.view.commitIndex).toBe(3);
    expect(orderOf(answerAppends(leader, B, said))).toEqual([]);
    const later = leader.read(8);
    expect(orderOf(answerAppends(leader, B, later))).toEqual([readable(8, 3)]);
  });

  test("a new leader does not know what is committed before an entry of its term is; then it asks", () => {
    const leader = new OnBench(records(1, logOf([1, 1])));
    const elected = leader.elect(B, C);
    expect(leader.read(7)).toEqual([]);
    leader.sync();
    expect(leader.view.commitIndex).toBe(0);
    const effects = answerAppends(leader, B, elected);
    expect(orderOf(effects)).toMatchObject([{ kind: "delivered" }]);
    expect(orderOf(answerAppends(leader, B, effects))).toEqual([readable(7, 3)]);
  });

  test("that an entry of an earlier term is committed is not enough", () => {
    const leader = new OnBench(records(1, logOf([1, 1])));
    leader.receive(B, appendEntries(1, { previousIndex: 2, previousTerm: 1, leaderCommit: 2 }));
    leader.elect(B, C);
    expect(leader.view).toMatchObject({ role: "leader", commitIndex: 2 });
    expect(leader.read(7)).toEqual([]);
  });

  test("an answer that is no agreement confirms as well: it is of this term", () => {
    const leader = settledLeader();
    const [round] = appendsTo(B, leader.read(7));
    expect(orderOf(leader.receive(B, mismatch(2, round?.round ?? 0, 2, 0)))).toEqual([readable(7, 2)]);
  });

  test("learners do not confirm", () => {
    const leader = new OnBench(records(1, logOf([1], [A, B, C], [D, E])));
    const elected = leader.elect(B);
    leader.sync();
    answerAppends(leader, B, elected);
    const said = leader.read(7);
    for (const learner of [D, E]) expect(orderOf(answerAppends(leader, learner, said))).toEqual([]);
  });

  test("a single voter answers at once", () => {
    const leader = new OnBench();
    leader.command({ kind: "found" });
    leader.sync();
    leader.sync();
    expect(orderOf(leader.read(7))).toEqual([readable(7, 2)]);
  });

  test("a leader that hands over still answers", () => {
    const leader = settledLeader();
    leader.command({ kind: "transfer", to: B });
    expect(orderOf(answerAppends(leader, C, leader.read(7)))).toEqual([readable(7, 2)]);
  });

  test("whoever does not lead refuses", () => {
    const follower = new OnBench(records(1, logOf([1])));
    expect(follower.read(7)).toEqual([event({ kind: "not-readable", ticket: 7, because: "not-leader" })]);
  });

  test("a leader that is deposed refuses all that wait, those that came too early included", () => {
    const leader = settledLeader();
    leader.read(7);
    leader.read(8);
    const effects = leader.receive(B, appendEntries(3, { round: 1, previousIndex: 2, previousTerm: 2 }));
    expect(orderOf(effects)).toEqual([notReadable(7), notReadable(8)]);
    const early = new OnBench(records(1, logOf([1])));
    early.elect(B);
    early.read(9);
    expect(orderOf(early.receive(C, mismatch(5, 1, 2, 0)))).toEqual([notReadable(9)]);
  });

  test("a leader that has lost its quorum refuses", () => {
    const leader = settledLeader();
    leader.read(7);
    expect(orderOf(leader.wait(TIMEOUT_MS + HEARTBEAT_MS))).toEqual([notReadable(7)]);
    expect(leader.view.role).toBe("follower");
  });

  test("who has forgotten its cluster refuses what waited", () => {
    const leader = settledLeader();
    leader.read(7);
    expect(orderOf(leader.command({ kind: "forget" }))).toEqual([{ kind: "order-forgotten" }, notReadable(7)]);
  });

  test("with as many waiting as may be, further ones are refused", () => {
    const leader = settledLeader();
    for (let ticket = 1; ticket <= MAX_READS; ticket++) leader.read(ticket);
    expect(leader.read(5_000)).toEqual([event({ kind: "not-readable", ticket: 5_000, because: "busy" })]);
    const said = leader.wait(HEARTBEAT_MS);
    expect(orderOf(answerAppends(leader, B, said))).toHaveLength(MAX_READS);
    expect(orderOf(answerAppends(leader, B, leader.read(5_001)))).toEqual([readable(5_001, 2)]);
  });
});
