import { type Random, sample } from "../../core/random.ts";

/**
 * Whose turn it is, round-robin in a random order (SWIM section 4.3): newcomers take a random place, and nobody waits
 * longer than two passes.
 */
export class Rotation<T> {
  readonly #random: Random;
  /** Up to this many, the order stays: then the time between two turns of the same item is always one pass. */
  readonly #steadyUpTo: number;
  #order: T[] = [];
  #next = 0;

  constructor(random: Random, steadyUpTo: number) {
    this.#random = random;
    this.#steadyUpTo = steadyUpTo;
  }

  /** Items that take turns. */
  get size(): number {
    return this.#order.length;
  }

  /** Adds an item at a random place. */
  add(item: T): void {
    const place = this.#random.below(this.#order.length + 1);
    this.#order.splice(place, 0, item);
    if (place < this.#next) this.#next += 1;
  }

  /** Takes an item out, if it is there. */
  delete(item: T): void {
    const place = this.#order.indexOf(item);
    if (place < 0) return;
    this.#order.splice(place, 1);
    if (place < this.#next) this.#next -= 1;
  }

  /** Whose turn it is now; undefined when nobody takes turns. */
  turn(): T | undefined {
    if (this.#next >= this.#order.length) this.#startPass();
    const item = this.#order[this.#next];
    this.#next += 1;
    return item;
  }

  #startPass(): void {
    this.#next = 0;
    if (this.#order.length > this.#steadyUpTo) this.#order = sample(this.#random, this.#order, this.#order.length);
  }
}
