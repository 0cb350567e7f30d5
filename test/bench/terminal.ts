import { spawnSync } from "node:child_process";
import { cleanEnvironment, PROGRAM, until } from "../support/processes.ts";
import { type Bench, linuxOnly } from "./group.ts";

/** What is on the screen as soon as the first frame is painted. */
export const FIRST_FRAME = /Timeline/;

/** What is missing for figures of the program in a terminal, if anything is. */
export function noTerminal(): string | undefined {
  return (
    linuxOnly() ?? (spawnSync("tmux", ["-V"]).status === 0 ? undefined : "tmux is missing: no figures of the terminal")
  );
}

/** The program on a terminal of 120x40 of its own. */
export interface Terminal {
  readonly pid: number;
  /** Ends it; settles when the process is gone. */
  end(): Promise<void>;
}

let opened = 0;

/**
 * Opens the program in tmux, on a socket of its own.
 *
 * @param options of node; `flags` are of the program
 */
export async function openTerminal(bench: Bench, options: readonly string[], flags: readonly string[]) {
  const socket = `p2p-node-bench-${process.pid}-${++opened}`;
  const tmux = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync("tmux", ["-L", socket, ...words], {
      encoding: "utf8",
      env: { ...cleanEnvironment(), LANG: "C.UTF-8" },
    });
    if (status !== 0) throw new Error(`tmux ${words[0]} failed: ${stderr.trim()}`);
    return stdout.trim();
  };
  const words = ["exec", process.execPath, ...options, PROGRAM, ...flags];
  const command = words.map((word, at) => (at === 0 ? word : `'${word}'`)).join(" ");
  tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command);
  bench.onEnd(() => void spawnSync("tmux", ["-L", socket, "kill-server"]));
  const pid = Number(tmux("display-message", "-p", "#{pane_pid}"));
  await until(10_000, "first frame", async () => (FIRST_FRAME.test(tmux("capture-pane", "-p")) ? true : undefined));
  return {
    pid,
    end: async () => {
      process.kill(pid, "SIGKILL");
      await until(5000, "end of the terminal", async () => (isRunning(pid) ? undefined : true));
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
