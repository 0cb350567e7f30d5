/**
 * Plays a scenario file live, in a process of its own: `play-live FILE`. SIGTERM interrupts it; SIGHUP ends the process
 * with nothing tidied up before.
 */
import { readFileSync } from "node:fs";
import { playLive } from "../../src/cli/live/play-live.ts";
import { parseScript } from "../../src/sim/script/parse-script.ts";
import { PROGRAM } from "../support/processes.ts";

const interrupted = new AbortController();
process.once("SIGTERM", () => interrupted.abort());
process.once("SIGHUP", () => process.exit(3));

const [file = ""] = process.argv.slice(2);
const parsed = parseScript(readFileSync(file, "utf8"), file);
if (!parsed.ok) throw new Error(parsed.errors.join("\n"));
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const { ok, failures } = await playLive(parsed.script, print, interrupted.signal, PROGRAM);
print(JSON.stringify({ ok, failures }));
process.exitCode = ok ? 0 : 1;
