import { readdirSync, readFileSync } from "node:fs";
import { watchInvariants } from "../../src/sim/invariants/registry.ts";
import { parseScript } from "../../src/sim/script/parse-script.ts";
import { type Outcome, runScript } from "../../src/sim/script/run-script.ts";
import type { Script } from "../../src/sim/script/script.ts";
import { WorldStage, worldOf } from "../../src/sim/world/world-stage.ts";

const FOLDER = "demo";
const ENDING = ".script";

/** For minutes of virtual time on a busy machine, ms. */
export const PLAY_TIMEOUT_MS = 120_000;

/** The names of all scenario files. */
export const demoScripts: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));

/** The text of a scenario file. */
export function textOf(name: string): string {
  return readFileSync(`${FOLDER}/${name}${ENDING}`, "utf8");
}

/**
 * Understands a scenario file.
 *
 * @throws an error with all that is wrong with it
 */
export function scriptOf(name: string): Script<unknown> {
  const read = parseScript(textOf(name), `${FOLDER}/${name}${ENDING}`);
  if (!read.ok) throw new Error(read.errors.join("\n"));
  return read.script;
}

/** Plays a scenario file under the eyes of all invariants, with another seed than its own if one is given. */
export function play(name: string, options: { readonly seed?: number } = {}): Promise<Outcome> {
  const script = scriptOf(name);
  const world = worldOf(script, options);
  watchInvariants(world);
  return runScript(script, new WorldStage(world));
}
