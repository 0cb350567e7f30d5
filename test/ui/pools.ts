import type { Address } from "../../src/core/address.ts";
import { blankBand, flip, isAlive } from "../../src/core/board.ts";
import type { BrokerPicture, LifePicture, VipPicture } from "../../src/peer/peer-view.ts";
import { at, id, picture } from "./pictures.ts";

type Worker = BrokerPicture["workers"][number];
type Job = BrokerPicture["jobs"][number];

/** The virtual address, held by the second peer. */
export const VIP: VipPicture = {
  ...picture().vip,
  address: "127.0.0.77:7100" as Address,
  holder: id(2),
  holderAddress: at(2),
  term: 5,
};

/** The same, held by this peer. */
export const VIP_HELD: VipPicture = {
  ...VIP,
  holder: id(1),
  holderAddress: at(1),
  phase: "in-office",
  held: true,
  leaseLeftMs: 183,
  sinceMs: 12_300,
  renewals: 220,
  expiries: 1,
};

/** This peer has been given it by the order, and waits for the lease of the one before. */
export const VIP_WAITED: VipPicture = {
  ...VIP,
  holder: id(1),
  holderAddress: at(1),
  phase: "waiting",
  waitMs: 120,
};

/** A worker with what is usual where nothing else is said. */
export function worker(n: number, changed: Partial<Worker> = {}): Worker {
  return {
    peer: id(n),
    speed: 410.4,
    outstanding: 4_100_000,
    loadMs: 10,
    slices: 800,
    failures: 0,
    responseMs: 4.2,
    ...changed,
  };
}

/** A job with what is usual where nothing else is said. */
export function job(number: number, changed: Partial<Job> = {}): Job {
  return {
    id: number,
    size: 64,
    topology: "torus",
    turns: 10_000,
    state: "running",
    turn: 1200,
    alive: 48,
    markedTurn: 1150,
    turnsPerSecond: 48.4,
    stuck: null,
    ...changed,
  };
}

/** Four workers, one of them slow and one that failed, and jobs in every state. */
export const POOL: BrokerPicture = {
  ...picture().broker,
  holder: id(2),
  standby: id(3),
  workers: [
    worker(2, { slices: 790, loadMs: 9.4 }),
    worker(3, { speed: 4.13, slices: 12, loadMs: 412, responseMs: 61, failures: 3 }),
    worker(1),
    worker(4, { speed: null, outstanding: 0, loadMs: 0, slices: 0, responseMs: null }),
  ],
  jobs: [
    job(17, { state: "killed", turn: 90, turnsPerSecond: null }),
    job(25),
    job(31, { size: 1024, turns: null, state: "paused", turn: 7, turnsPerSecond: null, alive: 349_000, markedTurn: 7 }),
  ],
  callers: 2,
  calls: 3,
  working: 1,
  worked: 812,
  counts: { ...picture().broker.counts, slices: 1602, hedged: 3, moved: 2, rejectedAnswers: 1 },
  boards: { count: 2, bytes: 131_584 },
};

/** A pool in which nobody works, so that its job stands. */
export const STUCK_POOL: BrokerPicture = {
  ...POOL,
  workers: [],
  isWorker: false,
  jobs: [job(25, { stuck: "no-workers", turnsPerSecond: 0 })],
};

/** A glider, an R-pentomino and a block on a board of so many cells, near its corners and its middle. */
function boardOf(size: number) {
  const board = blankBand(size);
  const half = size >> 1;
  const cells = [
    ...[
      [1, 0],
      [2, 1],
      [0, 2],
      [1, 2],
      [2, 2],
    ],
    ...[
      [half + 1, half],
      [half + 2, half],
      [half, half + 1],
      [half + 1, half + 1],
      [half + 1, half + 2],
    ],
    ...[
      [size - 2, size - 2],
      [size - 1, size - 2],
      [size - 2, size - 1],
      [size - 1, size - 1],
    ],
  ];
  for (const [x = 0, y = 0] of cells) flip(board, x, y);
  return board;
}

/** What a viewer of a job sees of it through a window, as a peer would show it. */
export function lifeOf(
  { id: number, size, topology, turn, turns, alive, state, turnsPerSecond }: Job,
  window: LifePicture["window"],
): LifePicture {
  const board = boardOf(size);
  const isSet = (dot: number, line: number): boolean => {
    for (let y = 0; y < window.scale; y++)
      for (let x = 0; x < window.scale; x++)
        if (isAlive(board, window.x + dot * window.scale + x, window.y + line * window.scale + y)) return true;
    return false;
  };
  const rows = Array.from({ length: window.height }, (_, line) =>
    Array.from({ length: Math.ceil(window.width / 8) * 2 }, (__, digit) => {
      let four = 0;
      for (let bit = 0; bit < 4; bit++)
        four |= digit * 4 + bit < window.width && isSet(digit * 4 + bit, line) ? 8 >> bit : 0;
      return four.toString(16);
    }).join(""),
  );
  const third = Math.floor(size / 3);
  return {
    ...{ job: number, size, topology, turn, turns, alive, state, window, rows },
    turnsPerSecond: turnsPerSecond ?? 0,
    bands: [
      { y: 0, rows: third, worker: id(1) },
      { y: third, rows: third, worker: id(2) },
      { y: 2 * third, rows: size - 2 * third, worker: id(4) },
    ],
  };
}
