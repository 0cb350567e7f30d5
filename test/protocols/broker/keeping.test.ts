import { describe, expect, test } from "vitest";
import { assert } from "../../../src/core/assert.ts";
import { type Band, hashOf } from "../../../src/core/board.ts";
import type { BrokerOperation } from "../../../src/core/job.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { MAX_PIECE_BYTES } from "../../../src/protocols/broker/message.ts";
import type { JobRequest } from "../../../src/wire/job-message.ts";
import { randomBoard } from "./naive.ts";
import { nameOf } from "./name-of.ts";
import { A, B, C, D, OnBench, type Outcome, rowOf } from "./on-bench.ts";

const board = randomBoard(seededRandom(5), 32);
const named = plain(nameOf(board));
/** Four pieces. */
const large = randomBoard(seededRandom(6), 2000);
const largeNamed = plain(nameOf(large));

/** With bytes that compare. */
function plain<T extends { readonly data: Uint8Array }>(of: T): T {
  return { ...of, data: new Uint8Array(of.data) };
}

function begin(of: Band): JobRequest {
  return { kind: "process-gol", turns: 10, pace: 0, topology: "torus", board: of };
}

function pieceOf({ hash, size, data }: typeof named, offset = 0, term = 1, job = 9, turn = 4) {
  const piece = data.subarray(offset, offset + MAX_PIECE_BYTES);
  return { kind: "board-piece", term, job, turn, hash, size, total: data.length, offset, data: piece } as const;
}

function recordOf({ hash, size, data }: typeof named, term = 1, job = 9, turn = 4) {
  return { kind: "board", term, job, turn, hash, size, data } as const;
}

/** The one thing that is submitted. */
function submitted(outcome: Outcome): BrokerOperation {
  const [only] = outcome.told("submit-broker");
  assert(only !== undefined, "something is submitted");
  return only.request;
}

/** A holder with links to B, C and D, of which B and C keep boards. */
function holder(): OnBench {
  const bench = new OnBench();
  bench.link(B, C, D);
  bench.enter(1, []);
  return bench;
}

function offsetsTo(outcome: ReturnType<OnBench["give"]>, peer = B): readonly number[] {
  return outcome.said("board-piece").flatMap(({ to, message }) => (to === peer ? [message.offset] : []));
}

