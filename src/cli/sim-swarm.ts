import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { printScript } from "../sim/script/print-script.ts";
import type { Script } from "../sim/script/script.ts";
import { drawScript } from "../sim/swarm/draw.ts";
import { countOf, parseRange, parseShard, type Range, type Shard, seedsOf } from "../sim/swarm/range.ts";
import { type Result, runScenario } from "../sim/swarm/run-seed.ts";
import { shrink } from "../sim/swarm/shrink.ts";
import { safeText } from "../ui/safe-text.ts";
import { complain } from "./complain.ts";
import { jsonLine } from "./json-line.ts";
import { Progress } from "./progress.ts";
import { playSeeds, type SeedDone } from "./swarm-pool.ts";

/** Columns of the longest line that is printed. */
const WIDEST = 4000;

/** Peers of a world, at most: every peer links to every other. */
const MAX_PEERS = 30;

/** Threads at most, whatever is asked for. */
const MAX_THREADS = 256;

/** The flags of a campaign, as the command line gives them. */
export interface SwarmFlags {
  readonly peers: string;
  readonly seeds: string;
  readonly shard: string;
  readonly threads?: string;
  readonly json?: true;
  readonly shrink?: true;
  readonly out?: string;
}

/** A campaign as it was understood. */
interface Campaign {
  readonly peers: Range;
  readonly seeds: Range;
  readonly shard: Shard;
  readonly threads: number;
}

/** Plays a campaign; the exit code: 0 where all held, 1 where something broke, 2 for wrong usage. */
export async function simSwarm(flags: SwarmFlags, signal: AbortSignal): Promise<number> {
  const campaign = read(flags);
  if (typeof campaign === "string") return complain(campaign, 2);
  const count = countOf(campaign.seeds, campaign.shard);
  const progress = new Progress(count, flags.json !== true);
  const broken: SeedDone[] = [];
  let played = 0;
  let virtualMs = 0;
  const started = performance.now();
  await playSeeds(seedsOf(campaign.seeds, campaign.shard), { ...campaign, signal }, (done) => {
    played += 1;
    virtualMs += done.virtualMs;
    if (done.broken !== null) broken.push(done);
    if (flags.json === true) print(jsonLine(lineOf(done, campaign)));
    else if (done.broken !== null) {
      progress.clear();
      printBroken(done, campaign);
    }
    progress.show(played, broken.length);
  });
  progress.clear();
  if (flags.json !== true) {
    const tookMs = performance.now() - started;
    print(
      `${played} of ${count} seeds, ${broken.length} broken; ${Math.round(virtualMs / 1000)} s of virtual time in ` +
        `${(tookMs / 1000).toFixed(1)} s, ${Math.round(virtualMs / tookMs)} times real time`,
    );
  }
  const [first] = broken;
  if (first !== undefined && flags.shrink === true) await reduce(first, campaign, flags);
  return broken.length > 0 || played < count ? 1 : 0;
}

/** Writes the smallest scenario that breaks the same invariant to a file. */
async function reduce({ seed }: SeedDone, { peers }: Campaign, flags: SwarmFlags): Promise<void> {
  const file = flags.out ?? `swarm-${seed}.script`;
  const script = drawScript(seed, peers);
  const progress = new Progress(null, flags.json !== true);
  const play = (smaller: Script): Promise<Result> => runScenario(smaller);
  const least = await shrink(script, await play(script), play, ({ tries, left }) => {
    progress.note(`shrinking seed ${seed}: ${left} of ${script.length} statements left after ${tries} tries`);
  });
  progress.clear();
  const head = [
    `# ${least.broken?.invariant}: ${least.broken?.text}`,
    "#",
    `# The least of seed ${seed} that still breaks it. Play it: p2p-node sim ${file}`,
  ];
  writeFileSync(file, `${head.map((line) => safeText(line, WIDEST)).join("\n")}\n\n${printScript(least.played)}`);
  process.stderr.write(`seed ${seed}: ${least.played.length} statements in ${safeText(file, WIDEST)}\n`);
}

function read(flags: SwarmFlags): Campaign | string {
  const peers = parseRange(flags.peers, 1, MAX_PEERS);
  const seeds = parseRange(flags.seeds, 0, Number.MAX_SAFE_INTEGER);
  const shard = parseShard(flags.shard);
  const [threads] = parseRange(flags.threads ?? String(availableParallelism()), 1, MAX_THREADS) ?? [];
  if (peers === undefined) return `--peers ${flags.peers}: say 3..9, or 5; from 1 to ${MAX_PEERS}`;
  if (seeds === undefined) return `--seeds ${flags.seeds}: say 1..1000, or 42`;
  if (shard === undefined) return `--shard ${flags.shard}: say 1/8 for the first of eight parts`;
  if (threads === undefined) return `--threads ${flags.threads}: say a number from 1 to ${MAX_THREADS}`;
  return { peers, seeds, shard, threads: Math.min(threads, Math.max(1, countOf(seeds, shard))) };
}

function lineOf({ seed, hash, broken, virtualMs }: SeedDone, campaign: Campaign): object {
  const said = { seed, ok: broken === null, hash, virtualMs: Math.round(virtualMs) };
  return broken === null ? said : { ...said, ...broken, repeat: repeating(seed, campaign) };
}

function printBroken({ seed, broken }: SeedDone, campaign: Campaign): void {
  print(safeText(`seed ${seed} broke ${broken?.invariant}: ${broken?.text}`, WIDEST));
  print(`    again: ${repeating(seed, campaign)}`);
}

function repeating(seed: number, { peers: [least, most] }: Campaign): string {
  return `p2p-node sim --swarm --peers ${least}..${most} --seeds ${seed} --shrink`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
