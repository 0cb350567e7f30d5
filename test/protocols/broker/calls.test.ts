import { describe, expect, test } from "vitest";
import { blankBand, countAlive, flip } from "../../../src/core/board.ts";
import type { JobRow } from "../../../src/core/job.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { JobAnswer, JobRequest } from "../../../src/wire/job-message.ts";
import { randomBoard } from "./naive.ts";
import { nameOf } from "./name-of.ts";
import { A, B, OnBench, Outcome, rowOf } from "./on-bench.ts";

const board = randomBoard(seededRandom(5), 32);
const COUNT: JobRequest = { kind: "count-alive", job: 0, since: null };
const ALONE = { keepers: () => [A] };

/** A peer in office on its own, with a job in this state. */
function inOffice(state: JobRow["state"] = "running", isWorker = true): OnBench {
  const record = { kind: "board", term: 1, job: 9, turn: 0, ...nameOf(board) } as const;
  const bench = new OnBench({ ...ALONE, isWorker, markIntervalMs: 1_000_000 }, [record]);
  bench.enter(1, [rowOf(board, { state })]);
  return bench;
}

/** The lease is renewed, for long. */
function renew(bench: OnBench): void {
  bench.command({ kind: "office", term: 1, until: 1_000_000 });
}

function pause(action: "pause" | "resume" | "toggle" | "step", turns = 0): JobRequest {
  return { kind: "pause", job: 9, action, turns };
}

/** The order takes what was submitted last. */
function order(bench: OnBench, submitted: Outcome): Outcome {
  const saved = bench.save();
  const [last] = [...submitted.told("submit-broker"), ...saved.told("submit-broker")].slice(-1);
  if (last?.request.kind !== "mark-job") return saved;
  const { state, mark } = last.request;
  return bench.order(1, [{ ...(bench.table.jobs[0] as JobRow), state, mark }]);
}

function only(outcome: Outcome): JobAnswer | undefined {
  expect(outcome.answers.length).toBeLessThanOrEqual(1);
  return outcome.answers[0]?.answer;
}

describe("where this peer is not in office", () => {
  test("a program is told where the leader is", () => {
    const bench = new OnBench();
    bench.command({ kind: "leader", leader: B, address: "127.0.0.1:7002" as never });
    expect(only(bench.call(bench.connect(), COUNT))).toEqual({
      kind: "error",
      code: "elsewhere",
      text: "127.0.0.1:7002",
    });
  });

  test("or that there is none", () => {
    const bench = new OnBench();
    expect(only(bench.call(bench.connect(), COUNT))).toMatchObject({ kind: "error", code: "no-leader" });
  });

  test("it waits where this peer is about to be, and is answered then", () => {
    const bench = new OnBench();
    bench.command({ kind: "leader", leader: A, address: null });
    expect(only(bench.call(bench.connect(), COUNT))).toBeUndefined();
    expect(only(bench.enter(1, [rowOf(board)]))).toMatchObject({ kind: "count-alive", job: 9 });
  });

  test("but not for ever, and not when another leads", () => {
    const bench = new OnBench();
    bench.command({ kind: "leader", leader: A, address: null });
    const session = bench.connect();
    bench.call(session, COUNT);
    expect(only(bench.wait(5010))).toMatchObject({ code: "no-leader" });
    bench.call(session, COUNT, 2);
    const told = bench.command({ kind: "leader", leader: B, address: "127.0.0.1:7002" as never });
    expect(only(told)).toMatchObject({ code: "elsewhere" });
  });
});

