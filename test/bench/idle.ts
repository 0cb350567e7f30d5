import { RAFT_DEFAULTS } from "../../src/protocols/raft/definition.ts";
import { Lab, leaderOf, settled } from "../support/processes.ts";
import { bareNode, numberFrom, pause } from "./bare.ts";
import { atMost, type Row } from "./figure.ts";
import { type Bench, type Group, linuxOnly } from "./group.ts";
import { cpuMs, residentMiB } from "./process-figures.ts";
import { noTerminal, openTerminal } from "./terminal.ts";

const PEERS = 5;
const WATCH_MS = 20_000;

/** Engines compile what runs often, and peers that have just met have much to tell: neither is idling. */
const WARM_UP_MS = 10_000;

/** What peers cost that only keep in touch. */
export const idle: Group = {
  about: "five peers that only keep in touch, watched for 20 s; a sample a process",
  takes: "1.5 minutes",
  missing: linuxOnly,
  measure: async (bench) => {
    const lab = new Lab();
    bench.onEnd(() => lab.close());
    const peers = await lab.cluster(PEERS);
    const leader = await leaderOf(peers);
    const followers = peers.filter((peer) => peer !== leader);
    const beats = await startBeats(bench);
    const sleeper = bareNode(bench, "setInterval(() => {}, 1000);").pid ?? 0;
    const groups = [[leader.pid], followers.map(({ pid }) => pid), [beats.hub], beats.leaves, [sleeper]] as const;
    bench.note("headless");
    const [leading, following, beating, echoing, sleeping] = await watch(groups);
    const besideSleeper = { name: "node that does nothing", samples: sleeping?.memory ?? [] };
    const rows: Row[] = [
      cpu("leader", leading, { name: "bare heartbeats by TCP, to four", samples: beating?.cpu ?? [] }, 0.5),
      cpu("follower", following, { name: "bare heartbeats by TCP, answered", samples: echoing?.cpu ?? [] }, 0.5),
      cpu("follower", following, { name: "node that does nothing", samples: sleeping?.cpu ?? [] }, 0.5),
      memory("headless", { memory: [...(leading?.memory ?? []), ...(following?.memory ?? [])] }, besideSleeper, 80),
    ];
    const missing = noTerminal();
    if (missing !== undefined) {
      bench.note(missing);
      return rows;
    }
    // One of the five is replaced, so that both ways to run are watched among as many others.
    const [replaced, ...rest] = followers;
    if (replaced === undefined) throw new Error("nobody follows");
    await replaced.kill();
    const flags = ["--port", String(replaced.port), "--data-dir", lab.dataOf(replaced.port)];
    const watched = await openTerminal(bench, [], flags);
    await settled([leader, ...rest, replaced]);
    bench.note("with a terminal");
    const [painting, sleepingThen] = await watch([[watched], [sleeper]]);
    const beside = { name: "node that does nothing", samples: sleepingThen?.cpu ?? [] };
    return [
      ...rows,
      cpu("follower with a terminal of 120x40", painting, beside, 5),
      memory("with a terminal", painting, { ...beside, samples: sleepingThen?.memory ?? [] }, 130),
    ];
  },
};

interface Watched {
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
}

function cpu(who: string, watched: Watched | undefined, beside: NonNullable<Row["beside"]>, goal: number): Row {
  return { name: `CPU, ${who}`, unit: "% of a core", samples: watched?.cpu ?? [], beside, goal: atMost(goal) };
}

function memory(
  who: string,
  watched: Pick<Watched, "memory"> | undefined,
  beside: NonNullable<Row["beside"]>,
  goal: number,
): Row {
  return { name: `resident memory, ${who}`, unit: "MiB", samples: watched?.memory ?? [], beside, goal: atMost(goal) };
}

/** Watches groups of processes at the same time. */
async function watch(groups: readonly (readonly number[])[]): Promise<readonly Watched[]> {
  await pause(WARM_UP_MS);
  const startedAt = performance.now();
  const before = groups.map((pids) => pids.map(cpuMs));
  await pause(WATCH_MS);
  const elapsedMs = performance.now() - startedAt;
  return groups.map((pids, group) => ({
    cpu: pids.map((pid, at) => ((cpuMs(pid) - (before[group]?.[at] ?? Number.NaN)) / elapsedMs) * 100),
    memory: pids.map(residentMiB),
  }));
}

/** Bare processes with the traffic of heartbeats alone: one writes to all others once an interval, they answer. */
async function startBeats(bench: Bench): Promise<{ readonly hub: number; readonly leaves: readonly number[] }> {
  const hub = bareNode(
    bench,
    "const sockets = [];" +
      "const server = require('node:net').createServer({ noDelay: true }, (socket) => {" +
      "  socket.on('error', () => {}).resume();" +
      "  sockets.push(socket);" +
      "});" +
      "setInterval(() => sockets.forEach((socket) => socket.write(Buffer.alloc(64))), " +
      `${RAFT_DEFAULTS.heartbeatIntervalMs});` +
      "server.listen(0, '127.0.0.1', () => console.log(server.address().port));",
  );
  const port = await numberFrom(hub);
  const leaf =
    `const socket = require('node:net').connect({ port: ${port}, host: '127.0.0.1', noDelay: true });` +
    "socket.on('error', () => {}).on('data', () => socket.write(Buffer.alloc(64)));";
  const leaves = Array.from({ length: PEERS - 1 }, () => bareNode(bench, leaf).pid ?? 0);
  return { hub: hub.pid ?? 0, leaves };
}
