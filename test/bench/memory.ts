import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lab, leaderOf, type PeerProcess } from "../support/processes.ts";
import { pause } from "./bare.ts";
import type { LoadFigures } from "./closed-loop.ts";
import { atMost, median, type Row } from "./figure.ts";
import type { Group } from "./group.ts";
import { HeapProbe } from "./heap-probe.ts";
import { residentMiB } from "./process-figures.ts";
import { loadStore, noDisk, VALUE_BYTES } from "./store-load.ts";

const PEERS = 3;
const KEYS = 1000;
const OUTSTANDING = 64;
const MINUTES = 2;
const WARM_UP_MS = 30_000;
const LOOK_INTERVAL_MS = 250;
const MIB = 2 ** 20;

/** Whether memory stays as it is while values are written without a pause. */
export const memory: Group = {
  about: `memory of three peers with data on disk while values of ${VALUE_BYTES} B over ${KEYS} keys are written, ${OUTSTANDING} at a time`,
  takes: "3 minutes (half a minute to warm up, --minutes to watch)",
  missing: noDisk,
  measure: async (bench) => {
    const directory = await mkdtemp(join(tmpdir(), "p2p-node-bench-"));
    bench.onEnd(() => rm(directory, { recursive: true, force: true }));
    const heap = await HeapProbe.in(directory);
    const lab = new Lab(heap.options);
    bench.onEnd(() => lab.close());
    const peers = await lab.cluster(PEERS);
    const leader = await leaderOf(peers);
    const write = (forMs: number): Promise<LoadFigures> =>
      loadStore({ kind: "write", outstanding: OUTSTANDING, forMs, keys: KEYS }, leader, peers);
    bench.note("warming up");
    await write(WARM_UP_MS);
    // Every quarter begins with a full collection, as the one before it ends with one.
    await heapMiB(peers, heap);
    const minutes = bench.minutes ?? MINUTES;
    const quarters: Quarter[] = [];
    for (let quarter = 1; quarter <= 4; quarter++) {
      bench.note(`quarter ${quarter} of ${minutes} minutes`);
      quarters.push(await watch(peers, heap, write((minutes * 60_000) / 4)));
    }
    return rowsOf(quarters);
  },
};

/** What a quarter of the time came to; of memory, by peer. */
interface Quarter {
  readonly load: LoadFigures;
  readonly residentMiB: readonly number[];
  readonly heapMiB: readonly number[];
  /** The first entry that each peer's log still has at the end. */
  readonly firstIndexes: readonly number[];
}

/** Looks at memory while a load is under way: the median of what is resident, and the heap in use at its end. */
async function watch(peers: readonly PeerProcess[], heap: HeapProbe, loading: Promise<LoadFigures>): Promise<Quarter> {
  const looks: (readonly number[])[] = [];
  let isOver = false;
  const over = loading.finally(() => {
    isOver = true;
  });
  // A failure of the load is told where it is awaited.
  over.catch(() => {});
  for (; !isOver; await pause(LOOK_INTERVAL_MS)) looks.push(peers.map(({ pid }) => residentMiB(pid)));
  const load = await over;
  const views = await Promise.all(peers.map((peer) => peer.status()));
  return {
    load,
    residentMiB: peers.map((_, at) => median(looks.map((look) => look[at] ?? Number.NaN))),
    heapMiB: await heapMiB(peers, heap),
    firstIndexes: views.map(({ raft }) => raft.firstLogIndex),
  };
}

/** The heap in use, by peer, when all garbage is collected. */
async function heapMiB(peers: readonly PeerProcess[], heap: HeapProbe): Promise<readonly number[]> {
  return Promise.all(peers.map(async ({ pid }) => (await heap.heapBytes(pid)) / MIB));
}

function rowsOf(quarters: readonly Quarter[]): readonly Row[] {
  const [first, last] = [quarters[0], quarters.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was watched");
  const moved = last.firstIndexes.map((index, at) => index - (first.firstIndexes[at] ?? 0));
  if (!moved.every((entries) => entries > 0)) throw new Error(`logs were not compacted meanwhile: ${moved.join()}`);
  const beside = (samples: readonly number[]) => ({ name: "in the first quarter", samples });
  return [
    {
      name: "resident in the last quarter, by peer",
      unit: "MiB",
      samples: last.residentMiB,
      beside: beside(first.residentMiB),
    },
    { name: "of it the heap in use", unit: "MiB", samples: last.heapMiB, beside: beside(first.heapMiB) },
    {
      name: "growth of what is resident, all three together",
      unit: "%",
      samples: [(sum(last.residentMiB) / sum(first.residentMiB) - 1) * 100],
      goal: atMost(20),
    },
    {
      name: "growth of the heap in use, all three together",
      unit: "%",
      samples: [(sum(last.heapMiB) / sum(first.heapMiB) - 1) * 100],
      goal: atMost(20),
    },
    { name: "entries that left each log between the ends of the two", unit: "entries", samples: moved },
    { name: "writes", unit: "/s", samples: quarters.map(({ load }) => load.perSecond) },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
