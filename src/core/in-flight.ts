import { MAX_ENTRIES, WINDOW_BYTES, WINDOW_ENTRIES } from "./order-limits.ts";

/** Messages with entries that are on their way to one peer, oldest first: the window that a slow one fills. */
export class InFlight {
  #messages: { readonly lastIndex: number; readonly bytes: number }[] = [];
  #bytes = 0;

  /** A message with entries up to `lastIndex`, of so many bytes, was sent. */
  sent(lastIndex: number, bytes: number): void {
    this.#messages.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** Messages with entries up to `index` are no longer on their way. */
  land(index: number): void {
    let first = this.#messages[0];
    while (first !== undefined && first.lastIndex <= index) {
      this.#bytes -= first.bytes;
      this.#messages.shift();
      first = this.#messages[0];
    }
  }

  /** Nothing is on its way any more. */
  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
  }

  /** How many entries one more message may carry, from `nextIndex` on, where all up to `landedIndex` has come. */
  room(landedIndex: number, nextIndex: number): number {
    if (this.#bytes >= WINDOW_BYTES) return 0;
    return Math.max(0, Math.min(MAX_ENTRIES, landedIndex + WINDOW_ENTRIES + 1 - nextIndex));
  }
}
