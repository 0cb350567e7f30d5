import { assert } from "../core/assert.ts";

/**
 * The monotonic clock of one peer, as a function of the real one: it can run faster or slower and jump ahead, and
 * never goes back. Without any of that it is the real one.
 */
export class PeerClock {
  #rate = 1;
  /** Where the two clocks stood when this one was last changed; ms. */
  #real = 0;
  #own = 0;

  /** This clock at a real instant, not before the last change. */
  at(real: number): number {
    return this.#own + (real - this.#real) * this.#rate;
  }

  /** The first real instant, as near as numbers go, at which this clock shows `own` or more. */
  realAt(own: number): number {
    if (own === Number.POSITIVE_INFINITY) return own;
    let real = this.#real + (own - this.#own) / this.#rate;
    // Rounded down it would wake a peer before its time, again and again.
    for (let step = Number.EPSILON * Math.max(1, Math.abs(real)); this.at(real) < own; step *= 2) real += step;
    return real;
  }

  /** From now on this clock runs at `rate` of its ms to a real one, more than 0. */
  run(rate: number, real: number): void {
    assert(rate > 0 && rate < Number.POSITIVE_INFINITY, `a clock runs at ${rate}`);
    this.#own = this.at(real);
    this.#real = real;
    this.#rate = rate;
  }

  /** Jumps ahead by `ms`, 0 or more. */
  jump(ms: number, real: number): void {
    assert(ms >= 0 && ms < Number.POSITIVE_INFINITY, `a clock jumps by ${ms}`);
    this.#own = this.at(real) + ms;
    this.#real = real;
  }
}
