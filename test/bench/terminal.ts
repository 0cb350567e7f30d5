import { spawnSync } from "node:child_process";
import { PROGRAM } from "../support/processes.ts";
import { Terminal } from "../support/terminal.ts";
import { type Bench, linuxOnly } from "./group.ts";

/** What stands on the screen from the first frame on. */
export const FIRST_FRAME = /Timeline/;

/** What is missing for figures of the program in a terminal, if anything is. */
export function noTerminal(): string | undefined {
  const tmux = spawnSync("tmux", ["-V"]).status === 0;
  return linuxOnly() ?? (tmux ? undefined : "tmux is missing: no figures of the program in a terminal");
}

/**
 * Opens the program on a terminal of 120x40, which ends with the group; its process id.
 *
 * @param options of node
 * @param flags of the program
 */
export async function openTerminal(bench: Bench, options: readonly string[], flags: readonly string[]) {
  const terminal = await Terminal.open([process.execPath, ...options, PROGRAM, ...flags]);
  bench.onEnd(() => terminal.close());
  await terminal.until(FIRST_FRAME, "first frame");
  const { pid } = terminal;
  if (pid === null) throw new Error(`the program ended on its terminal: ${await terminal.screen()}`);
  return pid;
}
