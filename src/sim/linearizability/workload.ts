import { assert } from "../../core/assert.ts";
import type { Random } from "../../core/random.ts";
import type { Answer, FileOperation } from "../../core/request.ts";
import type { StoreRequest } from "./history.ts";

/** Writes that are remembered, so that their versions can be read. */
const MAX_REMEMBERED = 32;

/** Of these an atomic list is made. */
const FILE_KINDS: readonly FileOperation["kind"][] = ["create", "delete", "append", "read"];

/** How many operations an atomic list has. */
const LIST_LENGTH = [2, 4] as const;

/** The time of a request is at most so far from the latest write that was answered. */
const MAX_TIME_OFF = 1000;

/** Kinds of requests, and how often each comes against the others. */
export type Mix = readonly (readonly [kind: StoreRequest["kind"], weight: number])[];

/** Files that grow for a while before they are deleted; values; now and then what concerns several files. */
const USUAL_MIX: Mix = [
  ["create", 4],
  ["delete", 1],
  ["append", 6],
  ["read", 6],
  ["atomic", 1],
  ["list", 1],
  ["write", 8],
  ["read-value", 10],
];

/** What a workload is about. */
export interface WorkloadOptions {
  /** How many files there are, and how many keys: few, so that clients meet. At least 1. */
  readonly files: number;
  readonly keys: number;
  readonly mix?: Mix;
  /** What all that it writes begins with: of several workloads upon one store each has its own. */
  readonly prefix?: string;
}

/** What clients ask of a store, by chance. No two requests write the same, so that readers tell whose writing they saw. */
export class Workload {
  readonly #random: Random;
  readonly #options: WorkloadOptions;
  readonly #mix: Mix;
  readonly #written: { readonly key: string; readonly time: number }[] = [];
  #texts = 0;

  constructor(random: Random, options: WorkloadOptions) {
    this.#random = random;
    this.#options = options;
    this.#mix = options.mix ?? USUAL_MIX;
  }

  /** The next request, whoever makes it. */
  next(): StoreRequest {
    const kind = this.#kind();
    switch (kind) {
      case "write":
        return { kind, key: this.#key(), value: this.#text(), time: this.#time() };
      case "read-value":
        return this.#readValue();
      case "list":
        return { kind };
      case "atomic": {
        const length = this.#random.between(...LIST_LENGTH);
        return { kind, operations: Array.from({ length }, () => this.#fileOperation(this.#oneOf(FILE_KINDS))) };
      }
      default:
        return this.#fileOperation(kind);
    }
  }

  /** Takes note of an answer: it may tell of versions that can be read. */
  answered(request: StoreRequest, answer: Answer): void {
    if (request.kind !== "write" || answer.kind !== "written-at") return;
    this.#written.push({ key: request.key, time: answer.time });
    if (this.#written.length > MAX_REMEMBERED) this.#written.shift();
  }

  #kind(): StoreRequest["kind"] {
    let left = this.#random.below(this.#mix.reduce((sum, [, weight]) => sum + weight, 0));
    const drawn = this.#mix.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    assert(drawn !== undefined, "a mix of no requests");
    return drawn[0];
  }

  #fileOperation(kind: FileOperation["kind"]): FileOperation {
    const name = `f${this.#random.between(1, this.#options.files)}`;
    return kind === "append" ? { kind, name, data: `${this.#text()};` } : { kind, name };
  }

  /** Mostly the latest version; else one that was written, or what was there at about that time. */
  #readValue(): StoreRequest {
    const kind = "read-value";
    const draw = this.#random.below(6);
    if (draw > 1 || this.#written.length === 0) return { kind, key: this.#key(), version: null, time: null };
    const { key, time } = this.#oneOf(this.#written);
    if (draw === 0) return { kind, key, version: String(time), time: null };
    return { kind, key: this.#key(), version: null, time: Math.max(0, time + this.#random.between(-2, 2)) };
  }

  /** As clients know it that have seen the latest write, or none, or whose clocks are ahead. */
  #time(): number {
    const latest = this.#written.at(-1)?.time ?? 0;
    return this.#oneOf([0, latest, latest, latest + this.#random.between(1, MAX_TIME_OFF)]);
  }

  #key(): string {
    return `k${this.#random.between(1, this.#options.keys)}`;
  }

  #text(): string {
    this.#texts += 1;
    return `${this.#options.prefix ?? ""}${this.#texts}`;
  }

  #oneOf<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)];
    assert(item !== undefined, "a choice of nothing");
    return item;
  }
}
