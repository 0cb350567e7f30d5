/** Round trips that the figures are taken over. */
const WINDOW = 128;

/** Probes that the history shows. */
const HISTORY = 16;

/** Figures over the latest round trips, in ms. */
interface RoundTripSummary {
  readonly latest: number;
  /** The mean of the two in the middle where their number is even. */
  readonly median: number;
  /** By nearest rank: the smallest that at least 99 % do not exceed. */
  readonly p99: number;
}

/** The latest round-trip times to one peer: a window of 128 for the figures, and the last 16 probes in order. */
export class RoundTrips {
  readonly #window: number[] = [];
  #next = 0;
  #latest = 0;
  #history: readonly (number | null)[] = [];
  #summary: RoundTripSummary | null = null;

  /** The latest probes, oldest first, at most 16; null for one that was missed. */
  get history(): readonly (number | null)[] {
    return this.#history;
  }

  /** Adds the round trip (ms) of an answered probe. */
  add(rttMs: number): void {
    this.#window[this.#next] = rttMs;
    this.#next = (this.#next + 1) % WINDOW;
    this.#latest = rttMs;
    this.#summary = null;
    this.#remember(rttMs);
  }

  /** Notes a missed probe. */
  miss(): void {
    this.#remember(null);
  }

  /** The figures, exact over the window; null before the first round trip. */
  summary(): RoundTripSummary | null {
    if (this.#window.length > 0) this.#summary ??= this.#summarise();
    return this.#summary;
  }

  #remember(entry: number | null): void {
    this.#history = [...this.#history.slice(1 - HISTORY), entry];
  }

  #summarise(): RoundTripSummary {
    const sorted = Float64Array.from(this.#window).sort();
    const count = sorted.length;
    const lower = sorted[(count - 1) >> 1] ?? 0;
    const upper = sorted[count >> 1] ?? 0;
    const p99 = sorted[Math.ceil(0.99 * count) - 1] ?? 0;
    return { latest: this.#latest, median: (lower + upper) / 2, p99 };
  }
}
