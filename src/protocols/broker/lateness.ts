/** Response times of which the 99th percentile is taken. */
const WINDOW = 128;

/** With fewer of them there is no telling what is late. */
const FEWEST = 16;

/** How often it is taken anew, in response times. */
const REFRESH = 16;

/** How long slices of one kind take, from request to answer; by that it is told which one is late (Dean, Barroso 2013). */
export class Lateness {
  readonly #times: number[] = [];
  #next = 0;
  #added = 0;
  #p99: number | null = null;

  /** The 99th percentile of the latest, ms a turn; null while too few are known. */
  get p99(): number | null {
    return this.#p99;
  }

  /** One more, ms a turn. */
  add(ms: number): void {
    this.#times[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW;
    this.#added += 1;
    if (this.#times.length < FEWEST || this.#added % REFRESH !== 0) return;
    const sorted = this.#times.toSorted((a, b) => a - b);
    this.#p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? null;
  }
}
