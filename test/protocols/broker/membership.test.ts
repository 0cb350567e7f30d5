import { describe, expect, test } from "vitest";
import { blankBand } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { JobAnswer, JobRequest } from "../../../src/wire/job-message.ts";
import { randomBoard } from "./naive.ts";
import { A, B, C, D, OnBench, type Outcome, rowOf } from "./on-bench.ts";

const board = randomBoard(seededRandom(5), 32);
const LARGE = randomBoard(seededRandom(5), 4000, 2);
const COUNT: JobRequest = { kind: "count-alive", job: 0, since: null };

function requests(outcome: Outcome) {
  return outcome.said("request").map(({ to, message: { requestId, request } }) => ({ to, requestId, ...request }));
}

describe("a peer that works", () => {
  test("says so to whoever holds the office, on their link, once", () => {
    const bench = new OnBench();
    expect(requests(bench.order(1, [], B))).toEqual([]);
    const [asked] = requests(bench.link(B));
    expect(asked).toMatchObject({ to: B, kind: "subscribe", speed: 0 });
    const answer = { kind: "subscribe", term: 1 } as const;
    bench.hear(B, { kind: "answer", requestId: asked?.requestId ?? 0, answer });
    expect(bench.wait(60_000).effects).toEqual([]);
    expect(bench.machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("says it anew on a new link, in a new term and to a new holder", () => {
    const bench = new OnBench();
    bench.link(B, C);
    expect(requests(bench.order(1, [], B))).toMatchObject([{ to: B, kind: "subscribe" }]);
    expect(requests(bench.command({ kind: "relinked", peer: B }))).toMatchObject([{ to: B, kind: "subscribe" }]);
    expect(requests(bench.order(2, [], B))).toMatchObject([{ to: B, kind: "subscribe" }]);
    expect(requests(bench.order(3, [], C))).toMatchObject([{ to: C, kind: "subscribe" }]);
    expect(requests(bench.order(4, [], A))).toEqual([]);
  });

  test("says it again in a while where it was turned away, or nothing came", () => {
    const bench = new OnBench();
    bench.link(B);
    const [asked] = requests(bench.order(1, [], B));
    const answer = { kind: "error", code: "no-leader", text: "" } as const;
    bench.hear(B, { kind: "answer", requestId: asked?.requestId ?? 0, answer });
    expect(requests(bench.wait(249))).toEqual([]);
    expect(requests(bench.wait(1))).toMatchObject([{ to: B, kind: "subscribe" }]);
    expect(requests(bench.wait(5300))).toMatchObject([{ to: B, kind: "subscribe" }]);
  });

  test("says when it works no more", () => {
    const bench = new OnBench();
    bench.link(B);
    const [asked] = requests(bench.order(1, [], B));
    const answer = { kind: "subscribe", term: 1 } as const;
    bench.hear(B, { kind: "answer", requestId: asked?.requestId ?? 0, answer });
    expect(requests(bench.command({ kind: "work", on: false }))).toMatchObject([{ to: B, kind: "unsubscribe" }]);
    expect(bench.view.isWorker).toBe(false);
  });

  test("says nothing where it does not work", () => {
    const bench = new OnBench({ isWorker: false });
    bench.link(B);
    expect(bench.order(1, [], B).effects).toEqual([]);
  });

  const band = { ...board, rows: 6, words: board.words.subarray(0, 6) };
  const slice = { job: 9, turn: 0, turns: 1, topology: "torus", y: 0, rows: 4, band } as const;

  test("computes what the holder asks, and answers when it is done", () => {
    const bench = new OnBench();
    bench.link(B);
    bench.order(3, [], B);
    const asked = bench.request(B, { kind: "process-slice", term: 3, ...slice }, 12);
    const [wanted] = asked.told("work-wanted");
    expect(bench.view.working).toBe(1);
    const done = wanted && bench.worked(wanted.work);
    expect(done?.said("answer")).toMatchObject([
      { to: B, message: { requestId: 12, answer: { kind: "process-slice", term: 3, y: 0, rows: 4 } } },
    ]);
    expect(bench.view).toMatchObject({ working: 0, worked: 1 });
  });

  test("refuses work of an earlier term", () => {
    const bench = new OnBench();
    bench.link(B);
    bench.order(3, [], C);
    const refused = bench.request(B, { kind: "process-slice", term: 2, ...slice });
    expect(refused.told("work-wanted")).toEqual([]);
    expect(refused.replies).toMatchObject([{ kind: "error", code: "refused" }]);
  });

  test.each([
    ["more rows than the board has", { y: 30 }],
    ["no turns", { turns: 0, rows: 6 }],
    ["no rows", { rows: 0, turns: 3 }],
    ["too few rows around", { rows: 5 }],
  ])("refuses %s", (_what, flaw) => {
    const bench = new OnBench();
    bench.link(B);
    const refused = bench.request(B, { kind: "process-slice", term: 1, ...slice, ...flaw });
    expect(refused.replies).toMatchObject([{ kind: "error", code: "malformed" }]);
  });

  test("refuses more than it may have in hand of one peer", () => {
    const bench = new OnBench();
    bench.link(B, C);
    for (let id = 1; id <= 16; id++) bench.request(B, { kind: "process-slice", term: 1, ...slice }, id);
    const ask = (peer: typeof B) => bench.request(peer, { kind: "process-slice", term: 1, ...slice }, 17).replies;
    expect(ask(B)).toMatchObject([{ kind: "error", code: "busy" }]);
    expect(ask(C)).toEqual([]);
  });

  test("stops when the link of whoever asked is gone, and says nothing of it on the next", () => {
    const bench = new OnBench();
    bench.link(B);
    const [wanted] = bench.request(B, { kind: "process-slice", term: 1, ...slice }).told("work-wanted");
    expect(bench.unlink(B).told("work-dropped")).toMatchObject([{ ticket: wanted?.work.ticket }]);
    bench.link(B);
    expect(wanted && bench.worked(wanted.work).effects).toEqual([]);
  });

  test("says why it could not be done", () => {
    const bench = new OnBench();
    bench.link(B);
    const [wanted] = bench.request(B, { kind: "process-slice", term: 1, ...slice }).told("work-wanted");
    const failed = bench.command({ kind: "work-failed", ticket: wanted?.work.ticket ?? 0, because: "no memory" });
    expect(failed.replies).toEqual([{ kind: "error", code: "refused", text: "no memory" }]);
  });
});

describe("a person", () => {
  /** A peer with links to two, of which one leads. */
  function beside(leader: typeof B): OnBench {
    const bench = new OnBench({ isWorker: false });
    bench.link(B, C);
    bench.order(1, [rowOf(board)], leader);
    bench.command({ kind: "leader", leader, address: null });
    return bench;
  }

  function answer(bench: OnBench, asked: Outcome, given: JobAnswer): Outcome {
    const [request] = requests(asked);
    expect(request).toBeDefined();
    return bench.hear(request?.to ?? B, { kind: "answer", requestId: request?.requestId ?? 0, answer: given });
  }

  const standing = { term: 1, job: 9, turn: 4, alive: 3, state: "running" } as const;

  test("asks the leader, and hears what it answers", () => {
    const bench = beside(B);
    const asked = bench.command({ kind: "ask", request: COUNT });
    expect(requests(asked)).toMatchObject([{ to: B, kind: "count-alive" }]);
    const told = answer(bench, asked, { kind: "count-alive", ...standing });
    expect(told.told("job-answered")).toMatchObject([{ request: COUNT, answer: { turn: 4 } }]);
  });

  test("is answered here where this peer is in office", () => {
    const bench = new OnBench({ isWorker: false });
    bench.enter(1, [rowOf(board)]);
    expect(bench.command({ kind: "ask", request: COUNT }).told("job-answered")).toMatchObject([
      { answer: { kind: "count-alive", job: 9 } },
    ]);
  });

  test("waits for a leader, for a link to it, and for its office", () => {
    const bench = new OnBench({ isWorker: false });
    expect(requests(bench.command({ kind: "ask", request: COUNT }))).toEqual([]);
    expect(requests(bench.command({ kind: "leader", leader: B, address: null }))).toEqual([]);
    const asked = bench.link(B);
    expect(requests(asked)).toMatchObject([{ to: B }]);
    answer(bench, asked, { kind: "error", code: "no-leader", text: "" });
    expect(requests(bench.wait(100))).toMatchObject([{ to: B, kind: "count-alive" }]);
  });

  test("is told where a board is too large to be sent on, which the leader itself need not do", () => {
    const request = { kind: "process-gol", turns: 1, pace: 0, topology: "torus", board: LARGE } as const;
    const told = beside(B).command({ kind: "ask", request }).told("job-answered");
    expect(told).toMatchObject([{ answer: { kind: "error", code: "refused" } }]);
    const leader = new OnBench();
    leader.enter(1, []);
    expect(leader.command({ kind: "ask", request }).saved).toMatchObject([{ kind: "board", size: 4000 }]);
  });

  test("is told when that takes too long", () => {
    const bench = new OnBench({ isWorker: false });
    bench.command({ kind: "ask", request: COUNT });
    expect(bench.wait(5010).told("job-answered")).toMatchObject([{ answer: { kind: "error", code: "no-leader" } }]);
  });

  test.each<[string, JobRequest, boolean]>([
    ["counts", COUNT, true],
    ["ends a job", { kind: "kill", job: 9 }, true],
    ["pauses", { kind: "pause", job: 9, action: "pause", turns: 0 }, true],
    ["goes a step", { kind: "pause", job: 9, action: "step", turns: 1 }, false],
    ["turns cells over", { kind: "flip", job: 9, board: blankBand(32) }, false],
    ["begins a job", { kind: "process-gol", turns: 1, pace: 0, topology: "torus", board }, false],
  ])("who %s when the leader is lost is asked for again only if that does no harm", (_what, request, isRepeated) => {
    const bench = beside(B);
    bench.command({ kind: "ask", request });
    const lost = bench.unlink(B);
    expect(lost.told("job-answered").map(({ answer: { kind } }) => kind)).toEqual(isRepeated ? [] : ["error"]);
    const next = bench.command({ kind: "leader", leader: C, address: null });
    expect(requests(next).map(({ kind }) => kind)).toEqual(isRepeated ? [request.kind] : []);
  });
});

describe("somebody is wanted in office", () => {
  const demands = (outcome: Outcome) => outcome.told("office-demanded").map(({ on }) => on);

  test("while a job has not ended", () => {
    const bench = new OnBench();
    expect(demands(bench.order(1, [], B))).toEqual([]);
    expect(demands(bench.order(1, [rowOf(board, { state: "paused" })], B))).toEqual([true]);
    expect(demands(bench.order(1, [rowOf(board, { state: "finished" })], B))).toEqual([false]);
  });

  test("while a program is connected", () => {
    const bench = new OnBench();
    const up = { kind: "session", session: 2, up: true, address: "127.0.0.1:9" as never } as const;
    expect(demands(bench.give(up))).toEqual([true]);
    expect(demands(bench.give({ kind: "session", session: 2, up: false, reason: "" }))).toEqual([false]);
  });

  test("while somebody asks, here or at another peer", () => {
    const bench = new OnBench();
    bench.link(B);
    bench.command({ kind: "leader", leader: A, address: null });
    expect(demands(bench.request(B, COUNT))).toEqual([true]);
    expect(demands(bench.enter(1, []))).toEqual([false]);
    const alone = new OnBench();
    expect(demands(alone.command({ kind: "ask", request: COUNT }))).toEqual([true]);
    expect(demands(alone.wait(5010))).toEqual([false]);
  });

  test("no more once this peer leaves, or has given its cluster up", () => {
    const bench = new OnBench();
    bench.order(1, [rowOf(board)], B);
    expect(demands(bench.command({ kind: "leave" }))).toEqual([false]);
    const other = new OnBench();
    other.order(1, [rowOf(board)], B);
    expect(demands(other.command({ kind: "forget" }))).toEqual([false]);
    expect(other.view.jobs).toEqual([]);
  });
});

describe("the holder", () => {
  test("takes in those who say that they work, and tells how they do once a second", () => {
    const bench = new OnBench({ isWorker: false });
    bench.link(B, C);
    bench.order(1, []);
    expect(bench.request(B, { kind: "subscribe", speed: 7 }).replies).toEqual([{ kind: "subscribe", term: 1 }]);
    bench.request(C, { kind: "subscribe", speed: 7 });
    const news = bench.wait(1000).said("pool-news");
    expect(news.map(({ to }) => to)).toEqual([B, C]);
    expect(news[0]?.message.workers).toMatchObject([{ peer: B, speed: 7 }, { peer: C }]);
    expect(bench.wait(10_000).said("pool-news")).toEqual([]);
  });

  test("is another: those who work are told so", () => {
    const bench = new OnBench();
    bench.link(D);
    bench.order(1, [], B);
    expect(bench.request(D, { kind: "subscribe", speed: 7 }).replies).toMatchObject([{ code: "no-leader" }]);
  });

  test("is believed in what it tells of the workers, and nobody else", () => {
    const bench = new OnBench();
    bench.link(B, C);
    bench.order(2, [], B);
    const worker = { peer: D, speed: 9, outstanding: 90, slices: 3, failures: 1, responseUs: 1500, late: false };
    bench.hear(C, { kind: "pool-news", term: 2, workers: [worker] });
    bench.hear(B, { kind: "pool-news", term: 1, workers: [worker] });
    expect(bench.view.workers).toEqual([]);
    bench.hear(B, { kind: "pool-news", term: 2, workers: [worker] });
    expect(bench.view.workers).toMatchObject([{ peer: D, speed: 9, loadMs: 0.01, responseMs: 1.5 }]);
  });
});
