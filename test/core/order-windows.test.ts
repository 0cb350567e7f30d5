import { describe, expect, test } from "vitest";
import { AnsweredRounds, MAX_ROUNDS } from "../../src/core/answered-rounds.ts";
import { InFlight } from "../../src/core/in-flight.ts";
import { MAX_ENTRIES, WINDOW_BYTES, WINDOW_ENTRIES } from "../../src/core/order-limits.ts";
import { Pieces } from "../../src/core/pieces.ts";
import { majority, reachedByMajority } from "../../src/core/quorum.ts";
import { MAX_READS, ReadQueue } from "../../src/core/read-queue.ts";
import { SnapshotNeed } from "../../src/core/snapshot-need.ts";

describe("what is on its way to one peer", () => {
  test("leaves room by entries and by bytes", () => {
    const flight = new InFlight();
    expect(flight.room(0, 1)).toBe(MAX_ENTRIES);
    expect(flight.room(0, WINDOW_ENTRIES)).toBe(1);
    expect(flight.room(0, WINDOW_ENTRIES + 1)).toBe(0);
    flight.sent(3, WINDOW_BYTES - 1);
    flight.sent(4, 1);
    expect(flight.room(0, 5)).toBe(0);
    flight.land(3);
    expect(flight.room(3, 5)).toBe(MAX_ENTRIES);
    flight.sent(9, WINDOW_BYTES);
    flight.clear();
    expect(flight.room(9, 10)).toBe(MAX_ENTRIES);
  });
});

describe("the rounds that a peer answers", () => {
  test("tell when it was heard, and how quickly it answers, by the median", () => {
    const rounds = new AnsweredRounds();
    expect([rounds.heardAt, rounds.responseMs, rounds.answeredRound]).toEqual([null, null, 0]);
    for (const [round, tookMs] of [5, 1, 9].entries()) {
      rounds.sent(round + 1, 100 * round);
      rounds.heard(round + 1, 100 * round + tookMs);
    }
    expect([rounds.heardAt, rounds.responseMs, rounds.answeredRound, rounds.answeredSentAt]).toEqual([209, 5, 3, 200]);
  });

  test("are answered together by a later one, and never before they were sent", () => {
    const rounds = new AnsweredRounds();
    rounds.sent(1, 0);
    rounds.sent(2, 10);
    rounds.heard(3, 11);
    expect(rounds.heardAt).toBeNull();
    rounds.heard(2, 12);
    expect([rounds.answeredRound, rounds.answeredSentAt]).toEqual([2, 10]);
    rounds.heard(1, 13);
    expect([rounds.answeredRound, rounds.answeredSentAt, rounds.heardAt]).toEqual([2, 10, 13]);
  });

  test("are not kept without end where none is answered", () => {
    const rounds = new AnsweredRounds();
    for (let round = 1; round <= 2 * MAX_ROUNDS; round++) rounds.sent(round, round);
    expect(rounds.owesMany).toBe(true);
    rounds.heard(2 * MAX_ROUNDS, 1000);
    // The instant of the latest one that was kept: it was sent no later than the one that was answered.
    expect([rounds.answeredRound, rounds.answeredSentAt]).toEqual([2 * MAX_ROUNDS, MAX_ROUNDS]);
    expect([rounds.owesMany, rounds.responseMs]).toEqual([false, null]);
  });
});

describe("what comes in pieces", () => {
  test("is put together in order; a piece that does not fit is passed over", () => {
    const pieces = new Pieces();
    const add = (offset: number, text: string): void => pieces.add({ total: 5, offset, data: Buffer.from(text) });
    add(0, "ab");
    add(3, "d");
    add(0, "ab");
    add(2, "cdef");
    expect(pieces.received).toBe(2);
    add(2, "cde");
    expect(Buffer.from(pieces.joined()).toString()).toBe("abcde");
  });
});

describe("the reads of a leader", () => {
  test("are answered when a majority has answered a round that was sent after they came", () => {
    const reads = new ReadQueue();
    reads.add(1);
    reads.wait(reads.takeFresh(), 7, 3);
    reads.add(2);
    expect([reads.hasFresh, reads.isWaiting]).toEqual([true, true]);
    reads.wait(reads.takeFresh(), 8, 4);
    expect(reads.takeConfirmed(2)).toEqual([]);
    expect(reads.takeConfirmed(3)).toEqual([{ ticket: 1, index: 7, round: 3 }]);
    reads.add(3);
    expect(reads.takeAll()).toEqual([3, 2]);
    expect([reads.hasFresh, reads.isWaiting]).toEqual([false, false]);
  });

  test("are bounded", () => {
    const reads = new ReadQueue();
    for (let ticket = 0; ticket < MAX_READS; ticket++) reads.add(ticket);
    expect(reads.isFull).toBe(true);
  });
});

test("a majority of an even number is more than a half, and has reached what the slower half has not", () => {
  expect([1, 2, 3, 4, 5].map(majority)).toEqual([1, 2, 2, 3, 3]);
  expect(reachedByMajority([5, 1, 9])).toBe(5);
  expect(reachedByMajority([5, 1, 9, 7])).toBe(5);
  expect(reachedByMajority([])).toBe(Number.NEGATIVE_INFINITY);
});

describe("another snapshot", () => {
  test("is wanted once, of enough bytes and as many as the latest one has", () => {
    const need = new SnapshotNeed(100);
    expect([60, 39, 1, 500].map((bytes) => need.committed(bytes, null))).toEqual([false, false, true, false]);
    need.answered();
    expect(need.committed(0, null)).toBe(true);
    need.placed(30);
    const latest = { data: new Uint8Array(150) };
    expect([100, 19, 1].map((bytes) => need.committed(bytes, latest))).toEqual([false, false, true]);
  });
});
