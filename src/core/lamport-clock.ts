/** Lamport times at or above this are malformed; numbers stay exact far beyond it. */
export const LAMPORT_LIMIT = 2 ** 53 - 2 ** 32;

/** Where a clock stands still for good: one more would be refused by everybody. Only a liar brings it there. */
const LAST_TIME = LAMPORT_LIMIT - 1;

/**
 * A logical clock (Lamport 1978, "Time, Clocks, and the Ordering of Events", rules IR1 and IR2).
 * Every send ticks it, every receipt merges; so (peer, time) names one message.
 */
export class LamportClock {
  #time: number;

  /** `time`: the highest value that an earlier life may have used; 0 for a first life. */
  constructor(time: number) {
    this.#time = Math.min(time, LAST_TIME);
  }

  /** The time of the latest event. */
  get time(): number {
    return this.#time;
  }

  /** IR1: an event of our own, a send for one; its time. */
  tick(): number {
    this.#time = Math.min(this.#time + 1, LAST_TIME);
    return this.#time;
  }

  /** IR2: a message stamped `received` has come; the time of its receipt. */
  merge(received: number): number {
    this.#time = Math.min(Math.max(this.#time, received) + 1, LAST_TIME);
    return this.#time;
  }
}
