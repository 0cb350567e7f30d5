/** What the surroundings of a peer count: refused bytes, closed connections, and the like. */
export class Counters {
  readonly #counts: Record<string, number> = {};

  /** Counts one more, or `by` more, of `name`. */
  add(name: string, by = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + by;
  }

  /** All counts by name. */
  all(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}
