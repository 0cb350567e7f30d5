import { readFile } from "node:fs/promises";

/** A process, told from later ones of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's clock ticks since boot; null where the system does not tell. */
  readonly started: string | null;
  /** Which run of the machine that was; null where the system does not tell. */
  readonly boot: string | null;
}

/** Who this process is. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, started: (await statusOf(process.pid))?.started ?? null, boot: await bootId() };
}

/** Whether a process runs still. What the system does not tell counts as alike, so that doubt means yes. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const boot = await bootId();
  if (identity.boot !== null && boot !== null && identity.boot !== boot) return false;
  if (!answers(identity.pid)) return false;
  const status = await statusOf(identity.pid);
  if (status === null) return true;
  // A killed process that its parent has not yet asked after runs no more.
  if (status.state === "Z" || status.state === "X") return false;
  return identity.started === null || status.started === identity.started;
}

/** Whether there is a process of this number. */
function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** State letter and start time of a process, from proc(5); null where there is no such file. */
async function statusOf(pid: number): Promise<{ readonly state: string; readonly started: string } | null> {
  const text = await readSystemFile(`/proc/${pid}/stat`);
  // The second field, a name in parentheses, may itself hold blanks and parentheses.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields?.[0];
  const started = fields?.[19];
  return state === undefined || started === undefined ? null : { state, started };
}

async function bootId(): Promise<string | null> {
  return (await readSystemFile("/proc/sys/kernel/random/boot_id"))?.trim() ?? null;
}

async function readSystemFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}
