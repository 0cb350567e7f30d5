import { failed } from "../core/request.ts";
import type { Refusal } from "./refusals.ts";

/**
 * How many bytes a store holds, and how many it may. What is counted decides on answers, so all peers count alike: another
 * figure for what an item takes needs another version of snapshots and commands.
 */
export class Room {
  readonly capacity: number;
  #used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether there is room for so many more bytes. Less than none, which gives some back, always fits. */
  fits(bytes: number): boolean {
    return this.#used + bytes <= this.capacity;
  }

  /** Takes so many bytes; gives them back where they are negative. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  /** What to answer where there is no room for so many more bytes. */
  refuse(bytes: number): Refusal {
    return failed(
      "full",
      `the store is full: it holds ${this.#used} of ${this.capacity} bytes, ${bytes} more do not fit`,
      true,
    );
  }
}
