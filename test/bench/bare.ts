import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Bench } from "./group.ts";

/** Keeps a bare process from outliving a bench that could not end it. */
const ENDS_WITH_ITS_PARENT = "process.stdin.resume().on('end', () => process.exit());";

/** A process of plain node that runs `script`, to stand beside the program; it ends with the group. */
export function bareNode(bench: Bench, script: string): ChildProcess {
  const child = spawn(process.execPath, ["-e", ENDS_WITH_ITS_PARENT + script], { stdio: ["pipe", "pipe", "inherit"] });
  bench.onEnd(() => void child.kill("SIGKILL"));
  return child;
}

/** The first number that a process prints. */
export async function numberFrom(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("nobody can read what the process prints");
  const [chunk] = await once(child.stdout, "data", { signal: AbortSignal.timeout(10_000) });
  return Number(String(chunk));
}

/** What `work` gives; rejects when it takes too long. */
export async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, for figures that are rates over time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
