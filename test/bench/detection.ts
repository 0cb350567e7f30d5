import { statusOf, unwatchedCluster, without } from "../sim/cluster.ts";
import type { Row } from "./figure.ts";
import type { Group } from "./group.ts";

const REPS = 10;

/** A crash that is not seen by then is not seen. */
const LIMIT_MS = 60_000;

/** How soon a crash is seen, by the number of peers and of those asked to probe as well. */
export const detection: Group = {
  about:
    "the host of one of n whole peers is gone: until the others hold it unhealthy; a sample a seed and an observer",
  takes: "2 minutes",
  measure: async ({ reps, note }) => {
    const rows: Row[] = [];
    for (const size of [3, 5, 10, 20]) {
      for (const indirectProbes of [1, 3]) {
        note(`${size} peers, ${indirectProbes} asked`);
        const samples = detectionMs(size, indirectProbes, 0, reps ?? REPS);
        rows.push(...percentiles(`n = ${size}, ${indirectProbes} indirect`, samples));
      }
    }
    rows.push(...percentiles("n = 10, 3 indirect, 10 % loss", detectionMs(10, 3, 10, reps ?? REPS)));
    return rows;
  },
};

/** Virtual ms from the loss of one of `size` peers until each of the others holds it unhealthy, over all others and seeds. */
function detectionMs(size: number, indirectProbes: number, lossPercent: number, seeds: number): readonly number[] {
  const ports = Array.from({ length: size }, (_, i) => 7001 + i);
  return Array.from({ length: seeds }, (_, i) => {
    const network = { lossPercent, resendPercent: lossPercent };
    const world = unwatchedCluster(ports, {
      seed: i + 1,
      network,
      tuning: { health: { indirectProbes } },
      keep: "none",
    });
    world.run(3000 + 97 * i);
    const victim = 7002;
    // The whole host is gone: no connection breaks, nothing answers.
    world.partition([victim], without(ports, victim));
    const crashed = world.now;
    const seen = new Map<number, number>();
    const look = (): boolean => {
      for (const port of without(ports, victim)) {
        if (!seen.has(port) && statusOf(world, port, victim) === "unhealthy") seen.set(port, world.now - crashed);
      }
      return seen.size === size - 1;
    };
    world.runUntil(look, LIMIT_MS);
    return [...seen.values()];
  }).flat();
}

function percentiles(name: string, samples: readonly number[]): readonly Row[] {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return [
    { name: `${name}: p50`, unit: "ms", samples: [at(0.5)] },
    { name: `${name}: p99`, unit: "ms", samples: [at(0.99)] },
  ];
}