describe("the board of a job that begins", () => {
  test("goes to those who keep boards, and to this peer's own disk", () => {
    const asked = holder().request(D, begin(board));
    expect(asked.said("board-piece").map(({ to }) => to)).toEqual([B, C]);
    expect(asked.saved).toMatchObject([{ kind: "board", hash: hashOf(board), term: 1 }]);
    expect(asked.told("submit-broker")).toEqual([]);
  });

  test("is submitted when a majority has it on disk, of which this peer may be one", () => {
    const bench = holder();
    bench.request(D, begin(board));
    expect(bench.save().told("submit-broker")).toEqual([]);
    const kept = bench.hear(B, { kind: "board-kept", term: 1, hash: named.hash, offset: named.data.length });
    expect(kept.told("submit-broker").map(({ request }) => request)).toMatchObject([
      { kind: "begin-job", term: 1, size: 32, turns: 10, mark: { turn: 0, hash: named.hash } },
    ]);
  });

  test("needs no disk of this peer where the others are a majority", () => {
    const bench = holder();
    bench.request(D, begin(board));
    const kept = { kind: "board-kept", term: 1, hash: named.hash, offset: named.data.length } as const;
    expect(bench.hear(D, kept).told("submit-broker")).toEqual([]);
    expect(bench.hear(B, kept).told("submit-broker")).toEqual([]);
    expect(bench.hear(C, kept).told("submit-broker")).toHaveLength(1);
  });

  test("of a large board waits until the lease was renewed: to name it takes long", () => {
    const bench = holder();
    const asked = bench.request(D, begin(randomBoard(seededRandom(3), 4096)));
    expect(asked.said("board-piece")).toEqual([]);
    expect(bench.wait(39).said("board-piece")).toEqual([]);
    expect(bench.wait(1).said("board-piece")).not.toEqual([]);
  });

  test("is answered when the order has it", () => {
    const bench = holder();
    bench.request(D, begin(board), 7);
    bench.save();
    const kept = bench.hear(B, { kind: "board-kept", term: 1, hash: named.hash, offset: named.data.length });
    const request = submitted(kept);
    expect(kept.replies).toEqual([]);
    const answered = bench.command({ kind: "answered", request, answer: { kind: "job", job: 9 } });
    expect(answered.said("answer")).toMatchObject([
      { to: D, message: { requestId: 7, answer: { kind: "process-gol", term: 1, job: 9 } } },
    ]);
    expect(answered.told("job-begun")).toMatchObject([{ job: 9, size: 32, turns: 10 }]);
  });

  test("travels in pieces, two of which are on their way at a time, after the first was acknowledged", () => {
    const bench = holder();
    expect(offsetsTo(bench.request(D, begin(large)))).toEqual([0]);
    const at = (offset: number) =>
      offsetsTo(bench.hear(B, { kind: "board-kept", term: 1, hash: largeNamed.hash, offset }));
    expect(at(MAX_PIECE_BYTES)).toEqual([MAX_PIECE_BYTES, 2 * MAX_PIECE_BYTES]);
    expect(at(2 * MAX_PIECE_BYTES)).toEqual([3 * MAX_PIECE_BYTES]);
    expect(at(3 * MAX_PIECE_BYTES)).toEqual([]);
  });

  test("goes on from where a keeper has it", () => {
    const bench = holder();
    bench.request(D, begin(large));
    const offset = 3 * MAX_PIECE_BYTES;
    expect(offsetsTo(bench.hear(B, { kind: "board-kept", term: 1, hash: largeNamed.hash, offset }))).toEqual([offset]);
  });

  test("is sent again from where it was acknowledged, after a while and on a new link", () => {
    const bench = holder();
    bench.request(D, begin(large));
    bench.hear(B, { kind: "board-kept", term: 1, hash: largeNamed.hash, offset: MAX_PIECE_BYTES });
    expect(offsetsTo(bench.wait(499))).toEqual([]);
    expect(offsetsTo(bench.wait(1))).toEqual([MAX_PIECE_BYTES, 2 * MAX_PIECE_BYTES]);
    bench.unlink(B);
    expect(offsetsTo(bench.link(B))).toEqual([0]);
  });

  test("goes to those who keep boards by then", () => {
    let keepers = [A];
    const bench = new OnBench({ keepers: () => keepers });
    bench.link(B);
    bench.enter(1, []);
    expect(bench.request(B, begin(board)).said("board-piece")).toEqual([]);
    keepers = [A, B, C];
    expect(bench.save().told("submit-broker")).toEqual([]);
    expect(offsetsTo(bench.wait(500))).toEqual([0]);
  });
});

describe("a keeper", () => {
  test("acknowledges a board when its disk has it", () => {
    const bench = new OnBench();
    bench.link(B);
    const heard = bench.hear(B, pieceOf(named));
    expect(heard.saved).toEqual([recordOf(named)]);
    const { length } = named.data;
    expect(heard.said("board-kept")).toMatchObject([{ to: B, after: 1, message: { offset: length } }]);
  });

  test("acknowledges pieces as they come, and those twice that come twice", () => {
    const bench = new OnBench();
    bench.link(B);
    const offsets = [0, 0, 1, 3, 2, 3].map((piece) => {
      const heard = bench.hear(B, pieceOf(largeNamed, piece * MAX_PIECE_BYTES));
      return heard.said("board-kept").map(({ message }) => message.offset)[0];
    });
    const [one, two, three] = [1, 2, 3].map((pieces) => pieces * MAX_PIECE_BYTES);
    expect(offsets).toEqual([one, one, two, two, three, largeNamed.data.length]);
    expect(bench.view.boards).toEqual({ count: 1, bytes: largeNamed.data.length });
  });

  test("keeps no board that is not what its name says", () => {
    const bench = new OnBench();
    bench.link(B);
    const heard = bench.hear(B, { ...pieceOf(named), hash: "0123456789abcdef" });
    expect([heard.saved, heard.said("board-kept")]).toEqual([[], []]);
  });

  test("keeps nothing of an earlier term than that in office", () => {
    const bench = new OnBench();
    bench.link(B);
    bench.order(2, [], C);
    expect(bench.hear(B, pieceOf(named)).effects).toEqual([]);
  });

  test("has what an earlier life kept, and compacts to that", () => {
    const other = nameOf(randomBoard(seededRandom(8), 16));
    const saved = [recordOf(named), recordOf(other), { kind: "board-dropped", hash: named.hash } as const];
    expect(new OnBench({}, saved).machine.checkpoint()).toEqual([recordOf(other)]);
  });

  test("gives a board back piece by piece, or says that it has none", () => {
    const bench = new OnBench({}, [recordOf(largeNamed)]);
    bench.link(B);
    const offset = MAX_PIECE_BYTES;
    const given = bench.hear(B, { kind: "board-wanted", term: 3, hash: largeNamed.hash, offset });
    expect(given.said("board-piece")).toMatchObject([{ to: B, message: { offset, total: largeNamed.data.length } }]);
    const unknown = bench.hear(B, { kind: "board-wanted", term: 3, hash: named.hash, offset: 0 });
    expect(unknown.said("board-unknown")).toMatchObject([{ to: B, message: { hash: named.hash } }]);
  });
});