describe("a program's requests", () => {
  test("are answered as they are done, in any order, each by its ID", () => {
    const bench = inOffice();
    renew(bench);
    const session = bench.connect();
    expect(bench.call(session, { kind: "count-alive", job: 9, since: 0 }, 41).answers).toEqual([]);
    expect(bench.call(session, COUNT, 42).answers).toMatchObject([{ requestId: 42 }]);
    const [wanted] = bench.command({ kind: "work", on: false }).told("work-wanted");
    expect(wanted).toBeUndefined();
    expect(bench.wait(1000).answers).toMatchObject([{ requestId: 41, answer: { kind: "count-alive", turn: 0 } }]);
  });

  test("each have a deadline", () => {
    const bench = inOffice("running", false);
    renew(bench);
    const session = bench.connect();
    bench.call(session, { kind: "process-gol", turns: 1, pace: 0, topology: "torus", board }, 3);
    expect(bench.wait(5010).answers).toMatchObject([{ requestId: 3, answer: { kind: "error", code: "timed-out" } }]);
  });

  test("are refused under an ID that waits for its answer, which is not lost by that", () => {
    const bench = inOffice();
    renew(bench);
    const session = bench.connect();
    bench.call(session, { kind: "count-alive", job: 9, since: 0 }, 5);
    expect(only(bench.call(session, COUNT, 5))).toMatchObject({ kind: "error", code: "malformed" });
    expect(bench.view.counts.refusedCalls).toBe(1);
    expect(bench.wait(1000).answers).toMatchObject([{ requestId: 5 }]);
  });

  test("may be as many as there are IDs", () => {
    const bench = inOffice("running", false);
    renew(bench);
    const session = bench.connect();
    for (let id = 1; id <= 65_535; id++) bench.call(session, { kind: "count-alive", job: 9, since: 0 }, id);
    expect(bench.view.calls).toBe(65_535);
    const { answers } = bench.wait(1000);
    expect(new Set(answers.map(({ requestId }) => requestId)).size).toBe(65_535);
    expect(bench.view.calls).toBe(0);
  });

  test("are refused beyond what all may have together", () => {
    const bench = inOffice("running", false);
    const calls = Array.from({ length: 65_535 }, (_, at) => {
      return { requestId: at + 1, request: { kind: "count-alive", job: 9, since: 0 } as const };
    });
    for (let program = 0; program < 2; program++)
      bench.give({ kind: "message", from: { session: bench.connect() }, message: { kind: "calls", calls } });
    const more = { kind: "calls", calls: calls.slice(0, 5) } as const;
    const { answers } = bench.give({ kind: "message", from: { session: bench.connect() }, message: more });
    expect(answers.map(({ answer }) => answer.kind === "error" && answer.code)).toEqual(["busy", "busy", "busy"]);
  });

  test("without an ID expect no answer", () => {
    const bench = inOffice();
    expect(bench.call(bench.connect(), COUNT, 0).answers).toEqual([]);
    expect(bench.call(bench.connect(), { kind: "kill", job: 9 }, 0).told("submit-broker")).toHaveLength(1);
  });

  test("end with the connection: nothing is said to it any more", () => {
    const bench = inOffice();
    const session = bench.connect();
    bench.call(session, { kind: "count-alive", job: 9, since: 0 });
    bench.give({ kind: "session", session, up: false, reason: "gone" });
    expect(bench.view.calls).toBe(0);
    expect(bench.wait(2000).answers).toEqual([]);
  });

  test("end with QUIT, which is answered before the connection is closed", () => {
    const bench = inOffice();
    const session = bench.connect();
    const quit = bench.call(session, { kind: "quit" });
    expect(quit.answers).toEqual([{ requestId: 1, answer: { kind: "quit", term: 1 } }]);
    expect(quit.closed).toEqual([session]);
    expect(quit.effects.map(({ kind }) => kind).slice(0, 2)).toEqual(["send", "close"]);
    expect(bench.view.callers).toBe(0);
  });

  test.each<JobRequest>([{ kind: "subscribe", speed: 1 }, { kind: "unsubscribe" }])(
    "are not to work for the pool: $kind",
    (request) => {
      const bench = inOffice();
      expect(only(bench.call(bench.connect(), request))).toMatchObject({ kind: "error", code: "refused" });
    },
  );

  test("about a job that is not there are answered so", () => {
    const bench = inOffice();
    const answer = only(bench.call(bench.connect(), { kind: "count-alive", job: 8, since: null }));
    expect(answer).toMatchObject({ kind: "error", code: "no-job" });
  });

  test("may be a slice, which is computed here", () => {
    const bench = inOffice("paused");
    const session = bench.connect();
    const band = { ...board, rows: 4, words: board.words.subarray(0, 4) };
    const slice = { term: 0, job: 0, turn: 0, turns: 1, topology: "torus", y: 1, rows: 2, band } as const;
    const [wanted] = bench.call(session, { kind: "process-slice", ...slice }).told("work-wanted");
    expect(wanted && only(bench.worked(wanted.work))).toMatchObject({ kind: "process-slice", y: 1, rows: 2 });
  });
});

