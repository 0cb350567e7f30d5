import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../support/free-ports.ts";
import { Lab, type PeerProcess } from "../support/processes.ts";
import { pause } from "./bare.ts";
import { atMost, median } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { HeapProbe } from "./heap-probe.ts";
import { residentMiB } from "./process-figures.ts";
import { noTerminal, openTerminal } from "./terminal.ts";

const OTHERS = 4;
const CHURN_MS = 5000;
const WARM_UP_MS = 60_000;
const MINUTES = 10;
const WINDOW_MS = 30_000;
const MIB = 2 ** 20;

/** Whether a peer with a terminal keeps more and more memory while others come and go around it. */
export const growth: Group = {
  about: "memory of a peer with a terminal, while one of four others is killed and started again every 5 s",
  takes: "12 minutes (a minute to warm up, --minutes to watch, half a minute at each end)",
  onlyNamed: true,
  missing: noTerminal,
  measure: async (bench) => {
    const churn = await startChurn(bench);
    const pid = await churn.openTerminal();
    const stop = new AbortController();
    bench.onEnd(() => stop.abort());
    const churning = churn.go(stop.signal);
    // A failure of the churn is told where it is awaited, at the end.
    churning.catch(() => {});
    bench.note("warming up");
    await pause(WARM_UP_MS);
    const before = await memoryOf(pid, churn.heap);
    const minutes = bench.minutes ?? MINUTES;
    for (let minute = 0; minute < minutes; minute++) {
      bench.note(`minute ${minute + 1} of ${minutes}: ${residentMiB(pid).toFixed(1)} MiB`);
      await pause(Math.min(1, minutes - minute) * 60_000);
    }
    const after = await memoryOf(pid, churn.heap);
    stop.abort();
    await churning;
    const heap = { name: "of it the heap in use", samples: [after.heapMiB - before.heapMiB] };
    return [
      {
        name: `growth in ${minutes} minutes`,
        unit: "MiB",
        samples: [after.residentMiB - before.residentMiB],
        beside: heap,
        goal: atMost(2),
      },
      { name: "resident before, after", unit: "MiB", samples: [before.residentMiB, after.residentMiB] },
    ];
  },
};

interface Churn {
  readonly heap: HeapProbe;
  /** The process id of the peer that is watched. */
  openTerminal(): Promise<number>;
  /** Kills and starts one after another until the signal. */
  go(signal: AbortSignal): Promise<void>;
}

async function startChurn(bench: Bench): Promise<Churn> {
  const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
  bench.onEnd(() => rm(directory, { recursive: true, force: true }));
  const heap = await HeapProbe.in(directory);
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const peers = [...(await lab.cluster(OTHERS))];
  const [own] = await freePorts(1);
  return {
    heap,
    openTerminal: () =>
      openTerminal(bench, heap.options, [
        "--port",
        String(own),
        "--data-dir",
        lab.dataOf(own ?? 0),
        "--join",
        `127.0.0.1:${peers[0]?.port}`,
      ]),
    go: async (signal) => {
      for (let turn = 0; !signal.aborted; turn = (turn + 1) % OTHERS) {
        const victim = peers[turn] as PeerProcess;
        await victim.kill();
        await pause(CHURN_MS / 2);
        if (signal.aborted) return;
        peers[turn] = lab.start(victim.port);
        await pause(CHURN_MS / 2);
      }
    },
  };
}

/** Both begin with a full collection, so that what is compared has had as long to fill up again. */
async function memoryOf(pid: number, heap: HeapProbe) {
  const heapBytes = await heap.heapBytes(pid);
  const resident: number[] = [];
  for (const started = performance.now(); performance.now() - started < WINDOW_MS; await pause(500)) {
    resident.push(residentMiB(pid));
  }
  return { heapMiB: heapBytes / MIB, residentMiB: median(resident) };
}