describe("a board that no job names", () => {
  const named2 = nameOf(randomBoard(seededRandom(9), 32));
  const other = rowOf(randomBoard(seededRandom(10), 32));
  const at = (turn: number, hash = other.mark.hash) => ({ ...other, mark: { ...other.mark, turn, hash } });

  test.each([
    ["a later term is in office", 2, [other]],
    ["its job stands at a later mark", 1, [at(5)]],
    ["its job has ended", 1, [{ ...at(3), state: "killed" as const }]],
    ["its job is forgotten, as a later one is there", 1, [{ ...other, id: 10 }]],
  ])("is dropped when %s", (_when, term, jobs) => {
    const bench = new OnBench({}, [recordOf(named)]);
    const dropped = bench.order(term, jobs, C);
    expect(dropped.saved).toEqual([{ kind: "board-dropped", hash: named.hash }]);
    expect(bench.view.boards.count).toBe(0);
  });

  test.each([
    ["its job stands at an earlier mark: that of this board may be on its way", 1, [at(3)]],
    ["its job has not begun", 1, []],
    ["its job is not heard of yet, but an earlier one", 1, [{ ...other, id: 8 }]],
    ["its term is a later one than is known here", 0, [other]],
  ])("is kept while %s", (_while, term, jobs) => {
    const bench = new OnBench({}, [recordOf(named)]);
    expect(bench.order(term, jobs, C).saved).toEqual([]);
    expect(bench.view.boards.count).toBe(1);
  });

  test("that a job was to begin with is dropped when none has begun in a minute", () => {
    const bench = new OnBench();
    bench.link(B);
    bench.order(1, [], C);
    bench.hear(B, pieceOf(named, 0, 1, 0, 0));
    expect(bench.wait(59_999).saved).toEqual([]);
    expect(bench.wait(1).saved).toEqual([{ kind: "board-dropped", hash: named.hash }]);
  });

  test("that another job is to begin with stays when the one that it was of goes on", () => {
    const bench = new OnBench();
    bench.link(B);
    bench.order(1, [], C);
    bench.hear(B, pieceOf(named));
    bench.hear(B, pieceOf(named, 0, 1, 0, 0));
    expect(bench.order(1, [{ ...at(4, named.hash) }], C).saved).toEqual([]);
    expect(bench.order(1, [at(9, named2.hash)], C).saved).toEqual([]);
  });

  test("is dropped when the board that came after it, at the same turn, is the one", () => {
    const bench = new OnBench({}, [recordOf(named), recordOf(named2)]);
    expect(bench.order(1, [at(4, named2.hash)], C).saved).toEqual([{ kind: "board-dropped", hash: named.hash }]);
    const inVain = new OnBench({}, [recordOf(named2), recordOf(named)]);
    expect(inVain.order(1, [at(4, named2.hash)], C).saved).toEqual([]);
  });

  test("is another one than that of a job that is finished, which can still be looked at", () => {
    const bench = new OnBench({}, [recordOf(named)]);
    expect(bench.order(2, [{ ...at(4, named.hash), state: "finished" }], C).saved).toEqual([]);
  });
});

