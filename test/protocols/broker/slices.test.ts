import { describe, expect, test } from "vitest";
import { type Band, hashOf } from "../../../src/core/board.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { randomBoard } from "./naive.ts";
import { nameOf } from "./name-of.ts";
import { A, type AskedSlice, B, C, D, OnBench, type Outcome, rowOf } from "./on-bench.ts";

const SIZE = 32;
const board = randomBoard(seededRandom(3), SIZE);

/** A holder that computes nothing itself, with these workers and a job that is under way. */
function atWork(workers: readonly PeerId[], first: Band = board): { bench: OnBench; slices: readonly AskedSlice[] } {
  const bench = new OnBench({ isWorker: false, minHedgeMs: 10, requestTimeoutMs: 500 }, [recordOf(first)]);
  bench.link(...workers);
  bench.order(1, []);
  for (const peer of workers) bench.request(peer, { kind: "subscribe", speed: 1 });
  const { slices } = bench.enter(1, [rowOf(first)]);
  return { bench, slices };
}

function recordOf(of: Band) {
  return { kind: "board", term: 1, job: 9, turn: 0, ...nameOf(of) } as const;
}

function movedOf(outcome: Outcome) {
  return outcome.told("slice-moved").map(({ from, to, because }) => ({ from, to, because }));
}

describe("a round", () => {
  test("is cut into a slice for each worker, in proportion to its speed, without gap or overlap", () => {
    const bench = new OnBench({ isWorker: false }, [recordOf(board)]);
    bench.link(B, C, D);
    bench.order(1, []);
    for (const [peer, speed] of [
      [B, 10],
      [C, 10],
      [D, 20],
    ] as const)
      bench.request(peer, { kind: "subscribe", speed });
    const { slices } = bench.enter(1, [rowOf(board)]);
    expect(slices.map(({ to, request: { rows } }) => [to, rows]).sort()).toEqual([
      [B, 8],
      [C, 8],
      [D, 16],
    ]);
    const rows = slices.flatMap(({ request: { y, rows } }) => Array.from({ length: rows }, (_, at) => y + at));
    expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: SIZE }, (_, y) => y));
  });

  test("ends when all of it is there, and the next one goes on from there", () => {
    const { bench, slices } = atWork([B, C]);
    const [one, two] = slices as [AskedSlice, AskedSlice];
    expect(bench.answer(one).told("round-completed")).toEqual([]);
    const over = bench.answer(two);
    expect(over.told("round-completed")).toEqual([{ kind: "round-completed", job: 9, turn: 1, slices: 2 }]);
    expect(over.slices.map(({ request }) => request.turn)).toEqual([1, 1]);
    expect(bench.view.counts).toMatchObject({ slices: 2, duplicateAnswers: 0 });
  });

  test("goes further the next time while it is short", () => {
    const { bench, slices } = atWork([B]);
    const turns: number[] = [];
    for (let next = slices[0]; next !== undefined && turns.length < 8; ) {
      turns.push(next.request.turns);
      next = bench.answer(next).slices[0];
    }
    expect(turns).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  });

  test("never goes beyond the last turn", () => {
    const bench = new OnBench({ isWorker: false }, [recordOf(board)]);
    bench.link(B);
    bench.order(1, []);
    bench.request(B, { kind: "subscribe", speed: 1 });
    const turns: number[] = [];
    for (let next = bench.enter(1, [rowOf(board, { turns: 5 })]).slices[0]; next !== undefined; ) {
      turns.push(next.request.turns);
      next = bench.answer(next).slices[0];
    }
    expect(turns).toEqual([1, 2, 2]);
  });

  test("is done by this peer's own hands where it works, without a message", () => {
    const bench = new OnBench({}, [recordOf(board)]);
    const begun = bench.enter(1, [rowOf(board)]);
    const [wanted] = begun.told("work-wanted");
    expect(begun.slices).toEqual([]);
    expect(wanted?.work).toMatchObject({ y: 0, turns: 1, topology: "torus" });
    expect(wanted && bench.worked(wanted.work).told("round-completed")).toHaveLength(1);
  });

  test("waits for a worker where there is none, which is told once, and begins with the first", () => {
    const { bench } = atWork([]);
    expect(bench.view.jobs[0]?.stuck).toBe("no-workers");
    bench.link(B);
    const joined = bench.request(B, { kind: "subscribe", speed: 0 });
    expect(joined.told("job-stuck")).toEqual([]);
    expect(joined.slices).toHaveLength(1);
    expect(bench.view.jobs[0]?.stuck).toBeNull();
  });

  test("takes as much in a second as it may", () => {
    const bench = new OnBench({ maxTurnsPerSecond: 10 }, [recordOf(board)]);
    let wanted = bench.enter(1, [rowOf(board)]).told("work-wanted")[0];
    for (let turn = 1; turn <= 5; turn++) {
      expect(wanted?.work.turns).toBe(1);
      if (wanted !== undefined) expect(bench.worked(wanted.work).told("work-wanted")).toEqual([]);
      expect(bench.wait(99).told("work-wanted")).toEqual([]);
      wanted = bench.wait(1).told("work-wanted")[0];
    }
  });
});

