import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process, and what it has printed so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** Starts a bundled program. */
export function start(program: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return { child, output: () => output };
}

/** Waits for the first line that a process prints. */
export async function firstLine({ child, output }: Running): Promise<string> {
  const deadline = AbortSignal.timeout(8000);
  while (!output().includes("\n") && child.stdout !== null) await once(child.stdout, "data", { signal: deadline });
  return output().slice(0, output().indexOf("\n"));
}

/** Kills a process with SIGKILL and waits for its end. */
export async function kill({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}
