import { mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { syncDirectory } from "./disk.ts";
import { type StorageFailure, storageFailure } from "./failure.ts";
import { findSegments, segmentName } from "./segment.ts";

/** Makes a data directory, with those above it where they are missing, for this user alone, and durable. Rejects with
 * the system's error. */
export async function makeDirectory(directory: string): Promise<void> {
  const last = resolve(directory);
  const first = await mkdir(last, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = last; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** What became of setting saved state aside: the directory that it is in now, null when there was none. */
export type SetAside =
  | { readonly kind: "set-aside"; readonly to: string | null }
  | ({ readonly kind: "unusable" } & StorageFailure);

/**
 * Moves the journal of a locked data directory to a new directory `<why>-<n>` beside it; nothing is deleted. The next
 * `openJournal` begins a new one.
 */
export async function setAside(directory: string, why: "corrupt" | "earlier" = "corrupt"): Promise<SetAside> {
  try {
    const { numbers, unfinished } = findSegments(await readdir(directory));
    // The newest goes last: were it to go first, a crash would leave an outdated segment that looks like the journal.
    const names = [...unfinished, ...numbers.map(segmentName)];
    if (names.length === 0) return { kind: "set-aside", to: null };
    const to = await makeNumbered(directory, why);
    for (const name of names) {
      await rename(join(directory, name), join(to, name));
      await syncDirectory(to);
      await syncDirectory(directory);
    }
    return { kind: "set-aside", to };
  } catch (error) {
    return { kind: "unusable", ...storageFailure(directory, error) };
  }
}

/** Makes the directory `<name>-<n>` with the first n after those in use. */
async function makeNumbered(parent: string, name: string): Promise<string> {
  const pattern = new RegExp(`^${name}-(\\d{1,9})$`);
  const used = (await readdir(parent)).map((entry) => Number(pattern.exec(entry)?.[1] ?? 0));
  const path = join(parent, `${name}-${Math.max(0, ...used) + 1}`);
  await mkdir(path, { mode: 0o700 });
  return path;
}
