import { Worker } from "node:worker_threads";
import type { Range } from "../sim/swarm/range.ts";
import type { Broken } from "../sim/swarm/run-seed.ts";

/** What came of a seed. */
export interface SeedDone {
  readonly seed: number;
  /** Of the whole event stream. */
  readonly hash: string;
  /** Null where all held. */
  readonly broken: Broken | null;
  readonly virtualMs: number;
}

/** The file of a worker, beside this one once both are built. */
const WORKER = new URL("swarm-worker.js", import.meta.url);

/**
 * Plays seeds on so many threads, each the next one as soon as it is free; `onDone` hears of them in the order of the
 * seeds, whichever is done first.
 *
 * @param signal once aborted, no further seed is begun and what is under way is broken off
 * @throws what a worker could not go on for: a bug, and no broken invariant
 */
export async function playSeeds(
  seeds: Iterable<number>,
  { threads, peers, signal }: { readonly threads: number; readonly peers: Range; readonly signal: AbortSignal },
  onDone: (done: SeedDone) => void,
): Promise<void> {
  const queue = seeds[Symbol.iterator]();
  const inOrder = new InOrder(onDone);
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { workerData: { peers } }));
  const stop = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  signal.addEventListener("abort", stop);
  try {
    await Promise.all(workers.map((worker) => feed(worker, queue, inOrder)));
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives one worker seed after seed; settles when there are no more, or when it was told to stop. */
function feed(worker: Worker, queue: Iterator<number>, inOrder: InOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    let place = 0;
    const next = (): void => {
      const { value, done } = queue.next();
      if (done === true) return resolve();
      place = inOrder.begin();
      worker.postMessage(value);
    };
    worker.on("message", (done: SeedDone) => {
      inOrder.end(place, done);
      next();
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve());
    next();
  });
}

/** Passes on in the order in which things began what ends in any order. */
class InOrder {
  readonly #onDone: (done: SeedDone) => void;
  readonly #waiting = new Map<number, SeedDone>();
  #begun = 0;
  #passed = 0;

  constructor(onDone: (done: SeedDone) => void) {
    this.#onDone = onDone;
  }

  /** Something begins; its place in the order. */
  begin(): number {
    this.#begun += 1;
    return this.#begun;
  }

  end(place: number, done: SeedDone): void {
    this.#waiting.set(place, done);
    for (;;) {
      const next = this.#waiting.get(this.#passed + 1);
      if (next === undefined) return;
      this.#passed += 1;
      this.#waiting.delete(this.#passed);
      this.#onDone(next);
    }
  }
}
