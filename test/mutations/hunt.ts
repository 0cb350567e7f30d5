/**
 * Plays seeds of the swarm until one breaks an invariant, and prints that as JSON: `{"seed":3,"invariant":"..."}`, or
 * `{"seed":null}`. Bundled together with a mutated source and run as a process of its own.
 *
 *   node hunt.mjs SEEDS LEAST-PEERS MOST-PEERS FIRST-SEED usual|zab|locks|leases|pool|any
 */
import { TOPICS } from "../../src/sim/swarm/draw-agreement.ts";
import { runSeed } from "../../src/sim/swarm/run-seed.ts";

const [seeds = 0, least = 0, most = 0, first = 1] = process.argv.slice(2).map(Number);
const topic = TOPICS.find((each) => each === process.argv.at(-1)) ?? null;

async function hunt(): Promise<object> {
  const others = Array.from({ length: seeds }, (_, at) => at + 1).filter((seed) => seed !== first);
  for (const seed of [first, ...others]) {
    const { broken } = await runSeed(seed, [least, most], topic);
    if (broken !== null) return { seed, ...broken };
  }
  return { seed: null };
}

process.stdout.write(JSON.stringify(await hunt()));