describe("a slice of a program that nobody waits for any more", () => {
  const band = { ...board, rows: 4, words: board.words.subarray(0, 4) };
  const slice = { term: 0, job: 0, turn: 0, turns: 1, topology: "torus", y: 1, rows: 2, band } as const;

  function asked() {
    const bench = inOffice("paused");
    renew(bench);
    const session = bench.connect();
    const [wanted] = bench.call(session, { kind: "process-slice", ...slice }).told("work-wanted");
    return { bench, session, ticket: wanted?.work.ticket };
  }

  test("is dropped with its connection", () => {
    const { bench, session, ticket } = asked();
    const gone = bench.give({ kind: "session", session, up: false, reason: "closed" });
    expect(gone.told("work-dropped")).toEqual([{ kind: "work-dropped", ticket }]);
    expect(bench.view.working).toBe(0);
  });

  test("is dropped at its deadline", () => {
    const { bench, ticket } = asked();
    const late = bench.wait(60_000);
    expect(only(late)).toMatchObject({ kind: "error", code: "timed-out" });
    expect(late.told("work-dropped")).toEqual([{ kind: "work-dropped", ticket }]);
  });

  test("is not dropped once it is answered", () => {
    const { bench, session } = asked();
    const [work] = bench.works.splice(0);
    expect(work && only(bench.worked(work))).toMatchObject({ kind: "process-slice" });
    expect(bench.give({ kind: "session", session, up: false, reason: "closed" }).told("work-dropped")).toEqual([]);
  });
});

describe("when the office is lost", () => {
  test("what had begun is answered so at once, as it may have happened", () => {
    const bench = inOffice();
    const session = bench.connect();
    bench.call(session, { kind: "process-gol", turns: 1, pace: 0, topology: "torus", board }, 3);
    bench.call(session, { kind: "count-alive", job: 9, since: 0 }, 4);
    bench.command({ kind: "leader", leader: B, address: "127.0.0.1:7002" as never });
    const lost = bench.command({ kind: "office", term: null, until: 0 });
    expect(lost.answers).toMatchObject([
      { requestId: 3, answer: { kind: "error", code: "office-lost" } },
      { requestId: 4, answer: { kind: "error", code: "elsewhere" } },
    ]);
    expect(lost.closed).toEqual([]);
  });

  test("past its end nothing is said: the connections are closed", () => {
    const bench = inOffice();
    const session = bench.connect();
    bench.call(session, { kind: "process-gol", turns: 1, pace: 0, topology: "torus", board }, 3);
    const expired = bench.wait(1000);
    expect(expired.answers).toEqual([]);
    expect(expired.closed).toEqual([session]);
  });

  test("nor is anything after a pause, whatever comes first", () => {
    const bench = inOffice();
    const session = bench.connect();
    bench.now += 5000;
    const late = bench.call(session, COUNT);
    expect(late.answers).toEqual([]);
    expect(late.closed).toEqual([session]);
    expect(bench.view.term).toBeNull();
  });

  test("but the end moves away as the lease is renewed", () => {
    const bench = inOffice();
    const session = bench.connect();
    for (let renewal = 0; renewal < 5; renewal++) {
      bench.command({ kind: "office", term: 1, until: bench.now + 1000 });
      expect(bench.wait(900).closed).toEqual([]);
    }
    expect(only(bench.call(session, COUNT))).toMatchObject({ kind: "count-alive" });
  });

  test("and a later term in the order is reason enough", () => {
    const bench = inOffice();
    bench.order(2, bench.table.jobs, B);
    expect(bench.view.term).toBeNull();
  });
});

