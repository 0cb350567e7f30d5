/*
 * A thousand failovers under the eyes of all invariants: a hundred worlds, in each of which whoever holds the virtual address
 * is killed, stopped, cut off or asked to hand over ten times, while a program has a board computed.
 */
import { describe, expect, test } from "vitest";
import { FAILOVERS, type Failover, FailoverWorld } from "./failover-world.ts";

const WORLDS = 100;
const FAILOVERS_EACH = 10;

/** Worlds of one test. */
const BATCH = 10;

/** The next holder is there by then, virtual ms, by what ended the office before: a lease, and what it takes to miss somebody. */
const MOST_MS = { kill: 400, pause: 1500, cut: 1500, break: 400, transfer: 400 } as const;

const LONG = 120_000;

const all: Failover[] = [];

describe("failovers", () => {
  test.each(Array.from({ length: WORLDS / BATCH }, (_, batch) => batch * BATCH + 1))(
    "break nothing, and the job comes to its end (seeds from %i)",
    (first) => {
      for (let seed = first; seed < first + BATCH; seed++) {
        const world = new FailoverWorld(seed);
        for (let count = 0; count < FAILOVERS_EACH; count++) all.push(world.failOver());
        world.finish();
      }
    },
    LONG,
  );

  test("are a thousand, of all kinds, each in time", async ({ annotate }) => {
    expect(all).toHaveLength(WORLDS * FAILOVERS_EACH);
    for (const kind of FAILOVERS) {
      const times = all.filter((each) => each.kind === kind);
      expect(times.length).toBeGreaterThan(WORLDS);
      await annotate(`${kind}: the next holder ${inShort(times.map(({ tookMs }) => tookMs))}`);
      await annotate(`${kind}: nobody held it for ${inShort(times.map(({ vacantMs }) => vacantMs))}`);
      expect(Math.max(...times.map(({ tookMs }) => tookMs))).toBeLessThan(MOST_MS[kind]);
    }
  });
});

/** Median and most. */
function inShort(ms: readonly number[]): string {
  const sorted = ms.toSorted((one, other) => one - other);
  return `median ${sorted[Math.floor(sorted.length / 2)]} ms, most ${sorted.at(-1)} ms of ${sorted.length}`;
}
