import { readFileSync, statSync } from "node:fs";
import { InvariantViolation } from "../core/assert.ts";
import { hashEvents } from "../sim/event-hash.ts";
import { watchInvariants } from "../sim/invariants/registry.ts";
import { MAX_SCRIPT_BYTES, parseScript } from "../sim/script/parse-script.ts";
import { type Outcome, runScript } from "../sim/script/run-script.ts";
import type { Script } from "../sim/script/script.ts";
import { WorldStage, worldOf } from "../sim/world-stage.ts";
import { safeText } from "../ui/safe-text.ts";
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
}

/** Plays a scenario file; the exit code: 0 as expected, 1 otherwise, 2 where the file is wrong. */
export async function simFile(file: string, flags: FileFlags, signal: AbortSignal): Promise<number> {
  const read = readScript(file);
  if (!read.ok) return complain(read.errors);
  return play(read.script, flags);
}

async function play(script: Script, flags: FileFlags): Promise<number> {
  const world = worldOf(script, flags.seed === undefined ? {} : { seed: flags.seed });
  const hash = hashEvents(world);
  const stage = new WorldStage(world);
  watchInvariants(world);
  const started = performance.now();
  const print = (line: string): void => {
    process.stdout.write(flags.json === true ? `${jsonLine({ line })}\n` : `${safeText(line, WIDEST)}\n`);
  };
  try {
    const outcome = await runScript(script, stage, { listener: print });
    return conclude(outcome, hash.hex(), performance.now() - started, flags.json === true);
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    return complain([`broken after ${seconds(world.now)} s: ${error.message}`], FAILED);
  }
}
