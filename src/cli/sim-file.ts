import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import packageJson from "../../package.json" with { type: "json" };
import { InvariantViolation } from "../core/assert.ts";
import type { Facts } from "../recording/format.ts";
import { watchInvariants } from "../sim/invariants/registry.ts";
import { parseScript } from "../sim/script/parse-script.ts";
import { type Outcome, runScript } from "../sim/script/run-script.ts";
import type { Script } from "../sim/script/script.ts";
import { hashEvents } from "../sim/world/event-hash.ts";
import { recordWorld } from "../sim/world/record.ts";
import type { World } from "../sim/world/world.ts";
import { WorldStage, worldOf } from "../sim/world/world-stage.ts";
import { safeText } from "../ui/safe-text.ts";
import { complain } from "./complain.ts";
import { jsonLine } from "./json-line.ts";

/** Columns of the longest line that is printed. */
const WIDEST = 2000;

const FAILED = 1;
const WRONG_USAGE = 2;

/** The flags that go with a scenario file. */
export interface FileFlags {
  readonly seed?: number;
  readonly json?: true;
  readonly record?: string;
  readonly live?: true;
  readonly ui?: true;
  readonly ascii?: true;
}

/** Plays a scenario file; the exit code: 0 where all came as expected, 1 otherwise, 2 where the file is wrong. */
export async function simFile(file: string, flags: FileFlags, signal: AbortSignal): Promise<number> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return complain([`${file} cannot be read: ${messageOf(error)}`], WRONG_USAGE);
  }
  const parsed = parseScript(text, file);
  if (!parsed.ok) return complain(parsed.errors, WRONG_USAGE);
  return flags.live === true
    ? playWithProcesses(parsed.script, flags.json === true, signal)
    : play(parsed.script, file, flags, signal);
}

/** Plays a script with real processes, as real time passes. */
async function playWithProcesses(script: Script, isJson: boolean, signal: AbortSignal): Promise<number> {
  const { playLive } = await import("./live/play-live.ts");
  const tell = (line: string): void => print(isJson ? jsonLine({ line }) : safeText(line, WIDEST));
  const started = performance.now();
  const { ok, failures, tookMs } = await playLive(script, tell, signal);
  if (isJson) print(jsonLine({ ok, tookMs: Math.round(tookMs), failures }));
  else
    print(
      `${verdictOf(ok, failures.length, script)} with real processes, in ${seconds(performance.now() - started)} s`,
    );
  return ok ? 0 : FAILED;
}

/** Plays a script in virtual time, at once or for somebody who watches. */
async function play(script: Script, file: string, flags: FileFlags, signal: AbortSignal): Promise<number> {
  const world = worldOf(script, flags.seed === undefined ? {} : { seed: flags.seed });
  watchInvariants(world);
  const endRecording =
    flags.record === undefined ? () => {} : record(world, flags.record, { file, seed: world.options.seed });
  if (typeof endRecording === "string") return complain([endRecording], FAILED);
  try {
    if (flags.ui !== true) return await playAtOnce(script, world, flags.json === true);
    const { watchScript } = await import("./sim-watch.ts");
    return (await watchScript(script, world, flags.ascii === true, signal)) ? 0 : FAILED;
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    return complain([`${seconds(world.now)} s: broken: ${error.message}`], FAILED);
  } finally {
    endRecording();
  }
}

async function playAtOnce(script: Script, world: World, isJson: boolean): Promise<number> {
  const hash = hashEvents(world);
  const started = performance.now();
  const listener = (line: string): void => print(isJson ? jsonLine({ at: world.now, line }) : safeText(line, WIDEST));
  const outcome = await runScript(script, new WorldStage(world), { listener });
  print(
    isJson
      ? jsonLine({ ok: outcome.ok, hash: hash.hex(), virtualMs: outcome.tookMs, failures: outcome.failures })
      : summary(outcome, script, world, performance.now() - started),
  );
  return outcome.ok ? 0 : FAILED;
}

/** Records a world to a file; what ends that, or in one line why it cannot be done. */
function record(world: World, file: string, facts: Facts): (() => void) | string {
  let handle: number;
  try {
    handle = openSync(file, "w");
  } catch (error) {
    return `${file} cannot be written: ${messageOf(error)}`;
  }
  const end = recordWorld(world, (bytes) => writeFileSync(handle, bytes), {
    program: `p2p-node ${packageJson.version}`,
    ...facts,
  });
  return () => {
    end();
    closeSync(handle);
  };
}

/** `passed: 7 expectations, 12.3 s of virtual time in 0.2 s`. */
function summary({ ok, failures }: Outcome, script: Script, world: World, tookMs: number): string {
  const verdict = verdictOf(ok, failures.length, script);
  return `${verdict}, ${seconds(world.now)} s of virtual time in ${seconds(tookMs)} s`;
}

function verdictOf(ok: boolean, failures: number, script: Script): string {
  const expected = script.filter(({ kind }) => kind === "expect").length;
  return ok ? `passed: ${expected} expectations` : `failed: ${failures} of ${script.length} statements`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
