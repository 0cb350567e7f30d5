import type { Random } from "../../core/random.ts";
import { type Conditions, WELL } from "./conditions.ts";

/** How far a reordered packet falls behind, ms. */
const REORDER_MS = 50;

/** After this long a stream sends again what was lost, ms; each further time after twice as long. */
const RESEND_MS = 200;

/** Times that a stream sends again before luck is taken to turn. */
const MAX_RESENDS = 6;

/** A packet that would wait longer than this for a narrow line is lost, ms. */
const MAX_WAIT_MS = 1000;

/** Nothing arrives. */
const NEVER: readonly number[] = [];

/** One direction of the network between two places: decides when what is sent arrives, and in which state. */
export class Way {
  readonly #random: Random;
  #conditions: Conditions;
  /** Whether there is nothing to decide: everything takes the same time. */
  #isPlain = false;
  /** The step of time in which things still find room, and how many did. */
  #step = 0;
  #used = 0;
  /** When the line is free again; ms. */
  #freeAt = 0;

  constructor(random: Random, conditions: Conditions = WELL) {
    this.#random = random;
    this.#conditions = conditions;
    this.#isPlain = isPlain(conditions);
  }

  get conditions(): Conditions {
    return this.#conditions;
  }

  set conditions(conditions: Conditions) {
    if (!isAsWide(conditions, this.#conditions)) this.#forgetQueue();
    this.#conditions = conditions;
    this.#isPlain = isPlain(conditions);
  }

  /** After how many ms each copy of a packet arrives, none where it is lost. */
  packet(bytes: number, now: number): readonly number[] {
    const { latencyMs, cut, lossPercent, corruptPercent, duplicatePercent } = this.#conditions;
    if (this.#isPlain) return [latencyMs];
    // What is damaged on its way is lost to the checksum of UDP.
    if (cut || this.#hits(lossPercent) || this.#hits(corruptPercent) || !this.#hasRoom(now)) return NEVER;
    const waitMs = this.#wait(bytes, now, MAX_WAIT_MS);
    if (waitMs === null) return NEVER;
    const copies = this.#hits(duplicatePercent) ? 2 : 1;
    return Array.from({ length: copies }, () => waitMs + this.#latency() + this.#late());
  }

  /** After how many ms a piece of a stream arrives; the order is for the stream to keep. */
  piece(bytes: number, now: number): number {
    if (this.#isPlain) return this.#conditions.latencyMs;
    const turn = this.#turn(now);
    return turn - now + (this.#wait(bytes, turn) ?? 0) + this.#resends() + this.#latency();
  }

  /** Whether this piece of a stream is damaged on its way; if so 32 random bits that say how. */
  damage(): number | null {
    return !this.#isPlain && this.#hits(this.#conditions.corruptPercent) ? this.#random.below(2 ** 32) : null;
  }

  /** Steps of another length are counted anew, and nobody waits for what a narrower line would still carry. */
  #forgetQueue(): void {
    this.#step = 0;
    this.#used = 0;
    this.#freeAt = 0;
  }

  #hits(percent: number): boolean {
    return percent > 0 && this.#random.below(1_000_000) < percent * 10_000;
  }

  #latency(): number {
    const { latencyMs, jitterMs } = this.#conditions;
    return jitterMs === 0 ? latencyMs : latencyMs + (this.#random.below(1_000_001) / 1_000_000) * jitterMs;
  }

  #late(): number {
    return this.#hits(this.#conditions.reorderPercent) ? REORDER_MS : 0;
  }

  #resends(): number {
    let ms = 0;
    for (let times = 0; times < MAX_RESENDS && this.#hits(this.#conditions.resendPercent); times++) {
      ms += RESEND_MS * 2 ** times;
    }
    return ms;
  }

  /** Takes a place in this step of time, if one is left. */
  #hasRoom(now: number): boolean {
    const { capacity } = this.#conditions;
    if (capacity === null) return true;
    this.#enter(Math.floor(now / capacity.stepMs));
    // Streams may have taken places of later steps.
    if (this.#step > Math.floor(now / capacity.stepMs) || this.#used >= capacity.things) return false;
    this.#used += 1;
    return true;
  }

  /** Takes the next place that is free, now or in a later step: the instant at which it begins. */
  #turn(now: number): number {
    const { capacity } = this.#conditions;
    if (capacity === null) return now;
    this.#enter(Math.floor(now / capacity.stepMs));
    if (this.#used >= capacity.things) this.#enter(this.#step + 1);
    this.#used += 1;
    return Math.max(now, this.#step * capacity.stepMs);
  }

  #enter(step: number): void {
    if (step <= this.#step) return;
    this.#step = step;
    this.#used = 0;
  }

  /** How long something waits for the line and takes on it; null where that is too long, and then it takes nothing. */
  #wait(bytes: number, now: number, mostMs = Number.POSITIVE_INFINITY): number | null {
    const { bytesPerSecond } = this.#conditions;
    if (bytesPerSecond === null) return 0;
    const ends = Math.max(now, this.#freeAt) + (bytes / bytesPerSecond) * 1000;
    if (ends - now > mostMs) return null;
    this.#freeAt = ends;
    return ends - now;
  }
}

/** Whether as much passes under some conditions as under others. */
export function isAsWide(some: Conditions, others: Conditions): boolean {
  return some.capacity === others.capacity && some.bytesPerSecond === others.bytesPerSecond;
}

function isPlain(conditions: Conditions): boolean {
  const { latencyMs: _any, ...rest } = conditions;
  return Object.entries(rest).every(([name, value]) => value === WELL[name as keyof Conditions]);
}
