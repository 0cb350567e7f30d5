/** One of the threads of a campaign: plays each seed that it is given, and answers what came of it. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../core/assert.ts";
import type { Range } from "../sim/swarm/range.ts";
import { runSeed } from "../sim/swarm/run-seed.ts";
import type { SeedDone } from "./swarm-pool.ts";

const { peers } = workerData as { readonly peers: Range };
const port = parentPort;
assert(port !== null, "a worker has a port to its parent");

port.on("message", (seed: number) => {
  void play(seed).then((done) => port.postMessage(done));
});

async function play(seed: number): Promise<SeedDone> {
  const { hash, broken, virtualMs } = await runSeed(seed, peers);
  return { seed, hash, broken, virtualMs };
}