describe("a job is told to", () => {
  test("pause: it is answered when the order has it so, and goes no further", () => {
    const bench = inOffice("running", false);
    const session = bench.connect();
    const asked = bench.call(session, pause("pause"));
    expect(asked.answers).toEqual([]);
    const done = order(bench, asked);
    expect(only(done)).toMatchObject({ kind: "pause", state: "paused", turn: 0 });
    expect(done.told("job-paused")).toHaveLength(1);
    expect(bench.command({ kind: "work", on: true }).told("work-wanted")).toEqual([]);
  });

  test("pause while a round is under way: that is done first", () => {
    const bench = inOffice("paused");
    const session = bench.connect();
    const work = order(bench, bench.call(session, pause("resume"))).told("work-wanted")[0]?.work;
    expect(bench.call(session, pause("pause"), 2).told("submit-broker")).toEqual([]);
    const done = work && order(bench, bench.worked(work));
    expect(done?.answers).toMatchObject([{ requestId: 2, answer: { state: "paused", turn: 1 } }]);
  });

  test("go on: it does when the order has it so", () => {
    const bench = inOffice("paused");
    const asked = bench.call(bench.connect(), pause("resume"));
    expect(asked.told("work-wanted")).toEqual([]);
    const done = order(bench, asked);
    expect(only(done)).toMatchObject({ state: "running" });
    expect(done.told("work-wanted")).toHaveLength(1);
  });

  test("do the other of the two", () => {
    const bench = inOffice("paused");
    const session = bench.connect();
    expect(only(order(bench, bench.call(session, pause("toggle"))))).toMatchObject({ state: "running" });
  });

  test("do what it does already: it is answered at once", () => {
    const bench = inOffice("paused");
    expect(only(bench.call(bench.connect(), pause("pause")))).toMatchObject({ state: "paused" });
  });

  test("go some turns and stand still again", () => {
    const bench = inOffice("paused");
    const session = bench.connect();
    let work = bench.call(session, pause("step", 3)).told("work-wanted")[0]?.work;
    let last = new Outcome([]);
    const turns: number[] = [];
    while (work !== undefined) {
      turns.push(work.turns);
      last = bench.worked(work);
      work = last.told("work-wanted")[0]?.work;
    }
    expect(turns).toEqual([1, 2]);
    expect(only(order(bench, last))).toMatchObject({ kind: "pause", state: "paused", turn: 3 });
  });

  test.each([
    ["go some turns", pause("step", 1)],
    ["turn cells over", { kind: "flip", job: 9, board: blankBand(32) } as const],
  ])("%s, which it does only while it is paused", (_what, request) => {
    const bench = inOffice();
    expect(only(bench.call(bench.connect(), request))).toMatchObject({ kind: "error", code: "refused" });
  });

  test("turn cells over: the next leader has them as well", () => {
    const bench = inOffice("paused");
    const session = bench.connect();
    const cells = blankBand(32);
    flip(cells, 3, 4);
    const done = order(bench, bench.call(session, { kind: "flip", job: 9, board: cells }));
    const alive = countAlive(board);
    const after = only(done);
    expect(after).toMatchObject({ kind: "flip", turn: 0 });
    expect(after?.kind === "flip" && Math.abs(after.alive - alive)).toBe(1);
    const shot = only(bench.call(session, { kind: "screenshot", job: 9, rows: { y: 4, rows: 1 } }, 2));
    const [word = 0] = shot?.kind === "screenshot" ? shot.band.words : [];
    expect((word ^ (board.words[4] ?? 0)) >>> 0).toBe(0x1000_0000);
  });

  test("end: nothing of it is computed any more, and it is answered when the order has that", () => {
    const bench = inOffice();
    const asked = bench.call(bench.connect(), { kind: "kill", job: 9 });
    expect(asked.told("work-dropped")).toHaveLength(1);
    const done = order(bench, asked);
    expect(only(done)).toMatchObject({ kind: "kill", state: "killed" });
    expect(done.told("job-ended")).toMatchObject([{ because: "killed" }]);
  });

  test.each([["finished"], ["killed"]] as const)("do anything when it is %s: it is not done", (state) => {
    const bench = inOffice(state);
    const session = bench.connect();
    expect(only(bench.call(session, pause("resume"), 1))).toMatchObject({ kind: "error", code: "refused" });
    expect(only(bench.call(session, { kind: "kill", job: 9 }, 2))).toMatchObject({ kind: "kill", state });
  });
});

describe("COUNT_ALIVE after a turn", () => {
  test("is answered when the turn is beyond that", () => {
    const bench = inOffice("paused");
    const session = bench.connect();
    const work = order(bench, bench.call(session, pause("resume"))).told("work-wanted")[0]?.work;
    expect(bench.call(session, { kind: "count-alive", job: 0, since: 0 }, 2).answers).toEqual([]);
    const done = work && bench.worked(work);
    expect(done?.answers).toMatchObject([{ requestId: 2, answer: { kind: "count-alive", turn: 1 } }]);
  });

  test("is answered at once where the job does not run", () => {
    const bench = inOffice("paused");
    const answer = only(bench.call(bench.connect(), { kind: "count-alive", job: 0, since: 0 }));
    expect(answer).toMatchObject({ state: "paused", turn: 0 });
  });
});

describe("SCREENSHOT", () => {
  test("has the cells of the present turn", () => {
    const bench = inOffice("paused");
    const shot = only(bench.call(bench.connect(), { kind: "screenshot", job: 9, rows: null }));
    expect(shot).toMatchObject({ kind: "screenshot", turn: 0, y: 0, rows: 32, band: board });
  });

  test.each([
    [0, 0],
    [31, 2],
    [32, 1],
  ])("of rows that are not there is refused: %i, %i", (y, rows) => {
    const bench = inOffice("paused");
    const shot = only(bench.call(bench.connect(), { kind: "screenshot", job: 9, rows: { y, rows } }));
    expect(shot).toMatchObject({ kind: "error", code: "refused" });
  });
});
