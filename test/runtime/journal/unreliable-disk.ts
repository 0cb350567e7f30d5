import { basename } from "node:path";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { Disk, DiskFile } from "../../../src/runtime/journal/disk.ts";

const SECTOR_BYTES = 512;

/** What one crash does to data that was not yet durable. */
export type Loss = "all" | "none" | "some";

/** A change of a file that is not yet durable. */
type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly truncatedTo: number };

interface Content {
  durable: Buffer;
  /** As every process sees it. */
  current: Buffer;
  changes: Change[];
}

type Names = Map<string, Content>;

/** A disk in memory of one directory that forgets what was not synced, and that fails or stops on demand. */
export class UnreliableDisk implements Disk {
  /** Operations that were begun or ended so far: each is a point at which a crash may come. */
  steps = 0;
  /** How often data were made durable. */
  saves = 0;
  /** Operations from this step on are rejected with `failureCode`. */
  failFrom = Number.POSITIVE_INFINITY;
  failureCode = "EIO";
  /** Resolves when the power fails. */
  readonly stopped: Promise<void>;
  readonly #names: Names;
  #durableNames: Names;
  #nameChanges: ((names: Names) => void)[] = [];
  readonly #random: Random;
  readonly #stopAfter: number;
  #stop: () => void = () => {};
  #off = false;

  /**
   * @param random decides how long operations take, and what a crash leaves
   * @param stopAfter after so many steps the power fails: no operation ends any more
   */
  constructor(random: Random = seededRandom(1), stopAfter = Number.POSITIVE_INFINITY, names: Names = new Map()) {
    this.#random = random;
    this.#stopAfter = stopAfter;
    this.#names = names;
    this.#durableNames = new Map(names);
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  /** The disk after a crash of the machine, or ("none") of the process only. */
  restart(loss: Loss, stopAfter = Number.POSITIVE_INFINITY): UnreliableDisk {
    if (loss === "none") {
      // Nothing is lost when a process dies alone, and nothing is more durable than it was.
      const same = new UnreliableDisk(this.#random, stopAfter, this.#names);
      same.#durableNames = this.#durableNames;
      same.#nameChanges = this.#nameChanges;
      return same;
    }
    const survives = () => loss === "some" && this.#random.below(2) === 0;
    const names: Names = new Map(this.#durableNames);
    for (const change of this.#nameChanges) if (survives()) change(names);
    for (const content of new Set(names.values())) settle(content, survives);
    return new UnreliableDisk(this.#random, stopAfter, names);
  }

  /** Puts a file there, durable. */
  put(name: string, bytes: Buffer): void {
    const content = { durable: Buffer.from(bytes), current: Buffer.from(bytes), changes: [] };
    this.#names.set(name, content);
    this.#durableNames.set(name, content);
  }

  /** The bytes of a file as every process sees them. */
  get(name: string): Buffer {
    return this.#content(name).current;
  }

  async list(): Promise<readonly string[]> {
    await this.#step();
    return [...this.#names.keys()];
  }

  async read(path: string): Promise<Buffer> {
    await this.#step();
    return Buffer.from(this.#content(path).current);
  }

  async open(path: string, mode: "create" | "existing"): Promise<DiskFile> {
    await this.#step();
    const name = basename(path);
    if (mode === "create") {
      const content = { durable: Buffer.alloc(0), current: Buffer.alloc(0), changes: [] };
      this.#rename((names) => names.set(name, content));
    }
    return this.#file(this.#content(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step();
    const content = this.#content(from);
    this.#rename((names) => {
      names.delete(basename(from));
      names.set(basename(to), content);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#step();
    this.#content(path);
    this.#rename((names) => names.delete(basename(path)));
  }

  async syncDirectory(): Promise<void> {
    await this.#step();
    for (const change of this.#nameChanges.splice(0)) change(this.#durableNames);
    await this.#step();
  }

  #file(content: Content): DiskFile {
    const sync = async (): Promise<void> => {
      await this.#step();
      for (const change of content.changes.splice(0)) content.durable = changed(content.durable, change);
      this.saves += 1;
    };
    const alter = (change: Change): void => {
      content.changes.push(change);
      content.current = changed(content.current, change);
    };
    return {
      save: async (bytes, offset) => {
        await this.#step();
        const change = { offset, bytes: Buffer.from(bytes) };
        alter(change);
        await this.#step();
        // A synced write makes itself durable, and nothing else.
        content.durable = changed(content.durable, change);
        content.changes = content.changes.filter((other) => other !== change);
        this.saves += 1;
        await this.#step();
      },
      truncate: async (size) => {
        await this.#step();
        alter({ truncatedTo: size });
        await this.#step();
      },
      sync,
      close: () => this.#step(),
    };
  }

  #rename(change: (names: Names) => void): void {
    change(this.#names);
    this.#nameChanges.push(change);
  }

  #content(path: string): Content {
    const content = this.#names.get(basename(path));
    if (content === undefined) throw systemError("ENOENT");
    return content;
  }

  async #step(): Promise<void> {
    for (let turns = this.#random.below(3); turns >= 0; turns--) await new Promise(setImmediate);
    this.steps += 1;
    if (this.steps > this.#stopAfter) {
      this.#off = true;
      this.#stop();
    }
    if (this.#off) await new Promise(() => {});
    if (this.steps >= this.failFrom) throw systemError(this.failureCode);
  }
}

/** An error as the file system throws it. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

/** The bytes after a change; they are changed in place where they are long enough. */
function changed(bytes: Buffer, change: Change): Buffer {
  if ("truncatedTo" in change) return Buffer.from(bytes.subarray(0, change.truncatedTo));
  const end = change.offset + change.bytes.length;
  const result = end <= bytes.length ? bytes : Buffer.concat([bytes], end);
  result.set(change.bytes, change.offset);
  return result;
}

/** What is on the disk after a crash: of each change that was not durable, each sector may or may not have arrived. */
function settle(content: Content, survives: () => boolean): void {
  for (const change of content.changes.splice(0)) {
    if ("truncatedTo" in change) {
      if (survives()) content.durable = changed(content.durable, change);
      continue;
    }
    const end = change.offset + change.bytes.length;
    for (let from = change.offset; from < end; ) {
      const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      const bytes = change.bytes.subarray(from - change.offset, to - change.offset);
      if (survives()) content.durable = changed(content.durable, { offset: from, bytes });
      from = to;
    }
    // The length may be durable before the data are: zeros stand for them.
    if (survives()) content.durable = changed(content.durable, { offset: end, bytes: Buffer.alloc(0) });
  }
  content.current = Buffer.from(content.durable);
}
