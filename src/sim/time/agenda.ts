/** In which part of an instant something happens: arrivals first, then what is due once all of them are in hand. */
export type Phase = "arrival" | "timeout";

interface Item {
  readonly at: number;
  /** Breaks ties: the phase first, then the order of planning. */
  readonly order: number;
  readonly action: () => void;
}

/** Above every order of an arrival. */
const TIMEOUTS = 2 ** 52;

/**
 * What is to happen at which virtual time: a binary heap. What falls due together happens in the order of planning, all
 * arrivals before all timeouts. Nothing is ever taken back, so it needs no index of what it holds.
 */
export class Agenda {
  readonly #heap: Item[] = [];
  #planned = 0;

  /** When the next thing happens; Infinity if nothing is left. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Plans something for the time `at`. */
  add(at: number, action: () => void, phase: Phase = "arrival"): void {
    this.#planned += 1;
    const item = { at, order: phase === "timeout" ? TIMEOUTS + this.#planned : this.#planned, action };
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = heap[(place - 1) >> 1] as Item;
      if (!isBefore(item, parent)) break;
      heap[place] = parent;
      place = (place - 1) >> 1;
    }
    heap[place] = item;
  }

  /** Takes the next action; undefined if nothing is left. */
  take(): (() => void) | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) this.#sink(last);
    return first.action;
  }

  /** Puts an item in at the top and lets it sink to its place. */
  #sink(item: Item): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Item, heap[child] as Item)) child += 1;
      const smaller = heap[child] as Item;
      if (!isBefore(smaller, item)) break;
      heap[place] = smaller;
      place = child;
    }
    heap[place] = item;
  }
}

function isBefore(one: Item, other: Item): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
