/** What is to happen at which virtual time: a binary heap. What falls due together happens in the order of scheduling. */
export class Agenda {
  readonly #heap: Item[] = [];
  #scheduled = 0;

  /** When the next thing happens; Infinity if nothing is left. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Plans `action` for the time `at`. */
  add(at: number, action: () => void): void {
    this.#scheduled += 1;
    const heap = this.#heap;
    let slot = heap.length;
    const item = { at, order: this.#scheduled, action };
    heap.push(item);
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      const above = heap[parent] as Item;
      if (!isBefore(item, above)) break;
      heap[slot] = above;
      slot = parent;
    }
    heap[slot] = item;
  }

  /** Takes the next action; undefined if nothing is left. */
  take(): (() => void) | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && last !== undefined && first !== last) this.#sink(last);
    return first?.action;
  }

  /** Puts `item` in the place of the first, and back in order. */
  #sink(item: Item): void {
    const heap = this.#heap;
    let slot = 0;
    for (;;) {
      const left = 2 * slot + 1;
      const right = left + 1;
      if (left >= heap.length) break;
      const smaller = right < heap.length && isBefore(heap[right] as Item, heap[left] as Item) ? right : left;
      const below = heap[smaller] as Item;
      if (!isBefore(below, item)) break;
      heap[slot] = below;
      slot = smaller;
    }
    heap[slot] = item;
  }
}

interface Item {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

function isBefore(a: Item, b: Item): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
