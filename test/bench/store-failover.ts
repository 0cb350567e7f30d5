import { connectStore } from "../../src/client/store-client.ts";
import { Lab, leaderOf, type PeerProcess, settled } from "../support/processes.ts";
import { bareClose, pause } from "./bare.ts";
import { bringBack } from "./bring-back.ts";
import { atMost, atMostTimes, type Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { noDisk, VALUE_BYTES } from "./store-load.ts";
import { besideRival, measureRival, type Rival, type RivalFigures, rivals } from "./store-rivals.ts";

const PEERS = 3;
const REPS = 20;
/** They take seconds each. */
const RIVAL_TRIALS = 10;

/** The light load before each end: writes, one at a time, and how long nothing is asked in between, ms. */
const WRITES_BEFORE = 20;
const PAUSE_MS = 2;

/** No write may take so long. */
const LIMIT_MS = 20_000;

type Signal = "SIGKILL" | "SIGSTOP";

/** How soon writes are acknowledged again when the leader is killed or stands still, as a client sees it. */
export const storeFailover: Group = {
  about:
    "three peers with data on disk, a client of one session that knows all; from the signal to the next acknowledgement",
  takes: "4 minutes, 9 with P2P_NODE_BENCH_PEERS naming the scripts that kill ZooKeeper's and etcd's leader",
  missing: noDisk,
  measure: async (bench) => {
    const lab = new Lab();
    bench.onEnd(() => lab.close());
    const scene = new Scene(lab, await lab.cluster(PEERS));
    const electionTimeoutMs = (await settled(scene.peers))[0]?.raft.electionTimeoutMs ?? Number.NaN;
    const closed: number[] = [];
    const killed: number[] = [];
    const stopped: number[] = [];
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`failover ${rep} of ${reps}`);
      closed.push(await bareClose(bench));
      killed.push(await scene.leaderEnds("SIGKILL"));
      stopped.push(await scene.leaderEnds("SIGSTOP"));
    }
    await lab.close();
    return [...rowsOfKills(killed, closed, await measureRivals(bench)), ...rowsOfStops(stopped, electionTimeoutMs)];
  },
};

async function measureRivals(bench: Bench): Promise<ReadonlyMap<Rival, RivalFigures>> {
  const figures = new Map<Rival, RivalFigures>();
  for (const rival of rivals) {
    figures.set(rival, await measureRival(bench, rival, ["--only", "failover", "--trials", String(RIVAL_TRIALS)]));
  }
  return figures;
}

function rowsOfKills(
  samples: readonly number[],
  closed: readonly number[],
  figures: ReadonlyMap<Rival, RivalFigures>,
): readonly Row[] {
  const row = { name: "leader killed, to which the client is connected", unit: "ms", samples };
  const beside = { name: "until a bare connection to a killed process closes", samples: closed };
  const besideRivals = rivals.map((rival) => ({
    ...row,
    beside: besideRival(rival, [...(figures.get(rival)?.values() ?? [])].flat(), rival.knownFailoverMs),
  }));
  return [{ ...row, beside, goal: atMost(100) }, ...besideRivals];
}

/** Of a leader that says nothing any more only the election timeout tells; each peer draws its own, from one to two times it. */
function rowsOfStops(samples: readonly number[], electionTimeoutMs: number): readonly Row[] {
  const row = {
    name: "leader stopped, the client connected to a follower",
    unit: "ms",
    samples,
    goal: atMostTimes(1.3),
  };
  return [
    {
      ...row,
      beside: { name: "the election timeout as configured, which is the least drawn", samples: [electionTimeoutMs] },
    },
    { ...row, beside: { name: "the largest election timeout drawn", samples: [2 * electionTimeoutMs] } },
  ];
}

/** Three peers of which the leader is ended and brought back. */
class Scene {
  peers: readonly PeerProcess[];
  readonly #lab: Lab;

  constructor(lab: Lab, peers: readonly PeerProcess[]) {
    this.#lab = lab;
    this.peers = peers;
  }

  /** Ends the leader; milliseconds until the next write is acknowledged. */
  async leaderEnds(signal: Signal): Promise<number> {
    const leader = await leaderOf(this.peers);
    const others = this.peers.filter((peer) => peer !== leader);
    // Whom a client is connected to that stands still it leaves after a silence of its own, which says nothing of the peers.
    const order = signal === "SIGKILL" ? [leader, ...others] : [...others, leader];
    const client = await connectStore(
      order.map(({ port }) => `127.0.0.1:${port}`),
      { timeoutMs: LIMIT_MS },
    );
    for (let write = 0; write < WRITES_BEFORE; write++) {
      await client.write("key", "x".repeat(VALUE_BYTES));
      await pause(PAUSE_MS);
    }
    const signalledAt = performance.now();
    leader.signal(signal);
    await client.write("key", "x".repeat(VALUE_BYTES));
    const tookMs = performance.now() - signalledAt;
    client.close();
    this.peers = await bringBack(this.#lab, this.peers, leader, signal);
    await settled(this.peers);
    return tookMs;
  }
}
