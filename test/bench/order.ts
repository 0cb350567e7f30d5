import { Lab, leaderOf, type PeerProcess } from "../support/processes.ts";
import type { LoadFigures } from "./closed-loop.ts";
import type { Row } from "./figure.ts";
import type { Bench, Group } from "./group.ts";
import { loadStore, noDisk, VALUE_BYTES } from "./store-load.ts";
import { RAFT, type Way, ZAB_BY_BULLY, ZAB_BY_RAFT } from "./ways.ts";

const PEERS = 3;
const REPS = 3;
const KEYS = 1000;
const OUTSTANDING = [1, 16, 64, 256] as const;
const MEASURED_MS = 2000;
/** Before anything is measured, until what is run often is compiled. */
const WARM_UP_MS = 8000;
const WARM_UP_OUTSTANDING = 64;

const ZABS = [ZAB_BY_RAFT, ZAB_BY_BULLY] as const;
const WAYS: readonly Way[] = [RAFT, ...ZABS];
const KINDS = ["write", "read"] as const;

type Kind = (typeof KINDS)[number];

/** Raft and ZAB, that put the same writes and reads of the same clients into order. */
export const order: Group = {
  about: `three peers of each way with data on disk, values of ${VALUE_BYTES} B over ${KEYS} keys; the ways take turns`,
  takes: "5 minutes",
  missing: noDisk,
  measure: async (bench) => {
    const clusters = new Map<Way, readonly PeerProcess[]>();
    for (const way of WAYS) clusters.set(way, await openWarm(bench, way));
    const samples = new Samples();
    const reps = bench.reps ?? REPS;
    for (let rep = 1; rep <= reps; rep++) {
      bench.note(`round ${rep} of ${reps}`);
      // Nobody is always the first one.
      const turns = rep % 2 === 1 ? WAYS : WAYS.toReversed();
      for (const outstanding of OUTSTANDING)
        for (const kind of KINDS)
          for (const way of turns) {
            samples.add(way, kind, outstanding, await load(clusters.get(way) ?? [], kind, outstanding, MEASURED_MS));
          }
    }
    return OUTSTANDING.flatMap((outstanding) => ZABS.flatMap((way) => rowsOf(samples, way, outstanding)));
  },
};

async function openWarm(bench: Bench, way: Way): Promise<readonly PeerProcess[]> {
  bench.note(`warming up ${way.name}`);
  const lab = new Lab();
  bench.onEnd(() => lab.close());
  const peers = await lab.cluster(PEERS, way.flags);
  for (const kind of KINDS) await load(peers, kind, WARM_UP_OUTSTANDING, WARM_UP_MS / KINDS.length);
  return peers;
}

async function load(peers: readonly PeerProcess[], kind: Kind, outstanding: number, forMs: number) {
  return loadStore({ kind, outstanding, forMs, keys: KEYS }, await leaderOf(peers), peers);
}

function rowsOf(samples: Samples, way: Way, outstanding: number): readonly Row[] {
  const row = (name: string, unit: string, kind: Kind, part: keyof LoadFigures): Row => ({
    name: `${outstanding} outstanding, ${way.name}: ${name}`,
    unit,
    samples: samples.of(way, kind, outstanding, part),
    beside: { name: RAFT.name, samples: samples.of(RAFT, kind, outstanding, part) },
  });
  return [
    row("writes", "/s", "write", "perSecond"),
    row("write, p50", "ms", "write", "p50Ms"),
    row("write, p99", "ms", "write", "p99Ms"),
    row("CPU of all three for a write", "us", "write", "cpuUs"),
    row("reads", "/s", "read", "perSecond"),
  ];
}

/** What loads came to, by what was asked of whom. */
class Samples {
  readonly #figures = new Map<string, LoadFigures[]>();

  add(way: Way, kind: Kind, outstanding: number, figures: LoadFigures): void {
    const key = keyOf(way, kind, outstanding);
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), figures]);
  }

  of(way: Way, kind: Kind, outstanding: number, part: keyof LoadFigures): readonly number[] {
    return (this.#figures.get(keyOf(way, kind, outstanding)) ?? []).map((figures) => figures[part]);
  }
}

function keyOf(way: Way, kind: Kind, outstanding: number): string {
  return `${way.name} ${kind} ${outstanding}`;
}
