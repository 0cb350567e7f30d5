import type { BullySpeech } from "./message.ts";

type Timing = Pick<BullySpeech["options"], "holdMs" | "maxHoldMs" | "calmMs">;

/** Doublings, at most: more would lose digits, and every limit is reached long before. */
const MAX_DOUBLINGS = 20;

/**
 * For how long a peer that led and was lost, again and again, has to let a working leader be. The first loss costs
 * nothing, the second one `holdMs`, each further one twice as much, at most `maxHoldMs`. One loss is forgotten for each
 * `calmMs` since the latest. The time counts from when the peer was back.
 *
 * So within T ms one peer takes over at most F + 1 + T / calmMs + T / maxHoldMs times, F being the losses from which on
 * the hold is `maxHoldMs`: below F every take-over uses up one loss, and only calm gives one back; from F on, each
 * costs `maxHoldMs`.
 */
export class HoldDown {
  readonly #timing: Timing;
  #losses = 0;
  #lostAt = 0;
  #backSince: number | null = null;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** It led and was lost. */
  lost(now: number): void {
    this.#losses = this.flaps(now) + 1;
    this.#lostAt = now;
    this.#backSince = null;
  }

  /** It is gone, leader or not. */
  gone(): void {
    this.#backSince = null;
  }

  /** There is a sign of life. */
  seen(now: number): void {
    this.#backSince ??= now;
  }

  /** What it lost so far is forgotten. */
  forgive(): void {
    this.#losses = 0;
  }

  /** Losses that are not forgotten. */
  flaps(now: number): number {
    const forgotten = Math.floor((now - this.#lostAt) / this.#timing.calmMs);
    return Math.max(0, this.#losses - forgotten);
  }

  /** Whole ms for which it has to wait from now on, if it stays. */
  leftMs(now: number): number {
    const flaps = this.flaps(now);
    if (flaps < 2) return 0;
    const { holdMs, maxHoldMs } = this.#timing;
    const wholeMs = Math.min(maxHoldMs, holdMs * (1 << Math.min(flaps - 2, MAX_DOUBLINGS)));
    return Math.max(0, Math.ceil((this.#backSince ?? now) + wholeMs - now));
  }
}
