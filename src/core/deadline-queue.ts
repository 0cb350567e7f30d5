interface Entry<T> {
  readonly item: T;
  readonly at: number;
  /** Breaks ties, so that items due at the same instant leave in the order in which they were set. */
  readonly order: number;
  place: number;
}

/** Items, each with the instant (ms) at which it is due: a binary heap, so every change costs O(log n). */
export class DeadlineQueue<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #entries = new Map<T, Entry<T>>();
  #lastOrder = 0;

  /** Items that wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the first item is due; Infinity when none waits. */
  get earliest(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Puts an item in, or moves it to another instant. */
  set(item: T, at: number): void {
    this.delete(item);
    this.#lastOrder += 1;
    const entry = { item, at, order: this.#lastOrder, place: this.#heap.length };
    this.#entries.set(item, entry);
    this.#heap.push(entry);
    this.#rise(entry);
  }

  /** Takes an item out, if it is there. */
  delete(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    this.#entries.delete(item);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.place);
    this.#rise(last);
    this.#sink(last);
  }

  /** Takes the first item out if it is due at `now` or before; undefined when none is. */
  takeDue(now: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.delete(first.item);
    return first.item;
  }

  #rise(entry: Entry<T>): void {
    while (entry.place > 0) {
      const parent = this.#heap[(entry.place - 1) >> 1];
      if (parent === undefined || !isBefore(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry<T>): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, entry)) return;
      this.#swap(entry, child);
    }
  }

  #swap(one: Entry<T>, other: Entry<T>): void {
    const place = one.place;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(entry: Entry<T>, place: number): void {
    entry.place = place;
    this.#heap[place] = entry;
  }
}

function isBefore<T>(one: Entry<T>, other: Entry<T>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
