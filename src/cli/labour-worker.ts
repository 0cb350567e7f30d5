/** One of the threads that compute: takes each piece of work that it is given, and answers what came of it. */
import { parentPort } from "node:worker_threads";
import { advance } from "../apps/life/kernel.ts";
import { assert } from "../core/assert.ts";
import { countAlive } from "../core/board.ts";
import type { Work } from "../protocols/broker/message.ts";
import type { Outcome } from "../runtime/labour.ts";

const port = parentPort;
assert(port !== null, "a worker has a port to its parent");

port.on("message", (work: Work) => {
  const started = performance.now();
  const band = advance(work.band, work);
  const tookUs = Math.max(1, Math.round(1000 * (performance.now() - started)));
  const outcome: Outcome = { kind: "worked", ticket: work.ticket, band, alive: countAlive(band), tookUs };
  port.postMessage(outcome, [band.words.buffer]);
});
