import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect } from "../../src/client/connect.ts";
import { Lab } from "../support/processes.ts";
import { bareNode, numberFrom, pause } from "./bare.ts";
import { BareFrames, ECHO } from "./bare-frames.ts";
import { atLeastTimes, median, p99, type Row } from "./figure.ts";
import { type Bench, type Group, linuxOnly } from "./group.ts";
import { cpuMs } from "./process-figures.ts";

const OUTSTANDING = [1, 64, 4096] as const;
const PAYLOAD = Buffer.alloc(16, 0x5a);
const REPS = 5;
const WARM_UP_MS = 500;
const MEASURED_MS = 2000;

/** Sends a payload and brings it back. */
type Ask = (data: Buffer) => Promise<Uint8Array>;

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU that one request took, of both processes. */
  readonly cpuUs: number;
}

/** Who is asked: a peer by its client, and beside it bare frames. */
interface Asked {
  readonly ask: Ask;
  readonly pid: number;
}

/** How many requests one connection takes and answers a second, beside the same bytes by TCP alone. */
export const requests: Group = {
  about: `PING with ${PAYLOAD.length} B and its answer through one connection, between two processes`,
  takes: "90 s",
  missing: linuxOnly,
  measure: async (bench) => {
    const own = await peer(bench);
    const bare = await bareEcho(bench);
    // What is run often is compiled by then, on both sides.
    for (const each of [own, bare]) await load(each, 64, MEASURED_MS);
    const figures = new Map(OUTSTANDING.map((count) => [count, { own: [] as Figures[], bare: [] as Figures[] }]));
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`round ${rep} of ${reps}`);
      for (const [count, { own: ours, bare: theirs }] of figures) {
        // The machine's speed drifts, so they take turns.
        ours.push(await load(own, count, MEASURED_MS));
        theirs.push(await load(bare, count, MEASURED_MS));
      }
    }
    return [...figures].flatMap(([count, { own: ours, bare: theirs }]) => rowsOf(count, ours, theirs));
  },
};

async function peer(bench: Bench): Promise<Asked> {
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const [only] = await lab.cluster(1);
  if (only === undefined) throw new Error("no peer");
  const pool = await connect(`127.0.0.1:${only.port}`);
  bench.onEnd(() => pool.close());
  return { ask: (data) => pool.ping(data), pid: only.pid };
}

async function bareEcho(bench: Bench): Promise<Asked> {
  const echo = bareNode(bench, ECHO);
  const socket = connectTcp({ port: await numberFrom(echo), host: "127.0.0.1", noDelay: true });
  bench.onEnd(() => void socket.destroy());
  await once(socket, "connect");
  const frames = new BareFrames(socket);
  return { ask: (data) => frames.ask(data), pid: echo.pid ?? 0 };
}

/** Keeps so many requests outstanding: each answer lets the next one go. */
async function load({ ask, pid }: Asked, outstanding: number, forMs: number): Promise<Figures> {
  let isOver = false;
  let measuredFrom = Number.POSITIVE_INFINITY;
  let latenciesMs: number[] = [];
  const askOn = async (): Promise<void> => {
    while (!isOver) {
      const askedAt = performance.now();
      const { length } = await ask(PAYLOAD);
      if (length !== PAYLOAD.length) throw new Error("an answer is another than what was sent");
      if (askedAt >= measuredFrom) latenciesMs.push(performance.now() - askedAt);
    }
  };
  const all = Promise.all(Array.from({ length: outstanding }, askOn));
  await Promise.race([all, pause(WARM_UP_MS)]);
  measuredFrom = performance.now();
  const cpuBeforeMs = cpuMs(pid) + cpuMs(process.pid);
  await Promise.race([all, pause(forMs)]);
  isOver = true;
  const tookMs = performance.now() - measuredFrom;
  const usedMs = cpuMs(pid) + cpuMs(process.pid) - cpuBeforeMs;
  const measured = latenciesMs;
  latenciesMs = [];
  await all;
  return {
    perSecond: (measured.length / tookMs) * 1000,
    p50Ms: median(measured),
    p99Ms: p99(measured),
    cpuUs: (usedMs / measured.length) * 1000,
  };
}

function rowsOf(count: number, ours: readonly Figures[], bare: readonly Figures[]): readonly Row[] {
  const row = (name: string, unit: string, part: keyof Figures): Row => ({
    name: `${count} outstanding: ${name}`,
    unit,
    samples: ours.map((figures) => figures[part]),
    beside: { name: "bare TCP", samples: bare.map((figures) => figures[part]) },
  });
  return [
    { ...row("requests", "/s", "perSecond"), goal: atLeastTimes(0.5) },
    row("p50", "ms", "p50Ms"),
    row("p99", "ms", "p99Ms"),
    row("CPU of both for one", "us", "cpuUs"),
  ];
}
