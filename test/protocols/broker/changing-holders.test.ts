import { describe, expect, test } from "vitest";
import { type Band, hashOf } from "../../../src/core/board.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { boardAfter, randomBoard } from "./naive.ts";
import { peerId, Stage } from "./stage.ts";

const [A, B, C] = [peerId(1), peerId(2), peerId(3)];
const OPTIONS = { markIntervalMs: 40, minHedgeMs: 20, requestTimeoutMs: 1000, maxTurnsPerSecond: 100 };
const board = randomBoard(seededRandom(7), 32);

function finalHash(turns: number, of: Band = board): string {
  return hashOf(boardAfter(of, "torus", turns));
}

/** Three peers, of which A leads, with a job that takes a second. */
function underWay(turns = 100): Stage {
  const stage = new Stage(3, { options: OPTIONS });
  stage.lead(A);
  stage.begin(C, board, turns);
  stage.run(300);
  return stage;
}

test("a job goes on from its mark wherever the next leader is, and comes to the same end", () => {
  const stage = underWay(300);
  const resumed: number[] = [];
  stage.onEvent = (_peer, event) => {
    if (event.kind === "job-resumed") resumed.push(event.turn);
  };
  for (const next of [B, C, A, B]) {
    const before = stage.job?.mark.turn ?? 0;
    stage.lead(next);
    stage.run(250);
    expect(resumed.at(-1)).toBeGreaterThanOrEqual(before);
  }
  expect(resumed).toHaveLength(4);
  stage.runUntil(() => stage.job?.state === "finished");
  expect(stage.job?.mark.hash).toBe(finalHash(300));
});

test("leaders that are killed one after another do no harm", () => {
  const stage = underWay();
  for (const [leader, next] of [
    [A, B],
    [B, C],
    [C, A],
  ] as const) {
    stage.ensemble.crash(leader);
    stage.lead(next);
    stage.run(200);
    stage.restart(leader);
    stage.run(50);
  }
  stage.runUntil(() => stage.job?.state === "finished");
  expect(stage.job?.mark.hash).toBe(finalHash(100));
});

test("a leader whose disk is new asks the others for the board", () => {
  const stage = underWay();
  const late = peerId(4);
  stage.join(late);
  stage.lead(late);
  stage.run(400);
  expect(stage.view(late)).toMatchObject({ term: 2, boards: { count: 1 } });
  stage.runUntil(() => stage.job?.state === "finished");
  expect(stage.job?.mark.hash).toBe(finalHash(100));
});

test("a worker that dies in the midst of its slice delays the round, and no more", () => {
  const stage = underWay(200);
  stage.speeds.set(B, 0);
  stage.run(30);
  const { counts } = stage.view(A);
  stage.ensemble.crash(B);
  stage.run(300);
  expect(stage.view(A).counts.moved + stage.view(A).counts.hedged).toBeGreaterThan(counts.moved + counts.hedged);
  stage.runUntil(() => stage.job?.state === "finished");
  expect(stage.job?.mark.hash).toBe(finalHash(200));
});

test("a slow worker gets smaller slices", () => {
  const stage = new Stage(3, { options: { ...OPTIONS, maxTurnsPerSecond: 0 } });
  stage.speeds.set(A, 1000);
  stage.speeds.set(B, 1000);
  stage.speeds.set(C, 100);
  stage.lead(A);
  const large = randomBoard(seededRandom(8), 200);
  stage.begin(A, large, 40);
  const rows = new Map<string, number>();
  stage.ensemble.command(A, {
    kind: "watch",
    job: 0,
    window: { x: 0, y: 0, width: 8, height: 8, scale: 1 },
  });
  stage.runUntil(() => stage.job?.state === "finished", 60_000);
  stage.run(200);
  for (const { worker, rows: count } of stage.view(A).picture?.bands ?? [])
    rows.set(worker, (rows.get(worker) ?? 0) + count);
  expect(rows.get(C) ?? 0).toBeLessThan((rows.get(B) ?? 0) / 4);
  expect(stage.job?.mark.hash).toBe(finalHash(40, large));
});

describe("a leader that stands still with a program connected", () => {
  test("says nothing when it goes on: the connection is closed, and its answers count for nothing", () => {
    const stage = underWay(300);
    const session = stage.connect(A);
    stage.call(A, session, { requestId: 1, request: { kind: "count-alive", job: 0, since: 1e6 } });
    stage.pause(A);
    stage.run(50);
    stage.call(A, session, { requestId: 2, request: { kind: "count-alive", job: 0, since: null } });
    stage.lead(B);
    stage.run(500);
    const { turn = 0 } = stage.view(B).jobs[0] ?? {};
    expect(stage.view(B).term).toBe(2);
    stage.resume(A);
    stage.run(20);
    expect(stage.told(session)).toMatchObject({ closed: expect.stringContaining("may have happened") });
    expect([...stage.told(session).answers.keys()]).toEqual([]);
    expect(stage.view(A).term).toBeNull();
    expect(stage.job?.state).toBe("running");
    stage.runUntil(() => (stage.view(B).jobs[0]?.turn ?? 0) > turn + 20);
    expect(stage.view(B).workers.map(({ peer }) => peer)).toContain(A);
  });
});
