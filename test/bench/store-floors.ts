import { closeSync, constants, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answering, bareNode, numberFrom } from "./bare.ts";
import { ANSWER_BYTES, ENTRY_BYTES } from "./bare-ring.ts";
import { closedLoop } from "./closed-loop.ts";
import { median } from "./figure.ts";
import type { Bench } from "./group.ts";
import { pieces } from "./pipeline.ts";

const WRITES = 500;
const ROOM_BYTES = 2 ** 20;

/** Milliseconds that one write of an entry takes until it is durable: alone, into a file with room; the median. */
export async function syncedWriteMs(bench: Bench): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
  bench.onEnd(() => rm(directory, { recursive: true, force: true }));
  const file = openSync(join(directory, "bare"), constants.O_CREAT | constants.O_WRONLY | constants.O_DSYNC);
  writeSync(file, Buffer.alloc(ROOM_BYTES));
  const bytes = Buffer.alloc(ENTRY_BYTES, 0x5a);
  const samples: number[] = [];
  for (let offset = 0; samples.length < WRITES; offset += ENTRY_BYTES) {
    const startedAt = performance.now();
    writeSync(file, bytes, 0, bytes.length, offset);
    samples.push(performance.now() - startedAt);
  }
  closeSync(file);
  return median(samples);
}

/** Milliseconds until another process has answered an entry by TCP on loopback; the median. */
export async function roundTripMs(bench: Bench): Promise<number> {
  const echo = bareNode(bench, answering(ENTRY_BYTES, ANSWER_BYTES));
  const port = await numberFrom(echo);
  const { p50Ms } = await closedLoop({
    port,
    cut: pieces(ANSWER_BYTES),
    outstanding: 1,
    forMs: 1000,
    request: () => "a".repeat(ENTRY_BYTES),
    check: () => {},
    pids: [],
  });
  echo.kill("SIGKILL");
  return p50Ms;
}
