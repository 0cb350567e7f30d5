import { describe, expect, it } from "vitest";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import { SEAL_DELAY_MS } from "../../../src/storage/upkeep.ts";
import { DiskBench } from "./disk-bench.ts";

/** The scripted run ends by then, ms. */
const END_MS = 2 * SEAL_DELAY_MS + 40;

/** Randomness that leaves of a write what the test chooses: so many bytes, or by number nothing or all. */
class Choice implements Random {
  /** What is drawn next. */
  next: number | null = null;
  /** The highest that could have been drawn. */
  most = 0;
  readonly #random = seededRandom(1);

  below(limit: number): number {
    return this.#draw(0, limit - 1);
  }

  between(low: number, high: number): number {
    return this.#draw(low, high);
  }

  fork(): Random {
    return this.#random.fork();
  }

  state(): Uint32Array {
    return this.#random.state();
  }

  #draw(low: number, high: number): number {
    if (this.next === null) return this.#random.between(low, high);
    const chosen = low + this.next;
    this.most = high - low;
    this.next = null;
    return chosen;
  }
}

/** A run of everything that is ever written, up to a time: batches one behind another, seals, and compactions. */
function runUntil(choice: Random, end: number): DiskBench {
  const bench = new DiskBench(choice);
  bench.open();
  const steps: readonly (readonly [atMs: number, step: () => void])[] = [
    [0, () => bench.append()],
    [0.5, () => bench.append(3)],
    [3, () => bench.append(0)],
    [4, () => bench.append(2)],
    [SEAL_DELAY_MS + 8, () => bench.append(2)],
    [SEAL_DELAY_MS + 8.5, () => bench.compact()],
    [SEAL_DELAY_MS + 9, () => bench.append(4)],
    [SEAL_DELAY_MS + 9.5, () => bench.append()],
    [SEAL_DELAY_MS + 13, () => bench.append()],
  ];
  for (const [atMs, step] of steps) {
    if (atMs > end) break;
    bench.run(atMs - bench.around.now);
    step();
  }
  bench.run(end - bench.around.now);
  return bench;
}

/** Ends a process at a time, with what is chosen of the write under way left; whether there is another choice. */
function crashAt(end: number, tear: boolean, chosen: number): boolean {
  const choice = new Choice();
  const bench = runUntil(choice, end);
  const { acknowledged, appended } = bench;
  choice.next = chosen;
  bench.disk.crash(tear);
  const wasDrawn = choice.next === null;
  choice.next = null;
  const found = bench.open();
  const label = `${chosen} at ${end} ms${tear ? ", torn" : ""}`;
  expect(found, label).toBeGreaterThanOrEqual(acknowledged);
  expect(found, label).toBeLessThanOrEqual(appended);
  bench.append();
  bench.run(2);
  expect(bench.reopen(), label).toBe(Number(found) + 1);
  return wasDrawn && chosen < choice.most;
}

describe("a crash of a simulated disk at any time, whatever it leaves of a write", () => {
  it.each([true, false])("loses nothing that was acknowledged, and makes nothing up (torn: %s)", (tear) => {
    let crashes = 0;
    for (let end = 0; end < END_MS; end += 0.5) {
      for (let chosen = 0; crashAt(end, tear, chosen); chosen++) crashes += 1;
    }
    expect(crashes).toBeGreaterThan(tear ? 500 : 20);
  });
});