describe("a slice moves on", () => {
  test.each([
    ["its link is lost", "lost", (bench: OnBench) => bench.unlink(B)],
    ["its link is another one", "lost", (bench: OnBench) => bench.command({ kind: "relinked", peer: B })],
    ["it is unhealthy", "lost", (bench: OnBench) => bench.command({ kind: "member", peer: B, status: "unhealthy" })],
    ["it works no more", "lost", (bench: OnBench) => bench.request(B, { kind: "unsubscribe" })],
  ] as const)("from a worker when %s", (_when, because, happens) => {
    const { bench, slices } = atWork([B, C]);
    const ofB = slices.find(({ to }) => to === B) as AskedSlice;
    const moved = happens(bench);
    expect(movedOf(moved)).toEqual([{ from: B, to: C, because }]);
    expect(moved.slices).toMatchObject([{ to: C, request: { y: ofB.request.y, rows: ofB.request.rows } }]);
    expect(bench.view.counts.moved).toBe(1);
  });

  test("from a worker that refuses it, which gets nothing for a moment", () => {
    const { bench, slices } = atWork([B, C]);
    const ofB = slices.find(({ to }) => to === B) as AskedSlice;
    const answer = { kind: "error", code: "busy", text: "no" } as const;
    const moved = bench.hear(B, { kind: "answer", requestId: ofB.requestId, answer });
    expect(movedOf(moved)).toEqual([{ from: B, to: C, because: "failed" }]);
  });

  test("from a worker that says nothing, when that takes too long", () => {
    const { bench } = atWork([B]);
    const later = bench.wait(600);
    expect(movedOf(later)).toEqual([{ from: B, to: B, because: "late" }]);
  });

  test("and what the first one answers all the same is dropped and counted", () => {
    const { bench, slices } = atWork([B, C]);
    const ofB = slices.find(({ to }) => to === B) as AskedSlice;
    bench.request(B, { kind: "unsubscribe" });
    expect(bench.answer(ofB).told("round-completed")).toEqual([]);
    expect(bench.view.counts).toMatchObject({ slices: 0, lateAnswers: 1 });
  });

  test("not when one is merely doubted", () => {
    const { bench } = atWork([B, C]);
    expect(bench.command({ kind: "member", peer: B, status: "doubted" }).effects).toEqual([]);
  });

  test("and one that is healthy again works again", () => {
    const { bench } = atWork([B, C]);
    bench.command({ kind: "member", peer: B, status: "unhealthy" });
    expect(bench.view.workers.map(({ peer }) => peer)).toEqual([C]);
    bench.command({ kind: "member", peer: B, status: "healthy" });
    expect(bench.view.workers.map(({ peer }) => peer)).toEqual([B, C]);
  });
});

