import { Lab, leaderOf } from "../support/processes.ts";
import { BareRing } from "./bare-ring.ts";
import type { LoadFigures } from "./closed-loop.ts";
import { atLeastTimes, atMost, type Goal, type Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { roundTripMs, syncedWriteMs } from "./store-floors.ts";
import { loadStore, noDisk, VALUE_BYTES } from "./store-load.ts";
import { type Losses, lossesByKill } from "./store-losses.ts";
import { besideRival, measureRival, type Rival, type RivalFigures, rivals } from "./store-rivals.ts";

const PEERS = 3;
const REPS = 3;
const KEYS = 1000;
const OUTSTANDING = [1, 16, 64, 256] as const;
/** What is asked of a follower, once. */
const FORWARDED = 64;
/** With as many the rivals are to be left behind. */
const GOAL_FROM = 64;
const MEASURED_MS = 3000;
/** Before anything is measured, until what is run often is compiled. */
const WARM_UP_MS = 8000;

/** By requests outstanding. */
type ByOutstanding = ReadonlyMap<number, LoadFigures>;

/** What all of them came to, one after the other: the machine's speed drifts, so they take turns. */
interface Round {
  readonly syncMs: number;
  readonly roundTripMs: number;
  readonly writes: ByOutstanding;
  readonly reads: ByOutstanding;
  readonly forwarded: { readonly write: LoadFigures; readonly read: LoadFigures };
  readonly losses: Losses;
  readonly ring: ByOutstanding;
  readonly rivals: ReadonlyMap<Rival, RivalFigures>;
}

/** How many values a store of three peers takes and gives a second, and how soon. */
export const store: Group = {
  about: `three peers with data on disk, values of ${VALUE_BYTES} B over ${KEYS} keys, acknowledged when synced on two`,
  takes: "5 minutes, 9 with P2P_NODE_BENCH_PEERS naming the scripts that load ZooKeeper and etcd",
  missing: noDisk,
  measure: async (bench) => {
    const rounds: Round[] = [];
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`round ${rep} of ${reps}`);
      rounds.push(await measureRound(bench));
    }
    return [...rowsOfFloors(rounds), ...OUTSTANDING.flatMap((count) => rowsOf(rounds, count)), ...rowsOfRest(rounds)];
  },
};

async function measureRound(bench: Bench): Promise<Round> {
  const floors = { syncMs: await syncedWriteMs(bench), roundTripMs: await roundTripMs(bench) };
  const own = await measureOwn(bench);
  const ring = await measureRing(bench);
  const figures = new Map<Rival, RivalFigures>();
  for (const rival of rivals) {
    const words = ["--only", "put", "--reps", "1", "--secs", String(MEASURED_MS / 1000), "--conc", OUTSTANDING.join()];
    figures.set(rival, await measureRival(bench, rival, words));
  }
  return { ...floors, ...own, ring, rivals: figures };
}

async function measureOwn(bench: Bench) {
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const peers = await lab.cluster(PEERS);
  const leader = await leaderOf(peers);
  const [follower = leader] = peers.filter((peer) => peer !== leader);
  const load = (kind: "write" | "read", outstanding: number, at = leader, forMs = MEASURED_MS) =>
    loadStore({ kind, outstanding, forMs, keys: KEYS }, at, peers);
  bench.note("warming up");
  await load("write", FORWARDED, leader, WARM_UP_MS);
  const writes = new Map<number, LoadFigures>();
  const reads = new Map<number, LoadFigures>();
  for (const outstanding of OUTSTANDING) {
    bench.note(`${outstanding} outstanding`);
    writes.set(outstanding, await load("write", outstanding));
    reads.set(outstanding, await load("read", outstanding));
  }
  bench.note("through a follower");
  const forwarded = {
    write: await load("write", FORWARDED, follower),
    read: await load("read", FORWARDED, follower),
  };
  bench.note("killing all of them");
  const losses = await lossesByKill(lab, peers, leader);
  await lab.close();
  return { writes, reads, forwarded, losses };
}

async function measureRing(bench: Bench): Promise<ByOutstanding> {
  bench.note("the bare ring");
  const ring = await BareRing.open(bench);
  const figures = new Map<number, LoadFigures>();
  for (const outstanding of OUTSTANDING) figures.set(outstanding, await ring.load(outstanding, MEASURED_MS));
  await ring.close();
  return figures;
}

function rowsOfFloors(rounds: readonly Round[]): readonly Row[] {
  return [
    { name: "a synced write of 200 B alone, p50", unit: "ms", samples: rounds.map(({ syncMs }) => syncMs) },
    { name: "a round trip of 200 B by TCP, p50", unit: "ms", samples: rounds.map((round) => round.roundTripMs) },
  ];
}

function rowsOf(rounds: readonly Round[], outstanding: number): readonly Row[] {
  const of = (part: keyof LoadFigures, which: "writes" | "reads" | "ring"): readonly number[] =>
    rounds.map((round) => round[which].get(outstanding)?.[part] ?? Number.NaN);
  const row = (name: string, unit: string, part: keyof LoadFigures, which: "writes" | "reads", goal?: Goal): Row => ({
    name: `${outstanding} outstanding: ${name}`,
    unit,
    samples: of(part, which),
    ...(which === "writes" ? { beside: { name: "bare ring", samples: of(part, "ring") } } : {}),
    ...(goal === undefined ? {} : { goal }),
  });
  const perSecond = row("writes", "/s", "perSecond", "writes");
  return [
    perSecond,
    ...rivals.map((rival) => ({
      ...perSecond,
      beside: besideRival(rival, rateOf(rounds, rival, outstanding), rival.known[outstanding] ?? Number.NaN),
      ...(outstanding >= GOAL_FROM ? { goal: atLeastTimes(rival.times) } : {}),
    })),
    row("write, p50", "ms", "p50Ms", "writes", outstanding === 1 ? atMost(0.45) : undefined),
    row("write, p99", "ms", "p99Ms", "writes"),
    row("CPU of all three for a write", "us", "cpuUs", "writes"),
    row("reads", "/s", "perSecond", "reads"),
    row("read, p50", "ms", "p50Ms", "reads"),
    row("read, p99", "ms", "p99Ms", "reads"),
    row("CPU of all three for a read", "us", "cpuUs", "reads"),
  ];
}

/** Writes a second of a rival, by round; none where it was not measured. */
function rateOf(rounds: readonly Round[], rival: Rival, outstanding: number): readonly number[] {
  return rounds.flatMap((round) => round.rivals.get(rival)?.get(rival.metricOf(outstanding)) ?? []);
}

function rowsOfRest(rounds: readonly Round[]): readonly Row[] {
  const rows = (["write", "read"] as const).flatMap((kind): readonly Row[] => {
    const of = (part: keyof LoadFigures): readonly number[] => rounds.map(({ forwarded }) => forwarded[kind][part]);
    const name = `through a follower, ${FORWARDED} outstanding:`;
    return [
      { name: `${name} ${kind}s`, unit: "/s", samples: of("perSecond") },
      { name: `${name} ${kind}, p50`, unit: "ms", samples: of("p50Ms") },
      { name: `${name} ${kind}, p99`, unit: "ms", samples: of("p99Ms") },
      { name: `${name} CPU of all three for a ${kind}`, unit: "us", samples: of("cpuUs") },
    ];
  });
  return [
    ...rows,
    {
      name: "lost when all three are killed, and two come back",
      unit: "writes",
      samples: rounds.map(({ losses }) => losses.lost),
      beside: { name: "acknowledged before", samples: rounds.map(({ losses }) => losses.acknowledged) },
      goal: atMost(0),
    },
  ];
}
