import { DeadlineQueue } from "../../../src/core/deadline-queue.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { AnyRecord } from "../../../src/peer/registry.ts";
import { type DiskSurroundings, SimulatedDisk } from "../../../src/sim/disk/disk.ts";
import { idOf } from "../../peer/peer-bench.ts";

/** Virtual time for disks alone. */
class Surroundings implements DiskSurroundings {
  now = 0;
  readonly random: Random;
  readonly #queue = new DeadlineQueue<() => void>();

  constructor(random: Random) {
    this.random = random;
  }

  /** Actions that are planned. */
  get planned(): number {
    return this.#queue.size;
  }

  after(delayMs: number, action: () => void): void {
    this.#queue.set(() => action(), this.now + delayMs);
  }

  run(durationMs: number): void {
    const end = this.now + durationMs;
    while (this.#queue.earliest <= end) {
      this.now = this.#queue.earliest;
      this.#queue.takeDue(this.now)?.();
    }
    this.now = end;
  }
}

/** A record that stands for a number. Its last byte is zero, so that a torn write may be whole without it. */
export function numbered(number: number): AnyRecord {
  return { protocol: "peer", record: { kind: "lamport", ceiling: number * 256 } };
}

/** Records that stand for all numbers up to one. */
function checkpoint(upTo: number): readonly AnyRecord[] {
  return upTo === 0 ? [] : [{ protocol: "peer", record: { kind: "identity", peer: idOf(upTo) } }];
}

/** The number up to which records stand for all; null where one is left out or repeated. */
function highestIn(records: readonly AnyRecord[]): number | null {
  let highest = 0;
  for (const entry of records) {
    if (entry.protocol !== "peer") return null;
    if (entry.record.kind === "identity") highest = Number.parseInt(entry.record.peer, 16);
    else if (entry.record.kind === "lamport" && entry.record.ceiling === (highest + 1) * 256) highest += 1;
    else return null;
  }
  return highest;
}

/** A disk, and processes one after another that number what they save, and remember what they were told of it. */
export class DiskBench {
  readonly around: Surroundings;
  readonly disk: SimulatedDisk;
  /** The highest number that was appended. */
  appended = 0;
  /** The highest number that is known to be durable. */
  acknowledged = 0;
  /** What the process that runs was told. */
  saved: number[] = [];
  failures: string[] = [];
  #token = 0;
  /** At a token: the highest number that it covers. */
  #covered: number[] = [];

  constructor(random: Random) {
    this.around = new Surroundings(random);
    this.disk = new SimulatedDisk(this.around);
  }

  /** Starts a process; the number up to which it finds all, null if that makes no sense, or why there is nothing. */
  open(): number | null | string {
    const saved: number[] = [];
    const failures: string[] = [];
    const covered: number[] = [];
    this.saved = saved;
    this.failures = failures;
    this.#covered = covered;
    this.#token = 0;
    const opened = this.disk.open({
      saved: (token) => {
        saved.push(token);
        this.acknowledged = Math.max(this.acknowledged, covered[token] ?? Number.NaN);
      },
      failed: (reason) => failures.push(reason),
    });
    const found = opened.kind === "opened" ? highestIn(opened.records) : opened.reason;
    this.appended = typeof found === "number" ? found : 0;
    this.acknowledged = this.appended;
    return found;
  }

  /** Saves so many records at once. */
  append(count = 1): void {
    const records = Array.from({ length: count }, (_, i) => numbered(this.appended + 1 + i));
    this.appended += count;
    this.#token += 1;
    this.#covered[this.#token] = this.appended;
    this.disk.append(records, this.#token);
  }

  compact(): void {
    this.disk.compact(checkpoint(this.appended));
  }

  run(durationMs: number): void {
    this.around.run(durationMs);
  }

  /** Ends the process and starts another one. */
  reopen(tear = false): number | null | string {
    this.disk.crash(tear);
    return this.open();
  }
}

/** A bench whose disk is blank, with a process on it. */
export function startedBench(seed = 1): DiskBench {
  const bench = new DiskBench(seededRandom(seed));
  bench.open();
  return bench;
}
