import type { Relayed } from "./plan.ts";

/** Faults that can be undone, newest first. */
const MAX_STEPS = 64;

/** Something that was done and how it is taken back. */
export interface Step {
  /** The line that did it, as it was said. */
  readonly line: string;
  /** What each peer that did its part is told, this one included. */
  readonly undo: readonly Relayed[];
  /** When it ends by itself, monotonic ms; Infinity for never. */
  readonly until: number;
}

/** What a desk has set, so that the last of it can be undone; bounded, the oldest are forgotten. */
export class History {
  #steps: Step[] = [];

  /** Notes what was done. */
  add(step: Step): void {
    this.#steps.push(step);
    if (this.#steps.length > MAX_STEPS) this.#steps.shift();
  }

  /** Takes the last that has not ended by itself and for which `isInForce` holds; undefined when there is none. */
  takeLast(now: number, isInForce: (step: Step) => boolean): Step | undefined {
    this.#steps = this.#steps.filter((step) => step.until > now && isInForce(step));
    return this.#steps.pop();
  }

  /** Nothing is left that could be undone. */
  clear(): void {
    this.#steps = [];
  }
}
