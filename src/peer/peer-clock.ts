/**
 * The monotonic clock of one peer, as a function of the real one: it can run faster or slower and jump ahead, and
 * never goes back. Without any of that it is the real one.
 */
export class PeerClock {
  #rate = 1;
  /** Where the two clocks stood when the rate last changed; ms. */
  #real = 0;
  #own = 0;

  /** How many ms of this clock pass in a real one. */
  get rate(): number {
    return this.#rate;
  }

  /** This clock at a real instant. */
  at(real: number): number {
    return this.#own + (real - this.#real) * this.#rate;
  }

  /** The real instant at which this clock shows `own`. */
  realAt(own: number): number {
    return own === Number.POSITIVE_INFINITY ? own : this.#real + (own - this.#own) / this.#rate;
  }

  /** From now on this clock runs at `rate`, more than 0. */
  run(rate: number, real: number): void {
    this.#own = this.at(real);
    this.#real = real;
    this.#rate = rate;
  }

  /** Jumps ahead. */
  jump(ms: number, real: number): void {
    this.#own = this.at(real) + ms;
    this.#real = real;
  }
}
