import { MUTEX_KINDS, type MutexKind } from "../../src/core/lock.ts";
import { Lab, leaderOf } from "../support/processes.ts";
import type { Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { lockAlone, lockContended } from "./lock-load.ts";
import { noDisk } from "./store-load.ts";
import { besideRival, etcd, measureRival, type RivalFigures } from "./store-rivals.ts";

const PEERS = 3;
const REPS = 3;
const CONTENDERS = 16;
const MEASURED_MS = 3000;
/** Before anything is measured, until what is run often is compiled. */
const WARM_UP_MS = 3000;

/** What etcd comes to where it is not measured. */
const ETCD_KNOWN = { p50Ms: 1.6, handOversPerSecond: 163 };

/** What one kind came to. */
interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Hand-overs a second: all contenders at the leader, and an equal number of them at each peer. */
  readonly atOne: number;
  readonly atAll: number;
}

/** How soon a lock is had and let go of, and how often it changes hands. */
export const locks: Group = {
  about: `three peers, a lock and an unlock on a connection that stays; ${CONTENDERS} contenders want it at all times`,
  takes: "3 minutes, 4 with P2P_NODE_BENCH_PEERS naming the script that locks in etcd",
  missing: noDisk,
  measure: async (bench) => {
    const figures = new Map<MutexKind, Figures[]>(MUTEX_KINDS.map((kind) => [kind, []]));
    const rivals: RivalFigures[] = [];
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`round ${rep} of ${reps}`);
      for (const kind of MUTEX_KINDS) figures.get(kind)?.push(await measureKind(bench, kind));
      const words = ["--only", "lock", "--reps", "1", "--secs", String(MEASURED_MS / 1000)];
      rivals.push(await measureRival(bench, etcd, words));
    }
    return [...figures].flatMap(([kind, samples]) => rowsOf(kind, samples, rivals));
  },
};

async function measureKind(bench: Bench, kind: MutexKind): Promise<Figures> {
  bench.note(kind);
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const peers = await lab.cluster(PEERS, ["--mutex", kind]);
  const leader = await leaderOf(peers);
  await lockContended(peers, CONTENDERS, WARM_UP_MS);
  const alone = await lockAlone(leader, MEASURED_MS);
  const atOne = await lockContended([leader], CONTENDERS, MEASURED_MS);
  const atAll = await lockContended(peers, CONTENDERS, MEASURED_MS);
  await lab.close();
  return { ...alone, atOne, atAll };
}

function rowsOf(kind: MutexKind, samples: readonly Figures[], rivals: readonly RivalFigures[]): readonly Row[] {
  // What the order decides is on the disks of a majority; the others hold in memory who wants a lock.
  const name = `${kind}, ${kind === "lease" ? "durable" : "nothing on disk"}`;
  const of = (part: keyof Figures): readonly number[] => samples.map((figures) => figures[part]);
  const rival = (metric: string, known: number) => {
    return besideRival(
      etcd,
      rivals.flatMap((figures) => figures.get(metric) ?? []),
      known,
    );
  };
  const handOvers = rival(`lock handovers, ${CONTENDERS} contenders`, ETCD_KNOWN.handOversPerSecond);
  return [
    {
      name: `${name}: alone, p50`,
      unit: "ms",
      samples: of("p50Ms"),
      beside: rival("lock+unlock uncontended p50", ETCD_KNOWN.p50Ms),
    },
    { name: `${name}: alone, p99`, unit: "ms", samples: of("p99Ms") },
    { name: `${name}: hand-overs, contenders at one peer`, unit: "/s", samples: of("atOne"), beside: handOvers },
    { name: `${name}: hand-overs, contenders at all peers`, unit: "/s", samples: of("atAll"), beside: handOvers },
  ];
}