describe("a new holder", () => {
  const row = rowOf(board);

  test("goes on from its own disk where it has the board", () => {
    const bench = new OnBench({}, [recordOf(named)]);
    bench.link(B, C);
    const entered = bench.enter(2, [row]);
    expect(entered.said("board-wanted")).toEqual([]);
    expect(entered.told("job-resumed")).toEqual([{ kind: "job-resumed", job: 9, turn: 0 }]);
    expect(entered.told("work-wanted")).toHaveLength(1);
  });

  test("asks one after another for it, and goes on as soon as it has come", () => {
    const bench = new OnBench();
    bench.link(B, C);
    const entered = bench.enter(2, [row]);
    expect(entered.said("board-wanted")).toMatchObject([{ to: B, message: { hash: named.hash, offset: 0 } }]);
    expect(bench.view.jobs[0]?.stuck).toBe("board-missing");
    const next = bench.hear(B, { kind: "board-unknown", term: 2, hash: named.hash });
    expect(next.said("board-wanted")).toMatchObject([{ to: C }]);
    const come = bench.hear(C, pieceOf(named, 0, 2));
    expect(come.told("job-resumed")).toHaveLength(1);
    expect(bench.view.jobs[0]?.stuck).toBeNull();
  });

  test("asks the next one when one says nothing, or its link is lost", () => {
    const bench = new OnBench();
    bench.link(B, C);
    bench.enter(2, [row]);
    expect(bench.wait(500).said("board-wanted")).toMatchObject([{ to: C }]);
    expect(bench.link(D).said("board-wanted")).toEqual([]);
    expect(bench.unlink(C).said("board-wanted")).toMatchObject([{ to: D }]);
  });

  test("asks for the next piece of whoever has sent one", () => {
    const bench = new OnBench();
    bench.link(B, C);
    bench.enter(2, [rowOf(large)]);
    const first = bench.hear(B, pieceOf(largeNamed, 0, 2));
    expect(first.said("board-wanted")).toMatchObject([{ to: B, message: { offset: MAX_PIECE_BYTES } }]);
  });
});

describe("a job that goes on", () => {
  test("is marked now and then, with its board at a majority before the order has the mark", () => {
    const bench = new OnBench({ keepers: () => [A], markIntervalMs: 100 }, [recordOf(named)]);
    let work = bench.enter(1, [rowOf(board)]).told("work-wanted")[0]?.work;
    const submitted: string[] = [];
    for (let round = 0; round < 30 && work !== undefined; round++) {
      bench.now += 10;
      const done = bench.worked(work);
      expect(done.told("submit-broker")).toEqual([]);
      work = done.told("work-wanted")[0]?.work;
      for (const { request } of bench.save().told("submit-broker")) {
        if (request.kind !== "mark-job") continue;
        submitted.push(`${bench.now} ${request.state}`);
        bench.order(1, [{ ...rowOf(board), mark: request.mark }]);
      }
    }
    expect(submitted).toEqual(["1100 running", "1200 running", "1300 running"]);
  });

  test("stands still while nobody could go on from where it is", () => {
    const bench = new OnBench({ markIntervalMs: 100, requestTimeoutMs: 400 }, [recordOf(named)]);
    let work = bench.enter(1, [rowOf(board)]).told("work-wanted")[0]?.work;
    for (let round = 0; round < 60 && work !== undefined; round++) {
      bench.now += 10;
      work = bench.worked(work).told("work-wanted")[0]?.work;
    }
    expect(work).toBeUndefined();
    expect(bench.view.jobs[0]?.stuck).toBe("no-majority");
  });

  test("is marked again when the order did not take it", () => {
    const bench = new OnBench({ keepers: () => [A], markIntervalMs: 100 }, [recordOf(named)]);
    const work = bench.enter(1, [rowOf(board)]).told("work-wanted")[0]?.work;
    bench.now += 100;
    if (work !== undefined) bench.worked(work);
    const request = submitted(bench.save());
    const answer = { kind: "error", code: "timed-out", message: "", definite: false } as const;
    expect(bench.command({ kind: "answered", request, answer }).told("submit-broker")).toEqual([]);
    expect(bench.wait(200).told("submit-broker")).toEqual([{ kind: "submit-broker", request }]);
  });
});
