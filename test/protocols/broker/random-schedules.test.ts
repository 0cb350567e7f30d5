import { describe, expect, test } from "vitest";
import { type Band, countAlive, hashOf } from "../../../src/core/board.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { dotsOf } from "../../../src/protocols/broker/looks.ts";
import { boardAfter, randomBoard } from "./naive.ts";
import { peerId, Stage } from "./stage.ts";

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);
const STEPS = 80;
const TURNS = 200;
const SIZE = 24;
const WINDOW = { x: 0, y: 0, width: SIZE, height: SIZE, scale: 1 };

/** The boards of a job, turn by turn. */
function boardsOf(first: Band, turns: number): readonly Band[] {
  const boards = [first];
  for (let turn = 1; turn <= turns; turn++) boards.push(boardAfter(boards[turn - 1] as Band, "torus", 1));
  return boards;
}

describe("whatever is late, lost, slow, stopped or crashed, and whoever leads", () => {
  test.each(SEEDS)("a board comes to what it is cell by cell, and no viewer steps back (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const stage = new Stage(random.between(1, 5), {
      seed,
      latencyMs: random.between(0, 4),
      jitterMs: random.between(0, 3),
      diskMs: [0, random.between(0, 10)],
      options: { markIntervalMs: 40, minHedgeMs: 10, requestTimeoutMs: 1000 },
    });
    const boards = boardsOf(randomBoard(random, SIZE), TURNS);
    const seen = watch(stage, boards);
    stage.lead(peerId(1));
    stage.begin(peerId(1), boards[0] as Band, TURNS, { pace: 200 });
    for (const peer of stage.peers) stage.ensemble.command(peer, { kind: "watch", job: 0, window: WINDOW });
    for (let step = 0; step < STEPS && stage.job?.state === "running"; step++) {
      disturb(stage, random);
      stage.run(random.between(0, 40));
      seen();
    }
    calm(stage);
    stage.runUntil(() => {
      if (stage.ensemble.now % 10 === 0) seen();
      return stage.job?.state === "finished";
    });
    expect(stage.job?.mark.hash).toBe(hashOf(boards[TURNS] as Band));
    stage.run(2000);
    for (const peer of stage.peers) expect(stage.view(peer).picture).toMatchObject({ turn: TURNS, state: "finished" });
  });
});

/** Watches what must hold: every mark is right and none goes back; rounds go on from each other; pictures are right. */
function watch(stage: Stage, boards: readonly Band[]): () => void {
  let marked = 0;
  const turns = new Map<PeerId, number>();
  stage.onEvent = (peer, event) => {
    if (event.kind === "job-marked") {
      const { turn, alive, hash } = event.mark;
      const board = boards[turn] as Band;
      expect({ turn, alive, hash }).toEqual({ turn, alive: countAlive(board), hash: hashOf(board) });
      expect(turn).toBeGreaterThanOrEqual(marked);
      marked = turn;
    }
    if (event.kind === "job-resumed") turns.set(peer, event.turn);
    if (event.kind === "round-completed") {
      expect(event.turn).toBeGreaterThan(turns.get(peer) ?? 0);
      turns.set(peer, event.turn);
    }
  };
  const shown = new Map<PeerId, number>();
  return () => {
    for (const peer of stage.peers) {
      if (!stage.ensemble.runs(peer)) {
        shown.delete(peer);
        continue;
      }
      const { picture } = stage.view(peer);
      if (picture === null || picture.turn === shown.get(peer)) continue;
      expect(picture.turn).toBeGreaterThan(shown.get(peer) ?? -1);
      shown.set(peer, picture.turn);
      expect(Buffer.from(picture.dots)).toEqual(Buffer.from(dotsOf(boards[picture.turn] as Band, WINDOW)));
    }
  };
}

function disturb(stage: Stage, random: Random): void {
  const { ensemble } = stage;
  const [peer = peerId(1), other = peer] = sample(random, stage.peers, 2);
  switch (random.below(16)) {
    case 0:
      // Of the disks of a majority nothing may be lost; here none ever is, so all may crash.
      return ensemble.crash(peer);
    case 1:
    case 2:
      return wake(stage);
    case 3:
      return stage.pause(peer);
    case 4:
      for (const each of stage.peers) if (stage.isPaused(each)) stage.resume(each);
      return;
    case 5:
      return stage.lead(peer);
    case 6:
      return stage.lead(null);
    case 7:
      if (peer !== other) stage.flap(peer, other);
      return;
    case 8:
      return ensemble.link(peer, other, { lossPercent: 30 });
    case 9:
      return ensemble.mend(peer, other);
    case 10:
      stage.speeds.set(peer, random.below(3) === 0 ? 0 : random.between(100, 10_000));
      return;
    case 11:
      if (ensemble.runs(peer)) ensemble.command(peer, { kind: "work", on: random.below(2) === 0 });
      return;
    case 12:
      if (ensemble.runs(peer))
        ensemble.command(peer, {
          kind: "member",
          peer: other,
          status: random.below(2) === 0 ? "unhealthy" : "healthy",
        });
      return;
    case 13:
      stage.hasQuorum = random.below(3) > 0;
      return;
    case 14: {
      if (!ensemble.runs(peer)) return;
      const session = stage.connect(peer);
      stage.call(peer, session, { requestId: 1, request: { kind: "count-alive", job: 0, since: TURNS } });
      return;
    }
    default:
      return;
  }
}

function wake(stage: Stage): void {
  for (const each of stage.peers) {
    if (stage.ensemble.runs(each)) continue;
    stage.restart(each);
    stage.ensemble.command(each, { kind: "watch", job: 0, window: WINDOW });
  }
}

/** All is well from now on. */
function calm(stage: Stage): void {
  const { ensemble, peers } = stage;
  ensemble.heal();
  stage.hasQuorum = true;
  for (const each of peers) {
    stage.speeds.set(each, 10_000);
    if (stage.isPaused(each)) stage.resume(each);
  }
  wake(stage);
  for (const each of peers) {
    ensemble.command(each, { kind: "work", on: true });
    for (const other of peers) ensemble.command(each, { kind: "member", peer: other, status: "healthy" });
  }
  stage.lead(peerId(1));
}
