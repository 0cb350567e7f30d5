import { constants, fdatasyncSync, write, writeSync } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { Pace } from "./pace.ts";

/** What a journal asks of a file system. Whatever fails rejects with the system's error. */
export interface Disk {
  /** The names in a directory. */
  list(directory: string): Promise<readonly string[]>;
  read(path: string): Promise<Buffer>;
  /** Opens a file for saving; "create" makes an empty one, in the place of any that is there. */
  open(path: string, mode: "create" | "existing"): Promise<DiskFile>;
  /** Atomic. Durable only after `syncDirectory`. */
  rename(from: string, to: string): Promise<void>;
  /** Durable only after `syncDirectory`. */
  remove(path: string): Promise<void>;
  /** Makes durable which names a directory holds. */
  syncDirectory(directory: string): Promise<void>;
}

/** An open file. */
export interface DiskFile {
  /** Writes bytes at an offset; resolves when they are durable. Where that is quickest, this thread waits for it. */
  save(bytes: Uint8Array, offset: number): Promise<void>;
  /** Cuts the file at `size`; durable only after `sync`. */
  truncate(size: number): Promise<void>;
  /** Makes durable whatever was written to this file, by an earlier process too. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * On Linux a write to a file opened with O_DSYNC returns when it is durable, which saves a second trip through the
 * thread pool. Elsewhere that flag is missing or stops at the drive's cache, and fdatasync follows the write.
 */
const WRITES_ARE_SYNCED = process.platform === "linux";

/** A larger save is made by another thread, while this one goes on: what it holds up is worth more than the detour. */
const SMALL_BYTES = 2 ** 14;

/** Windows keeps names durable by itself and cannot sync a directory. */
const DIRECTORIES_SYNC = process.platform !== "win32";

/** The file system of this machine. What is learnt of the pace of one file counts for the next. */
export function fileSystem(): Disk {
  const pace = new Pace();
  return {
    list: (directory) => readdir(directory),
    read: (path) => readFile(path),
    open: async (path, mode) => {
      const creation = mode === "create" ? constants.O_CREAT | constants.O_TRUNC : 0;
      const flags = constants.O_RDWR | creation | (WRITES_ARE_SYNCED ? constants.O_DSYNC : 0);
      return new SystemFile(await open(path, flags, 0o600), pace);
    },
    rename: (from, to) => rename(from, to),
    remove: (path) => unlink(path),
    syncDirectory,
  };
}

/** Makes durable which names a directory holds. */
export async function syncDirectory(directory: string): Promise<void> {
  if (!DIRECTORIES_SYNC) return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class SystemFile implements DiskFile {
  readonly #handle: FileHandle;
  readonly #pace: Pace;

  constructor(handle: FileHandle, pace: Pace) {
    this.#handle = handle;
    this.#pace = pace;
  }

  async save(bytes: Uint8Array, offset: number): Promise<void> {
    if (bytes.length > SMALL_BYTES) return this.#saveAside(bytes, offset);
    const started = performance.now();
    if (this.#pace.isQuick) this.#saveHere(bytes, offset);
    else await this.#saveAside(bytes, offset);
    this.#pace.took(performance.now() - started);
  }

  // A write may stop short, of space for instance; the next one then says why.

  #saveHere(bytes: Uint8Array, offset: number): void {
    const { fd } = this.#handle;
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
    if (!WRITES_ARE_SYNCED) fdatasyncSync(fd);
  }

  async #saveAside(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) done += await this.#write(bytes.subarray(done), offset + done);
    if (!WRITES_ARE_SYNCED) await this.#handle.datasync();
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Writes as much as goes at once; how many bytes. With a callback it takes a tenth less than the handle's own method. */
  #write(bytes: Uint8Array, offset: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#handle.fd, bytes, 0, bytes.length, offset, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }
}
