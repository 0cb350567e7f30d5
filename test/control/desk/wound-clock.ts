import type { Clockwork } from "../../../src/control/desk/clockwork.ts";
import { DeadlineQueue } from "../../../src/core/deadline-queue.ts";

/** A clock that stands still until a test winds it. */
export class WoundClock implements Clockwork {
  readonly #waiting = new DeadlineQueue<() => void>();
  #now = 0;

  /** Actions that still wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): () => void {
    // The same function may wait twice, and the queue holds an item once.
    const item = (): void => action();
    this.#waiting.set(item, this.#now + ms);
    return () => this.#waiting.delete(item);
  }

  /** Lets time pass: what falls due is done. */
  wind(ms: number): void {
    this.#now += ms;
    for (let due = this.#waiting.takeDue(this.#now); due !== undefined; due = this.#waiting.takeDue(this.#now)) due();
  }
}
