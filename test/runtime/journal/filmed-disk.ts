import { basename } from "node:path";
import type { Disk, DiskFile } from "../../../src/runtime/journal/disk.ts";
import { UnreliableDisk } from "./unreliable-disk.ts";

/** One write to a file, and when it was under way: the numbers of its moments, of which each is a step of any kind. */
interface Write {
  readonly file: object;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly begun: number;
  ended: number;
}

/** A change of the names in the directory, when it was made, and when it became durable. */
interface NameChange {
  readonly made: number;
  durable: number;
  apply(names: Map<string, object>): void;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A write of more bytes is torn at so many of them only. */
const EVERY_BYTE_UP_TO = 300;
const SAMPLES = 30;

/**
 * A disk in memory of one directory that remembers all that was done to it, so that afterwards every state can be had in
 * which a power failure might have left it. What is done to it takes some turns of the event loop.
 */
export class FilmedDisk implements Disk {
  /** Steps so far: beginnings and ends of writes and syncs, and changes of names. */
  moment = 0;
  readonly #names = new Map<string, object>();
  readonly #writes: Write[] = [];
  readonly #nameChanges: NameChange[] = [];

  async list(): Promise<readonly string[]> {
    return [...this.#names.keys()];
  }

  async read(path: string): Promise<Buffer> {
    return contentOf(this.#writes.filter(({ file }) => file === this.#names.get(basename(path))));
  }

  async open(path: string, mode: "create" | "existing"): Promise<DiskFile> {
    const name = basename(path);
    if (mode === "create") {
      const created = {};
      this.#change((names) => names.set(name, created));
    }
    const file = this.#names.get(name);
    if (file === undefined) throw new Error(`there is no ${name}`);
    return {
      save: (bytes, offset) => this.#save(file, bytes, offset),
      truncate: () => Promise.reject(new Error("nothing is torn in a film")),
      sync: takesTime,
      close: takesTime,
    };
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#names.get(basename(from));
    if (file === undefined) throw new Error(`there is no ${from}`);
    this.#change((names) => {
      names.delete(basename(from));
      names.set(basename(to), file);
    });
    await takesTime();
  }

  async remove(path: string): Promise<void> {
    this.#change((names) => names.delete(basename(path)));
    await takesTime();
  }

  async syncDirectory(): Promise<void> {
    const synced = this.#nameChanges.filter(({ durable }) => durable === NEVER);
    await takesTime();
    this.moment += 1;
    for (const change of synced) change.durable = this.moment;
  }

  /** Every state in which a failure right after a moment may leave the disk: each write under way ends anywhere. */
  *remainsAt(moment: number): Generator<UnreliableDisk> {
    const begun = this.#writes.filter((write) => write.begun <= moment);
    const underWay = begun.filter((write) => write.ended > moment);
    for (const names of this.#namesAt(moment)) {
      if (underWay.length === 0) yield diskOf(names, begun);
      for (const torn of underWay) {
        for (const others of [0, 1]) {
          if (others === 1 && underWay.length === 1) continue;
          for (const length of lengthsOf(torn)) {
            const remains = begun.map((write) => {
              if (write === torn) return cut(write, length);
              return underWay.includes(write) ? cut(write, others * write.bytes.length) : write;
            });
            yield diskOf(names, remains);
          }
        }
      }
    }
  }

  /** The names that may be found: those that were durable, and any of the changes that were not. */
  *#namesAt(moment: number): Generator<Map<string, object>> {
    const made = this.#nameChanges.filter((change) => change.made <= moment);
    const open = made.filter(({ durable }) => durable > moment);
    for (let chosen = 0; chosen < 2 ** open.length; chosen++) {
      const names = new Map<string, object>();
      for (const change of made) {
        const at = open.indexOf(change);
        if (at < 0 || (chosen & (1 << at)) !== 0) change.apply(names);
      }
      yield names;
    }
  }

  async #save(file: object, bytes: Uint8Array, offset: number): Promise<void> {
    const write: Write = { file, offset, bytes: Buffer.from(bytes), begun: ++this.moment, ended: NEVER };
    this.#writes.push(write);
    await takesTime();
    write.ended = ++this.moment;
  }

  #change(apply: (names: Map<string, object>) => void): void {
    apply(this.#names);
    this.#nameChanges.push({ made: ++this.moment, durable: NEVER, apply });
  }
}

async function takesTime(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
}

/** How much of a write may have arrived: every number of bytes, but for the zeros that a write ends with. */
function lengthsOf({ bytes }: Write): number[] {
  const zerosFrom = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const step = zerosFrom <= EVERY_BYTE_UP_TO ? 1 : Math.ceil(zerosFrom / SAMPLES);
  const lengths = Array.from({ length: Math.ceil(zerosFrom / step) }, (_, i) => i * step);
  return [...lengths, zerosFrom - 1, zerosFrom, bytes.length - 1, bytes.length];
}

function cut(write: Write, length: number): Write {
  return { ...write, bytes: write.bytes.subarray(0, length) };
}

function diskOf(names: ReadonlyMap<string, object>, writes: readonly Write[]): UnreliableDisk {
  const disk = new UnreliableDisk();
  for (const [name, file] of names) disk.put(name, contentOf(writes.filter((write) => write.file === file)));
  return disk;
}

function contentOf(writes: readonly Write[]): Buffer {
  const bytes = Buffer.alloc(Math.max(0, ...writes.map(({ offset, bytes }) => offset + bytes.length)));
  for (const write of writes) bytes.set(write.bytes, write.offset);
  return bytes;
}
