import { assert } from "../../core/assert.ts";
import { Agenda, type Phase } from "./agenda.ts";

/** Things in one instant before time is taken to stand still. */
const MAX_AN_INSTANT = 1_000_000;

/** Instants are whole numbers of these to a ms, so that sums with the offsets of clocks are exact: no order hangs on them. */
const STEPS_A_MS = 1024;

/** Time that jumps from one thing that happens to the next, in ms. */
export class VirtualTime {
  readonly #agenda = new Agenda();
  #now = 0;
  #inThisInstant = 0;

  get now(): number {
    return this.#now;
  }

  /** When the next thing happens; Infinity if nothing is left. */
  get next(): number {
    return this.#agenda.next;
  }

  /** Plans something for `delayMs` from now. */
  after(delayMs: number, action: () => void, phase?: Phase): void {
    this.at(this.#now + delayMs, action, phase);
  }

  /** Plans something for an instant, now or later. */
  at(instant: number, action: () => void, phase?: Phase): void {
    assert(!Number.isNaN(instant), "nothing can be planned for an instant that is no number");
    this.#agenda.add(Math.max(this.#now, wholeFrom(instant)), action, phase);
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    const end = wholeFrom(this.#now + durationMs);
    while (this.#agenda.next <= end) this.#happen();
    this.#now = end;
  }

  /**
   * Lets time pass until `holds`, which is asked after every instant, and at most `limitMs`: how long that took, or
   * undefined where it did not come to hold.
   */
  runUntil(holds: () => boolean, limitMs: number): number | undefined {
    const start = this.#now;
    const end = wholeFrom(start + limitMs);
    while (!holds()) {
      if (this.happenBy(end)) continue;
      this.restUntil(end);
      return undefined;
    }
    return this.#now - start;
  }

  /** Lets all happen that is due at the next instant; whether there is one, not after `end`. */
  happenBy(end: number): boolean {
    if (this.#agenda.next > end || this.#agenda.next === Number.POSITIVE_INFINITY) return false;
    const instant = Math.max(this.#now, this.#agenda.next);
    while (this.#agenda.next <= instant) this.#happen();
    return true;
  }

  /** Lets time pass in which nothing is due. */
  restUntil(instant: number): void {
    this.#now = Math.max(this.#now, Math.min(wholeFrom(instant), this.#agenda.next));
  }

  #happen(): void {
    const { next } = this.#agenda;
    this.#inThisInstant = next > this.#now ? 0 : this.#inThisInstant + 1;
    assert(this.#inThisInstant < MAX_AN_INSTANT, `time stands still at ${this.#now} ms`);
    this.#now = Math.max(this.#now, next);
    this.#agenda.take()?.();
  }
}

/** The first whole instant that is not earlier. */
function wholeFrom(instant: number): number {
  return Math.ceil(instant * STEPS_A_MS) / STEPS_A_MS;
}
