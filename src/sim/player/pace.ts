import type { Speed } from "../../control/speed.ts";

/** Whoever falls behind by more does not catch up: it would race; real ms. */
const MOST_LAG_MS = 100;

/** Instants of virtual time are whole numbers of these to a ms. */
const STEPS_A_MS = 1024;

/** How far virtual time may go as real time passes. */
export class Pace {
  #speed: Speed = 1;
  /** At this real instant virtual time may have come to that one. */
  #realMs = 0;
  #virtualMs = 0;

  get speed(): Speed {
    return this.#speed;
  }

  /** From now on it goes at this speed. */
  begin(speed: Speed, realMs: number, virtualMs: number): void {
    this.#speed = speed;
    this.#realMs = realMs;
    this.#virtualMs = virtualMs;
  }

  /**
   * Up to where virtual time may go.
   *
   * @param realMs the real time, monotonic
   * @param virtualMs where virtual time stands
   */
  allowed(realMs: number, virtualMs: number): number {
    if (this.#speed === "max") return Number.POSITIVE_INFINITY;
    const lagMs = realMs - this.#realMs - (virtualMs - this.#virtualMs) / this.#speed;
    if (lagMs > MOST_LAG_MS) this.begin(this.#speed, realMs - MOST_LAG_MS, virtualMs);
    const mayHavePassed = (realMs - this.#realMs) * this.#speed;
    return Math.floor((this.#virtualMs + mayHavePassed) * STEPS_A_MS) / STEPS_A_MS;
  }
}
