import { LamportClock } from "../core/lamport-clock.ts";

/** Lamport times reserved on disk at once; what a crash can make the clock jump ahead by. */
const BLOCK = 4096;

/** With fewer reserved times than this left, the next block is asked for. */
const LOW_WATER = 1024;

/**
 * A Lamport clock that never goes back across restarts: a ceiling above every time in use is on disk before a message
 * bears that time. A restart begins at the ceiling.
 */
export class ReservedClock {
  readonly #clock: LamportClock;
  #asked: number;
  #durable: number;
  #token = 0;

  /** `ceiling`: the highest one ever saved; 0 in a first life. */
  constructor(ceiling: number) {
    this.#clock = new LamportClock(ceiling);
    this.#asked = ceiling;
    this.#durable = ceiling;
  }

  /** The time of the latest event. */
  get time(): number {
    return this.#clock.time;
  }

  /** The ceiling that a compacted journal must hold. */
  get ceiling(): number {
    return this.#asked;
  }

  /** Merges the time of a message that came. */
  merge(received: number): void {
    this.#clock.merge(received);
  }

  /** The time of a message that leaves now. Only while `mayTick`. */
  tick(): number {
    return this.#clock.tick();
  }

  /** Whether the next time is covered by the disk. */
  get mayTick(): boolean {
    return this.#clock.time < this.#durable;
  }

  /** The save that covers the ceiling last wanted. */
  get token(): number {
    return this.#token;
  }

  /** The ceiling to save now, or undefined while enough is reserved. The save that covers it is told by `reserved`. */
  wanted(): number | undefined {
    if (this.#clock.time + LOW_WATER < this.#asked) return undefined;
    this.#asked = this.#clock.time + BLOCK;
    return this.#asked;
  }

  /** The ceiling last wanted goes to disk with this token. */
  reserved(token: number): void {
    this.#token = token;
  }

  /** All up to `token` is on disk. */
  saved(token: number): void {
    if (token >= this.#token) this.#durable = this.#asked;
  }
}
