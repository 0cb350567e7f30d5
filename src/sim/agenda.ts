import { DeadlineQueue } from "../core/deadline-queue.ts";

/** What is to happen at which virtual time. What falls due together happens in the order of planning. */
export class Agenda {
  readonly #queue = new DeadlineQueue<() => void>();

  /** When the next thing happens; Infinity if nothing is left. */
  get next(): number {
    return this.#queue.earliest;
  }

  /** Plans something for the time `at`. */
  add(at: number, action: () => void): void {
    // One function may be planned several times, and the queue holds an item once.
    this.#queue.set(() => action(), at);
  }

  /** Takes the next action; undefined if nothing is left. */
  take(): (() => void) | undefined {
    return this.#queue.takeDue(Number.POSITIVE_INFINITY);
  }
}
