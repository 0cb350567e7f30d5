import { assert } from "./assert.ts";

/**
 * A limit on how often something may happen: `burst` at once, `perSecond` in the long run. The bucket begins full. Its
 * state is the one instant at which it is full again, so time needs no rounding and nothing drifts.
 */
export class TokenBucket {
  readonly #msPerToken: number;
  readonly #burst: number;
  #fullAt: number;

  /** @param now monotonic milliseconds, like every `now` below; never going back */
  constructor(rate: { readonly perSecond: number; readonly burst: number }, now: number) {
    assert(rate.perSecond > 0 && rate.burst > 0, "a token bucket that lets nothing through");
    this.#msPerToken = 1000 / rate.perSecond;
    this.#burst = rate.burst;
    this.#fullAt = now;
  }

  /** Takes that many tokens if all of them are there; whether they were. Never for more than the burst. */
  take(now: number, tokens = 1): boolean {
    if (this.availableAt(now, tokens) > now) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + tokens * this.#msPerToken;
    return true;
  }

  /** Takes that many tokens, also such as are not there yet; the instant, `now` or later, by which all of them will be. */
  borrow(now: number, tokens: number): number {
    this.#fullAt = Math.max(this.#fullAt, now) + tokens * this.#msPerToken;
    return Math.max(now, this.#fullAt - this.#burst * this.#msPerToken);
  }

  /** The instant, `now` or later, at which `take` succeeds if nobody takes before; Infinity for more than the burst. */
  availableAt(now: number, tokens: number): number {
    if (tokens > this.#burst) return Number.POSITIVE_INFINITY;
    // `take` asks the same question of the same sum, so at the instant told here it succeeds to the last bit.
    return Math.max(now, this.#fullAt + (tokens - this.#burst) * this.#msPerToken);
  }
}
