import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Row } from "./figure.ts";
import type { Bench } from "./group.ts";

/** Names a folder of scripts that start and load other stores, and print a line of JSON for each figure. */
const SCRIPTS = process.env.P2P_NODE_BENCH_PEERS;

/** Another replicated store, that keeps three copies on disk and syncs a majority of them before it acknowledges. */
export interface Rival {
  readonly name: string;
  readonly script: string;
  /** Under which name its script tells the writes a second with so many clients. */
  metricOf(clients: number): string;
  /** Writes a second on two cores with 1, 16, 64 and 256 clients, where it is not measured. */
  readonly known: Readonly<Record<number, number>>;
  /** Milliseconds from killing its leader until a write is acknowledged again, where that is not measured. */
  readonly knownFailoverMs: number;
  /** How many times as many writes a second are wanted, with 64 and 256 clients. */
  readonly times: number;
}

const zooKeeper: Rival = {
  name: "ZooKeeper",
  script: "zookeeper.mjs",
  metricOf: (clients) => `set 100 B, ${clients} clients, rate`,
  known: { 1: 1800, 16: 9000, 64: 20_000, 256: 32_000 },
  knownFailoverMs: 621,
  times: 2,
};

export const etcd: Rival = {
  name: "etcd",
  script: "etcd.mjs",
  metricOf: (clients) => `put 100 B, ${clients} clients, rate`,
  known: { 1: 1200, 16: 4200, 64: 10_000, 256: 12_000 },
  knownFailoverMs: 1189,
  times: 4,
};

export const rivals: readonly Rival[] = [zooKeeper, etcd];

/** Figures by their names, each one the samples of it. */
export type RivalFigures = ReadonlyMap<string, readonly number[]>;

/** Runs a rival's script; no figures where that is not possible here, which it says. */
export async function measureRival(bench: Bench, rival: Rival, words: readonly string[]): Promise<RivalFigures> {
  if (SCRIPTS === undefined) return new Map();
  bench.note(`${rival.name}: ${words.join(" ")}`);
  const child = spawn(process.execPath, [join(SCRIPTS, rival.script), ...words], {
    env: { ...process.env, BENCH_JSON: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // It ends what it has started when it is asked to end.
  bench.onEnd(() => void child.kill("SIGTERM"));
  const figures = new Map<string, readonly number[]>();
  let trouble = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    trouble ||= line;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const { metric, median, min, max } = JSON.parse(line) as Record<"median" | "min" | "max", number> & {
      readonly metric: string;
    };
    figures.set(metric, [...new Set([min, median, max])]);
  });
  const [code] = await once(child, "close");
  if (code !== 0) bench.note(`${rival.name} cannot be measured here: ${trouble}`);
  return code === 0 ? figures : new Map();
}

/** What to put beside a figure: what was measured, or else what is known from elsewhere, and says so. */
export function besideRival({ name }: Rival, measured: readonly number[], known: number): NonNullable<Row["beside"]> {
  return measured.length > 0
    ? { name, samples: measured }
    : { name: `${name} as known, not measured here`, samples: [known] };
}