describe("a late slice", () => {
  test("is asked of one other worker, once; the first answer counts and the other is dropped", () => {
    const { bench, slices } = atWork([B, C]);
    const [ofB, ofC] = [B, C].map((peer) => slices.find(({ to }) => to === peer)) as [AskedSlice, AskedSlice];
    bench.answer(ofC);
    const hedge = bench.wait(100);
    expect(movedOf(hedge)).toEqual([{ from: B, to: C, because: "late" }]);
    expect(bench.view.counts.hedged).toBe(1);
    const [second] = hedge.slices as [AskedSlice];
    expect(bench.wait(200).slices).toEqual([]);
    const over = bench.answer(second);
    expect(over.told("round-completed")).toMatchObject([{ turn: 1, slices: 2 }]);
    const loser = bench.answer(ofB);
    expect(loser.told("answer-rejected")).toEqual([
      { kind: "answer-rejected", from: B, term: 1, because: "duplicate" },
    ]);
    expect(bench.view.counts).toMatchObject({ slices: 2, duplicateAnswers: 1 });
  });

  test("is late by the 99th percentile of those before, once enough are known", () => {
    const { bench, slices } = atWork([B, C]);
    let open = slices;
    for (let round = 0; round < 20; round++) {
      bench.now += 20;
      open = open.flatMap((slice) => bench.answer(slice).slices);
    }
    // Each took 20 ms, of one turn or of some; none is late before.
    expect(open).toHaveLength(2);
    expect(movedOf(bench.wait(20))).toEqual([]);
    const [first, second] = open as [AskedSlice, AskedSlice];
    bench.answer(first);
    expect(movedOf(bench.wait(1))).toEqual([{ from: second.to, to: first.to, because: "late" }]);
  });

  test("keeps its worker from getting more before it has answered", () => {
    const { bench, slices } = atWork([B, C]);
    const [ofB, ofC] = [B, C].map((peer) => slices.find(({ to }) => to === peer)) as [AskedSlice, AskedSlice];
    bench.answer(ofC);
    const [hedge] = bench.wait(100).slices as [AskedSlice];
    const [next] = bench.answer(hedge).slices as [AskedSlice];
    expect(next).toMatchObject({ to: C, request: { rows: SIZE } });
    bench.answer(ofB);
    expect(new Set(bench.answer(next).slices.map(({ to }) => to))).toEqual(new Set([B, C]));
  });
});

describe("an answer", () => {
  test("of an earlier term is rejected", () => {
    const { bench, slices } = atWork([B]);
    bench.enter(2);
    const [old] = slices as [AskedSlice];
    const rejected = bench.answer(old);
    expect(rejected.told("answer-rejected")).toEqual([
      { kind: "answer-rejected", from: B, term: 1, because: "old-term" },
    ]);
    expect(bench.view.counts).toMatchObject({ slices: 0, rejectedAnswers: 1 });
  });

  test("to what was never asked is rejected", () => {
    const { bench } = atWork([B]);
    const answer = { kind: "subscribe", term: 1 } as const;
    const rejected = bench.hear(B, { kind: "answer", requestId: 77, answer });
    expect(rejected.told("answer-rejected")).toMatchObject([{ from: B, because: "unknown" }]);
    expect(bench.view.counts.unknownAnswers).toBe(1);
  });

  test("that comes twice counts once", () => {
    const { bench, slices } = atWork([B]);
    const [slice] = slices as [AskedSlice];
    bench.answer(slice);
    expect(bench.answer(slice).told("answer-rejected")).toMatchObject([{ from: B, because: "duplicate" }]);
    expect(bench.view.counts).toMatchObject({ slices: 1, duplicateAnswers: 1 });
  });

  test("that comes when its request has timed out is dropped", () => {
    const { bench, slices } = atWork([B]);
    const [slice] = slices as [AskedSlice];
    bench.wait(600);
    bench.answer(slice);
    expect(bench.view.counts).toMatchObject({ slices: 0, lateAnswers: 1 });
  });

  test.each([
    ["another turn", { turn: 5 }],
    ["another job", { job: 8 }],
    ["other rows", { y: 1 }],
    ["other rows of cells", { rows: SIZE - 1 }],
    ["more turns", { turns: 2 }],
  ])("about %s than was asked is none: the slice is asked anew", (_what, otherwise) => {
    const { bench, slices } = atWork([B, C]);
    const ofB = slices.find(({ to }) => to === B) as AskedSlice;
    expect(movedOf(bench.answer(ofB, otherwise))).toEqual([{ from: B, to: C, because: "failed" }]);
    expect(bench.view.counts.slices).toBe(0);
  });
});

test("a link on which half of all IDs were never answered is replaced", () => {
  const { bench } = atWork([B, C]);
  bench.command({ kind: "leader", leader: C, address: null });
  bench.order(2, [], C);
  let worn = 0;
  // All that this peer asks of the leader goes by the same IDs; as long as it says nothing, they are used up.
  for (let round = 0; worn === 0 && round < 40; round++) {
    for (let ask = 0; ask < 1024; ask++)
      bench.command({ kind: "ask", request: { kind: "count-alive", job: 0, since: null } });
    worn += bench.wait(600).told("link-worn").length;
  }
  expect(worn).toBe(1);
});

test("the same board has the same name, whoever names it", () => {
  expect(nameOf(board).hash).toBe(hashOf(board));
  expect(A).not.toBe(B);
});
