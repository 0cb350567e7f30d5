import type { VirtualTime } from "../time/virtual-time.ts";
import type { Desks } from "../world/desks.ts";

/**
 * A stretch of virtual time that somebody lets pass: until `holds`, which is asked now and after every instant, and at
 * most `limitMs`. It can be gone through in parts; what happens is the same however it is cut.
 */
export class Passage {
  readonly #time: VirtualTime;
  readonly #desks: Desks;
  readonly #holds: () => boolean;
  readonly #end: number;
  #outcome: boolean | null;

  constructor(time: VirtualTime, desks: Desks, holds: () => boolean, limitMs: number) {
    this.#time = time;
    this.#desks = desks;
    this.#holds = holds;
    this.#end = time.now + limitMs;
    this.#outcome = holds() ? true : null;
  }

  /** Whether `holds` came to hold; null while that is open. */
  get outcome(): boolean | null {
    return this.#outcome;
  }

  /** Whether something happens by `upTo`, or its end comes by then. */
  isDue(upTo: number): boolean {
    const next = Math.min(this.#time.next, this.#end);
    return next <= upTo && next < Number.POSITIVE_INFINITY;
  }

  /**
   * Goes on by one instant in which something happens, not beyond `upTo`; else to `upTo`, or to the end. Where it answers
   * a promise, the instant is over when that is fulfilled.
   */
  goOn(upTo = Number.POSITIVE_INFINITY): Promise<void> | undefined {
    const until = Math.min(upTo, this.#end);
    if (this.#time.happenBy(until)) {
      // A turn of this process takes longer than most instants do.
      if (this.#desks.areStirred) return this.#desks.settle().then(() => this.#look());
      this.#look();
      return undefined;
    }
    if (until < Number.POSITIVE_INFINITY) this.#time.restUntil(until);
    if (this.#time.now >= this.#end) this.#outcome = false;
    return undefined;
  }

  #look(): void {
    if (this.#holds()) this.#outcome = true;
  }
}

/** Lets virtual time pass at once, as fast as it goes, until `holds`, at most so long; whether it came to hold. */
export async function passAtOnce(
  time: VirtualTime,
  desks: Desks,
  holds: () => boolean,
  limitMs: number,
): Promise<boolean> {
  const passage = new Passage(time, desks, holds, limitMs);
  while (passage.outcome === null) {
    const settling = passage.goOn();
    if (settling !== undefined) await settling;
  }
  return passage.outcome;
}
