/** One round, as far as its pushes go. */
export class Round {
  readonly #limit: number;
  #pushes = 0;

  /** @param limit pushes that it may have */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A push has come; whether the round may still use it. */
  push(): boolean {
    this.#pushes += 1;
    return !this.ignored;
  }

  /** Whether it had too many pushes, so that none of them is to be used. */
  get ignored(): boolean {
    return this.#pushes > this.#limit;
  }
}
