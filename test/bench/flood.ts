import { pause } from "./bare.ts";
import { atMost } from "./figure.ts";
import { type Group, linuxOnly } from "./group.ts";
import { NoticeLoad } from "./notice-load.ts";
import { type NoticePeers, startPeers } from "./notice-peers.ts";
import { residentMiB } from "./process-figures.ts";

const PEERS = 3;
const DATA_BYTES = 1000;
const FLOOD_MS = 60_000;
const BATCH = 256;
/** Resident memory goes up and down as garbage is collected: of so long it is the most that counts. */
const LOOK_MS = 5000;
const LOOK_INTERVAL_MS = 100;

/** Whether memory stays bounded while a program announces without a pause: an hour's worth of it in a minute. */
export const flood: Group = {
  about: `a program announces ${DATA_BYTES} B as fast as one of three headless peers takes it, for a minute`,
  takes: "1.5 minutes",
  missing: linuxOnly,
  measure: async (bench) => {
    const peers = await startPeers(bench, PEERS);
    const load = await NoticeLoad.open(bench, peers, DATA_BYTES);
    const stop = new AbortController();
    bench.onEnd(() => stop.abort());
    bench.note("flooding");
    const startedAt = performance.now();
    const flooding = load.flood(BATCH, stop.signal);
    await pause(FLOOD_MS / 4 - LOOK_MS);
    const atQuarter = await mostResident(peers);
    await pause(startedAt + FLOOD_MS - LOOK_MS - performance.now());
    const atEnd = await mostResident(peers);
    stop.abort();
    await flooding;
    const perSecond = (load.told.done / (performance.now() - startedAt)) * 1000;
    await load.untilQuiet();
    const { announced, told } = load;
    const fullest = { name: "after a quarter of it", samples: atQuarter };
    return [
      { name: "resident memory of a peer at the end, at most", unit: "MiB", samples: atEnd, beside: fullest },
      {
        name: "growth since a quarter of it, all peers together",
        unit: "%",
        samples: [(sum(atEnd) / sum(atQuarter) - 1) * 100],
        goal: atMost(20),
      },
      { name: `${DATA_BYTES} B announced on one, notified on both others`, unit: "messages/s", samples: [perSecond] },
      {
        name: "of a million announced, not notified on both",
        unit: "messages",
        samples: [perMillion(announced, told)],
      },
      { name: "notified twice", unit: "times", samples: [told.repeated], goal: atMost(0) },
    ];
  },
};

/** By peer, the most resident memory in some seconds. */
async function mostResident(peers: NoticePeers): Promise<readonly number[]> {
  let most = peers.pids.map(() => 0);
  for (const startedAt = performance.now(); performance.now() - startedAt < LOOK_MS; await pause(LOOK_INTERVAL_MS)) {
    const now = peers.pids.map(residentMiB);
    most = most.map((value, at) => Math.max(value, now[at] ?? 0));
  }
  return most;
}

function perMillion(announced: number, { done }: NoticeLoad["told"]): number {
  return Math.round(((announced - done) / announced) * 1e6);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
