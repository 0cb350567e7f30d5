import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { PROGRAM } from "../support/processes.ts";
import { day } from "./day.ts";
import { detection } from "./detection.ts";
import { elections } from "./elections.ts";
import { failover } from "./failover.ts";
import { faults } from "./faults.ts";
import { tableOf } from "./figure.ts";
import { flood } from "./flood.ts";
import { frame } from "./frame.ts";
import type { Bench, Group } from "./group.ts";
import { growth } from "./growth.ts";
import { health } from "./health.ts";
import { idle } from "./idle.ts";
import { join } from "./join.ts";
import { journal } from "./journal.ts";
import { keys } from "./keys.ts";
import { life } from "./life.ts";
import { locks } from "./locks.ts";
import { memory } from "./memory.ts";
import { messages } from "./messages.ts";
import { notices } from "./notices.ts";
import { order } from "./order.ts";
import { recovery } from "./recovery.ts";
import { requests } from "./requests.ts";
import { simulator } from "./simulator.ts";
import { spread } from "./spread.ts";
import { start } from "./start.ts";
import { store } from "./store.ts";
import { storeFailover } from "./store-failover.ts";
import { vip } from "./vip.ts";

const groups: Readonly<Record<string, Group>> = {
  frame,
  journal,
  faults,
  keys,
  failover,
  health,
  join,
  idle,
  start,
  notices,
  flood,
  store,
  "store-failover": storeFailover,
  order,
  elections,
  locks,
  life,
  requests,
  vip,
  recovery,
  memory,
  messages,
  simulator,
  spread,
  detection,
  day,
  growth,
};

const USAGE = `usage: npm run bench [-- [NAME...] [--reps N] [--minutes N] [--list]]

Prints figures, each beside its limit or floor in the same run, and says whether it met its goal. A verdict is about the
median. NAME measures only these groups; --reps repeats each thing N times; --minutes is how long memory is watched.
P2P_NODE_BENCH_PEERS names a folder of scripts that load other stores, zookeeper.mjs and etcd.mjs, which then take turns.`;

const ends: (() => void | Promise<void>)[] = [];

/** Ends whatever the group in hand has started; what cannot be ended does not keep the rest from it. */
async function endAll(): Promise<void> {
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    try {
      await end();
    } catch (error) {
      say(`could not clean up: ${String(error)}`);
    }
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Measures and prints one group; whether it could. */
async function run(name: string, group: Group, bench: Bench): Promise<boolean> {
  const missing = group.missing?.();
  if (missing !== undefined) {
    console.log(`\n${name}: ${missing}`);
    return true;
  }
  say(`${name}: ${group.takes} ...`);
  try {
    const rows = await group.measure(bench);
    console.log([`\n${name}: ${group.about}`, ...tableOf(rows)].join("\n"));
    return true;
  } catch (error) {
    console.log(`\n${name}: failed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await endAll();
  }
}

function list(): string {
  return Object.entries(groups)
    .map(([name, { about, takes, onlyNamed }]) => {
      return `${name.padEnd(14)} ${about}; ${takes}${onlyNamed === true ? ", only when named" : ""}`;
    })
    .join("\n");
}

function positive(text: string | undefined, most: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!(value > 0 && value <= most)) throw new Error(`${text} is not a number above 0 and up to ${most}`);
  return value;
}

function readArguments(): { readonly names: readonly string[]; readonly bench: Bench } | undefined {
  const options = {
    list: { type: "boolean" },
    help: { type: "boolean" },
    reps: { type: "string" },
    minutes: { type: "string" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.list === true || values.help === true) {
    console.log(values.list === true ? list() : `${USAGE}\n\n${list()}`);
    return undefined;
  }
  const unknown = positionals.find((name) => !Object.hasOwn(groups, name));
  if (unknown !== undefined) throw new Error(`no group is called ${unknown}: say ${Object.keys(groups).join(", ")}`);
  const reps = positive(values.reps, 1000);
  const bench: Bench = {
    reps: reps === null ? null : Math.ceil(reps),
    minutes: positive(values.minutes, 60),
    note: (line) => say(`  ${line}`),
    onEnd: (end) => ends.push(end),
  };
  const usual = Object.keys(groups).filter((name) => groups[name]?.onlyNamed !== true);
  return { names: positionals.length > 0 ? positionals : usual, bench };
}

async function main(): Promise<number> {
  let read: ReturnType<typeof readArguments>;
  try {
    read = readArguments();
  } catch (error) {
    say(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (read === undefined) return 0;
  if (!existsSync(PROGRAM)) {
    say("bench: the program is not built here: run npm run build in the project's folder");
    return 1;
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void endAll().then(() => process.exit(1)));
  }
  process.once("uncaughtException", (error) => {
    say(`bench: ${error.stack ?? error.message}`);
    void endAll().then(() => process.exit(1));
  });
  let exitCode = 0;
  for (const name of read.names) {
    const group = groups[name];
    if (group !== undefined && !(await run(name, group, read.bench))) exitCode = 1;
  }
  return exitCode;
}

process.exit(await main());
