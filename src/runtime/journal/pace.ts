/** A save that takes longer, ms, is slow. */
const QUICK_MS = 0.4;

/** So many more quick saves than slow ones make a disk quick. */
const ENOUGH = 16;

/** After a save that took longer, ms, so many more quick ones than slow ones must come before a disk may be quick. */
const STALL_MS = 25;
const AFTER_STALL = 1000;

/**
 * Whether a disk is so quick that this thread waits for it itself: the way through another thread takes longer then.
 * Known from what saves have taken: half of the latest must be quick. One that keeps all else waiting for so long that
 * others might notice is a surprise, and rare.
 */
export class Pace {
  /** How many more quick saves than slow ones there were lately. */
  #lead = 0;

  get isQuick(): boolean {
    return this.#lead >= ENOUGH;
  }

  /** Notes how long a small save took. */
  took(ms: number): void {
    const lead = ms > STALL_MS ? -AFTER_STALL : this.#lead + (ms > QUICK_MS ? -1 : 1);
    this.#lead = Math.max(-AFTER_STALL, Math.min(2 * ENOUGH, lead));
  }
}
