import { MAX_TURNS } from "./cutting.ts";

/** A round is to take so long: shorter ones go further the next time, longer ones less far, ms. */
const SHORT_MS = 20;
const LONG_MS = 50;

/** Turns a second are those of so long, ms, told by so many rounds at most. */
const RATE_WINDOW_MS = 1000;
const MAX_ROUNDS = 256;

/** How far a job goes in a round, and how fast it has gone. */
export class Pace {
  readonly #maxTurnsPerSecond: number;
  #turns = 1;
  #notBefore = 0;
  #rounds: { readonly at: number; readonly turns: number }[] = [];

  /** @param limits turns a second, of which the least counts; 0 is none */
  constructor(...limits: readonly number[]) {
    const least = Math.min(...limits.filter((limit) => limit > 0));
    this.#maxTurnsPerSecond = Number.isFinite(least) ? least : 0;
  }

  /** When the next round may begin, monotonic ms. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /**
   * Turns of the next round.
   *
   * @param left turns that are left, Infinity for ever
   * @param rows rows of a usual slice: a slice needs as many more as it goes ahead, so it goes no further than it has
   */
  next(left: number, rows: number): number {
    const bySpeed = this.#maxTurnsPerSecond === 0 ? MAX_TURNS : (this.#maxTurnsPerSecond * LONG_MS) / 1000;
    return Math.max(1, Math.floor(Math.min(this.#turns, left, rows, bySpeed)));
  }

  /** A round is over. */
  count(turns: number, startedAt: number, now: number): void {
    const tookMs = now - startedAt;
    if (tookMs < SHORT_MS && turns >= this.#turns) this.#turns = Math.min(MAX_TURNS, this.#turns * 2);
    else if (tookMs > LONG_MS) this.#turns = Math.max(1, this.#turns >>> 1);
    if (this.#maxTurnsPerSecond > 0) this.#notBefore = startedAt + (turns * 1000) / this.#maxTurnsPerSecond;
    this.#rounds.push({ at: now, turns });
    if (this.#rounds.length > MAX_ROUNDS) this.#rounds.shift();
  }

  /** Turns of the last second. */
  turnsPerSecond(now: number): number {
    const first = this.#rounds.findIndex(({ at }) => at > now - RATE_WINDOW_MS);
    if (first < 0) return 0;
    const latest = this.#rounds.slice(first);
    const turns = latest.reduce((sum, round) => sum + round.turns, 0);
    // Where so many rounds do not fill a second, they tell the rate of the time that they took.
    const spanMs = first === 0 && latest.length === MAX_ROUNDS ? now - (latest[0]?.at ?? now) : RATE_WINDOW_MS;
    return Math.round((turns * 1000) / Math.max(1, spanMs));
  }
}
