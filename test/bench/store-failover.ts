import { Lab, leaderOf, type PeerProcess, settled } from "../support/processes.ts";
import { bareClose } from "./bare.ts";
import { bringBack } from "./bring-back.ts";
import { atMost, atMostTimes, type Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { noDisk } from "./store-load.ts";
import { besideRival, measureRival, type Rival, type RivalFigures, rivals } from "./store-rivals.ts";
import { type Signal, writeGapMs } from "./write-gap.ts";

const PEERS = 3;
const REPS = 20;
/** They take seconds each. */
const RIVAL_TRIALS = 10;

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
    const tookMs = await writeGapMs(this.peers, leader, signal);
    this.peers = await bringBack(this.#lab, this.peers, leader, signal);
    await settled(this.peers);
    return tookMs;
  }
}
