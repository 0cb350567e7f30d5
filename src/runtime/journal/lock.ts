import { randomBytes } from "node:crypto";
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory } from "./directory.ts";
import { type StorageFailure, StorageLimit, storageFailure } from "./failure.ts";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

const LOCK_NAME = "lock";

/** The nonce of a lock file that cannot be read, as a crash of the machine may leave it. */
const NO_NONCE = "unreadable";

/** Every attempt after the first means that another process was quicker or has just let go. */
const MAX_ATTEMPTS = 100;

/** The right to use a data directory. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/** What became of locking a data directory. Every `message` is one line that says what is wrong and what to do. */
export type Locking =
  | { readonly kind: "locked"; readonly lock: DirectoryLock }
  | { readonly kind: "in-use"; readonly pid: number; readonly message: string }
  | ({ readonly kind: "unusable" } & StorageFailure);

/**
 * Makes a data directory where it is missing and takes its lock, over from a process that ended without letting go if
 * need be. Keeps apart the processes that see each other: not two hosts or containers that share a volume.
 */
export async function lockDirectory(directory: string): Promise<Locking> {
  try {
    await makeDirectory(directory);
    const taken = await take(join(directory, LOCK_NAME), await ownIdentity());
    if (taken.kind === "taken") return { kind: "locked", lock: { release: () => release(taken) } };
    const { pid } = taken;
    const problem = `data directory ${directory} is in use by process ${pid}`;
    return { kind: "in-use", pid, message: `${problem}: stop it, or choose another with --data-dir` };
  } catch (error) {
    return { kind: "unusable", ...storageFailure(directory, error) };
  }
}

/** A lock file that is ours, and what it says. */
interface Taken {
  readonly kind: "taken";
  readonly path: string;
  readonly content: string;
}

type Attempt = Taken | { readonly kind: "held"; readonly pid: number };

/**
 * Takes the lock file at `path`.
 *
 * A free one is taken by giving a finished file that name, which one process alone can do. A stale one is never removed,
 * or a slow process could remove the fresh lock of a quicker one: it is replaced in one rename, and only by the process
 * that holds the lock file named after it. As each lock file has a nonce of its own, and nobody else may replace it
 * meanwhile, a look at it from within that second lock is final. Should a process die in there, that lock is stale
 * itself, and is taken over in the same way.
 */
async function take(path: string, self: ProcessIdentity): Promise<Attempt> {
  const nonce = randomBytes(8).toString("hex");
  const content = `${JSON.stringify({ ...self, nonce })}\n`;
  const finished = `${path}.${nonce}.new`;
  await writeFile(finished, content, { mode: 0o600, flag: "wx" });
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (await linked(finished, path)) return { kind: "taken", path, content };
      const found = await readLock(path);
      if (found === null) continue;
      if (found.holder !== null && (await isRunning(found.holder))) return { kind: "held", pid: found.holder.pid };

      const right = await take(`${path}.${found.nonce}`, self);
      if (right.kind === "held") return right;
      const unchanged = (await readLock(path))?.content === found.content;
      if (unchanged) await rename(finished, path);
      await release(right);
      if (unchanged) return { kind: "taken", path, content };
    }
    throw new StorageLimit("its lock changes hands all the time");
  } finally {
    await removeIfThere(finished);
  }
}

async function release({ path, content }: Taken): Promise<void> {
  // The directory may have been removed and made anew, and the lock be another's.
  if ((await readLock(path))?.content === content) await removeIfThere(path);
}

/** Whether `path` is now a name of the file `from`; not, when there is a file of that name. */
async function linked(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

interface FoundLock {
  readonly content: string;
  readonly nonce: string;
  /** Null when the content makes no sense. */
  readonly holder: ProcessIdentity | null;
}

/** What a lock file says; null when there is none. */
async function readLock(path: string): Promise<FoundLock | null> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
  return { content, ...parseLock(content) };
}

function parseLock(content: string): Pick<FoundLock, "nonce" | "holder"> {
  let lock: unknown;
  try {
    lock = JSON.parse(content);
  } catch {
    return { nonce: NO_NONCE, holder: null };
  }
  return isLock(lock) ? { nonce: lock.nonce, holder: lock } : { nonce: NO_NONCE, holder: null };
}

function isLock(value: unknown): value is ProcessIdentity & { readonly nonce: string } {
  if (typeof value !== "object" || value === null) return false;
  const { pid, started, boot, nonce } = value as Readonly<Record<string, unknown>>;
  const isTextOrNull = (field: unknown): boolean => field === null || typeof field === "string";
  // The nonce becomes part of a path, and a number below 1 would ask after whole groups of processes.
  const isNonce = typeof nonce === "string" && /^[0-9a-f]{16}$/.test(nonce);
  return Number.isInteger(pid) && Number(pid) >= 1 && isNonce && isTextOrNull(started) && isTextOrNull(boot);
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
