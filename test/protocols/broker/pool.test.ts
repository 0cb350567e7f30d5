import { expect, test } from "vitest";
import { Effects } from "../../../src/core/effects.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { BROKER_DEFAULTS } from "../../../src/protocols/broker/definition.ts";
import type { Ground } from "../../../src/protocols/broker/ground.ts";
import { Pool, type Worker } from "../../../src/protocols/broker/pool.ts";
import { A, B, C, D } from "./on-bench.ts";
import { peerId } from "./stage.ts";

const anybody = () => false;

/** A pool of these, each with its speed. */
function poolOf(...speeds: readonly number[]): { pool: Pool; workers: readonly Worker[] } {
  const ground: Ground = {
    ...{ options: { ...BROKER_DEFAULTS, peer: A, keepers: () => [] }, effects: new Effects(), random: seededRandom(1) },
    ...{ now: 0, table: { office: null, jobs: [] }, linked: new Set() },
    counts: {
      ...{ slices: 0, hedged: 0, moved: 0, lateAnswers: 0, duplicateAnswers: 0 },
      ...{ unknownAnswers: 0, rejectedAnswers: 0, refusedCalls: 0 },
    },
  };
  const pool = new Pool(ground);
  const workers = speeds.map((speed, at) => {
    const peer = [B, C, D][at] ?? peerId(100 + at);
    pool.join(peer, speed);
    return pool.get(peer) as Worker;
  });
  return { pool, workers };
}

test("the one with the least load is chosen: what it owes over its speed", () => {
  const { pool, workers } = poolOf(10, 20, 40);
  const [slow, , quick] = workers as [Worker, Worker, Worker];
  for (const worker of workers) worker.outstanding = 100;
  expect(pool.choose(anybody)).toBe(quick);
  slow.outstanding = 20;
  expect(pool.choose(anybody)).toBe(slow);
  expect(pool.choose((worker) => worker === slow)).toBe(quick);
});

test("of several with the same load each is chosen as often", () => {
  const { pool, workers } = poolOf(10, 20, 40, 1);
  const chosen = new Map<Worker | undefined, number>();
  for (let draw = 0; draw < 4000; draw++) {
    const worker = pool.choose(anybody);
    chosen.set(worker, (chosen.get(worker) ?? 0) + 1);
  }
  for (const worker of workers) expect(Math.abs((chosen.get(worker) ?? 0) - 1000)).toBeLessThan(120);
});

test("nobody is chosen who is late, rests, or has two slices in hand", () => {
  const { pool, workers } = poolOf(1, 1, 1);
  const [late, resting, busy] = workers as [Worker, Worker, Worker];
  late.late = 1;
  pool.rest(resting);
  busy.inHand = 2;
  expect(pool.choose(anybody)).toBeUndefined();
  busy.inHand = 1;
  expect(pool.choose(anybody)).toBe(busy);
});

test("shares are in proportion to speeds; a speed that is not known is taken for the usual one", () => {
  const { pool, workers } = poolOf(10, 30, 0);
  expect(workers.map((worker) => pool.shareOf(worker))).toEqual([10 / 60, 30 / 60, 20 / 60]);
});

test("a speed is measured slice by slice, the latest of which count most", () => {
  const { workers } = poolOf(0);
  const [worker] = workers as [Worker];
  worker.count(1000, 100, 5);
  expect(worker.speed).toBe(10);
  for (let slice = 0; slice < 20; slice++) worker.count(1000, 50, 9);
  expect(worker.speed).toBeCloseTo(20, 1);
  expect([worker.responseMs, worker.slices]).toEqual([9, 21]);
});

test("there is room for so many", () => {
  const { pool } = poolOf();
  for (let number = 1; number <= 256; number++) expect(pool.join(peerId(number), 1)).toBe(true);
  expect(pool.join(peerId(257), 1)).toBe(false);
  expect(pool.join(peerId(1), 1)).toBe(true);
});
