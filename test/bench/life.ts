import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { advance } from "../../src/apps/life/kernel.ts";
import { boardFrom, parsePattern } from "../../src/apps/life/pattern.ts";
import { type Band, countAlive, rowsAround } from "../../src/core/board.ts";
import { Labour, type Outcome } from "../../src/runtime/labour.ts";
import { randomBand } from "../apps/life/soup.ts";
import { LABOUR_PROGRAM } from "../support/processes.ts";
import { atLeastTimes, type Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { PlainLife } from "./plain-life.ts";

const SIZES = [512, 4096];
const REPS = 5;

/** Turns that are computed in one go, which takes as many rows around. */
const TURNS = 16;

/** Cells times turns of a sample, at least. */
const SAMPLE_CELLS = 400_000_000;
const PLAIN_SAMPLE_CELLS = 50_000_000;

const THREADS = [1, 2, 4];
/** Pieces of a board for threads. */
const SLICES = 16;
const WARM_UP_ROUNDS = 5;

interface Kind {
  readonly name: string;
  board(size: number): Band;
}

const KINDS: readonly Kind[] = [
  { name: "soup of 50 %", board: (size) => randomBand(size, size, 50, 1) },
  { name: "soup of 10 %", board: (size) => randomBand(size, size, 10, 1) },
  { name: "one gun", board: gun },
];

/** How fast boards of Life are computed. */
export const life: Group = {
  about: "cells of Life times turns a second, on a torus; a byte a cell, one at a time, beside it",
  takes: "1 minute",
  measure: async (bench) => {
    const rows: Row[] = [];
    for (const size of SIZES) for (const kind of KINDS) rows.push(oneCore(bench, size, kind));
    return [...rows, ...(await threads(bench))];
  },
};

function gun(size: number): Band {
  const parsed = parsePattern(readFileSync("demo/gosper.rle", "utf8"));
  if (parsed.kind === "bad") throw new Error(parsed.reason);
  const placed = boardFrom(parsed.pattern, size);
  if (placed.kind === "bad") throw new Error(placed.reason);
  return placed.board;
}

function oneCore({ reps, note }: Bench, size: number, kind: Kind): Row {
  note(`${size}, ${kind.name}`);
  const board = kind.board(size);
  checkAgainstPlain(board);
  const samples: number[] = [];
  const plain: number[] = [];
  for (let rep = 0; rep < (reps ?? REPS); rep++) {
    samples.push(rateOfKernel(board));
    plain.push(rateOfPlain(board));
  }
  return {
    name: `${size} x ${size}, ${kind.name}, one core`,
    unit: "million/s",
    samples,
    beside: { name: "plain", samples: plain },
    goal: atLeastTimes(10),
  };
}

/** Both have to come to the same; what is slow at first, until it is compiled, is over afterwards. */
function checkAgainstPlain(board: Band): void {
  const plain = new PlainLife(board);
  for (let turn = 0; turn < TURNS; turn++) plain.turn();
  const alive = countAlive(later(board));
  if (plain.alive !== alive) throw new Error(`${alive} cells live after ${TURNS} turns, and not ${plain.alive}`);
}

/** As whoever computes slices does it: rows are cut out with those around them. */
function later(board: Band): Band {
  const around = rowsAround(board, "torus", -TURNS, board.size + 2 * TURNS);
  return advance(around, { topology: "torus", turns: TURNS, y: 0 });
}

function rateOfKernel(board: Band): number {
  const goes = Math.ceil(SAMPLE_CELLS / (board.size ** 2 * TURNS));
  let now = board;
  const started = performance.now();
  for (let go = 0; go < goes; go++) now = later(now);
  return rate(board.size ** 2 * TURNS * goes, started);
}

function rateOfPlain(board: Band): number {
  const plain = new PlainLife(board);
  const turns = Math.ceil(PLAIN_SAMPLE_CELLS / board.size ** 2);
  const started = performance.now();
  for (let turn = 0; turn < turns; turn++) plain.turn();
  return rate(board.size ** 2 * turns, started);
}

/** Millions a second. */
function rate(cells: number, started: number): number {
  return cells / (performance.now() - started) / 1000;
}

async function threads({ reps, note, onEnd }: Bench): Promise<readonly Row[]> {
  const size = 4096;
  const board = randomBand(size, size, 50, 1);
  const samples = new Map<number, number[]>();
  for (const count of THREADS) {
    note(`worker threads: ${count}`);
    const crew = new Crew(count);
    onEnd(() => crew.close());
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await crew.round(board);
    const rates: number[] = [];
    for (let rep = 0; rep < (reps ?? REPS); rep++) {
      const started = performance.now();
      await crew.round(board);
      rates.push(rate(size ** 2 * TURNS, started));
    }
    samples.set(count, rates);
    await crew.close();
  }
  const one = samples.get(1) ?? [];
  return [...samples].map(([count, rates]) => ({
    name: `${size} x ${size}, soup of 50 %, worker threads: ${count}`,
    unit: "million/s",
    samples: rates,
    ...(count === 1 ? {} : { beside: { name: "with 1", samples: one } }),
  }));
}

/** Threads that compute a board in slices. */
class Crew {
  readonly #labour: Labour;
  #heard: (outcome: Outcome) => void = () => undefined;

  constructor(count: number) {
    this.#labour = new Labour(count, (outcome) => this.#heard(outcome), { program: pathToFileURL(LABOUR_PROGRAM) });
  }

  /** Settles when every slice of the board is some turns ahead. */
  round(board: Band): Promise<void> {
    const rows = board.size / SLICES;
    const settled = new Promise<void>((resolve, reject) => {
      let open = SLICES;
      this.#heard = (outcome) => {
        if (outcome.kind === "work-failed") return reject(new Error(outcome.because));
        open -= 1;
        if (open === 0) resolve();
      };
    });
    for (let ticket = 0; ticket < SLICES; ticket++) {
      const y = ticket * rows;
      const band = rowsAround(board, "torus", y - TURNS, rows + 2 * TURNS);
      this.#labour.act({ kind: "work-wanted", work: { ticket, topology: "torus", turns: TURNS, y, band } });
    }
    return settled;
  }

  close(): Promise<void> {
    return this.#labour.close();
  }
}
