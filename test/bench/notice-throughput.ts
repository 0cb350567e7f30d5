import { within } from "./bare.ts";
import { Fanout } from "./fanout.ts";
import { atLeast, atMost, type Row } from "./figure.ts";
import type { Bench } from "./group.ts";
import { NoticeLoad } from "./notice-load.ts";
import { type NoticePeers, startPeers } from "./notice-peers.ts";
import { cpuMs } from "./process-figures.ts";

const PEERS = 10;
const REPS = 3;
const WARM_UP_MS = 10_000;
const MEASURED_MS = 5000;
const FANOUT_LIMIT_MS = 30_000;

/** What is announced as fast as it is notified everywhere. */
interface Size {
  readonly name: string;
  readonly dataBytes: number;
  /** Messages under way at a time. */
  readonly window: number;
  readonly goalPerSecond: number | null;
}

const SIZES: readonly Size[] = [
  { name: "100 B", dataBytes: 100, window: 4000, goalPerSecond: 40_000 },
  { name: "32 KiB", dataBytes: 32 * 1024, window: 12, goalPerSecond: null },
];

/** How much is announced at one of ten peers, notified at all the others and found valid, in a second. */
export async function noticeThroughput(bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    bench.note(`${PEERS} peers, ${size.name}: starting`);
    const peers = await startPeers(bench, PEERS);
    rows.push(...(await measureSize(bench, peers, size)));
    await peers.end();
  }
  return rows;
}

async function measureSize(bench: Bench, peers: NoticePeers, size: Size): Promise<readonly Row[]> {
  const load = await NoticeLoad.open(bench, peers, size.dataBytes);
  const fanout = await Fanout.open(bench, PEERS - 1, size.dataBytes);
  bench.note(`${PEERS} peers, ${size.name}: throughput`);
  await load.keepUnderWay(size.window, WARM_UP_MS);
  const sentBefore = await peers.counted("sent");
  const announcedBefore = load.announced;
  const shares: Share[] = [];
  const bare: number[] = [];
  for (let rep = 0; rep < (bench.reps ?? REPS); rep++) {
    shares.push(await measureOnce(peers, load, size.window));
    await load.untilQuiet();
    bare.push(await fannedOutPerSecond(fanout, size.window));
  }
  const sent = (await peers.counted("sent")) - sentBefore;
  const copies = sent / ((load.announced - announcedBefore) * (PEERS - 1));
  return rowsOf(size, shares, bare, copies, load);
}

/** What one stretch of time came to. */
interface Share {
  readonly perSecond: number;
  /** Microseconds of CPU for each message: of all peers together, and of the programs. */
  readonly peersUs: number;
  readonly loadUs: number;
}

async function measureOnce(peers: NoticePeers, load: NoticeLoad, window: number): Promise<Share> {
  const peersMs = (): number => peers.pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
  const before = { at: performance.now(), done: load.told.done, peersMs: peersMs(), loadMs: load.cpuMs };
  await load.keepUnderWay(window, MEASURED_MS);
  const done = load.told.done - before.done;
  return {
    perSecond: (done / (performance.now() - before.at)) * 1000,
    peersUs: ((peersMs() - before.peersMs) / done) * 1000,
    loadUs: ((load.cpuMs - before.loadMs) / done) * 1000,
  };
}

/** Messages a second that bare processes are sent and answer, in batches of half a window. */
async function fannedOutPerSecond(fanout: Fanout, window: number): Promise<number> {
  const batch = window / 2;
  const batches = 20;
  const startedAt = performance.now();
  for (let i = 0; i < batches; i++) await within(FANOUT_LIMIT_MS, "answers to a fan-out", fanout.send(batch));
  return ((batches * batch) / (performance.now() - startedAt)) * 1000;
}

function rowsOf(
  { name, window, goalPerSecond }: Size,
  shares: readonly Share[],
  bare: readonly number[],
  copies: number,
  { announced, told }: NoticeLoad,
): readonly Row[] {
  const ofEach = (part: keyof Share): number[] => shares.map((share) => share[part]);
  return [
    {
      name: `${name}: announced on one of ten, notified on all, ${window} under way`,
      unit: "messages/s",
      samples: ofEach("perSecond"),
      beside: { name: "direct fan-out by TCP, answered", samples: bare },
      ...(goalPerSecond === null ? {} : { goal: atLeast(goalPerSecond) }),
    },
    {
      name: `${name}: CPU of all ten peers together`,
      unit: "us a message",
      samples: ofEach("peersUs"),
      beside: { name: "CPU of the programs", samples: ofEach("loadUs") },
    },
    {
      name: `${name}: copies sent for each peer that is notified`,
      unit: "copies",
      samples: [copies],
      beside: { name: "at least", samples: [1] },
    },
    { name: `${name}: lost`, unit: "messages", samples: [announced - told.done], goal: atMost(0) },
    { name: `${name}: notified twice`, unit: "times", samples: [told.repeated], goal: atMost(0) },
  ];
}
