/** What stands in a list by recency: it holds its neighbours itself, so that it is moved without a search. */
export interface Linked<T> {
  /** The one before; undefined for the first, and outside of any list. */
  older: T | undefined;
  /** The one behind; undefined for the last, and outside of any list. */
  newer: T | undefined;
}

/** Items in the order in which they were last changed or used, oldest first. All but a walk costs the same at any length. */
export class RecencyList<T extends Linked<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get oldest(): T | undefined {
    return this.#oldest;
  }

  get newest(): T | undefined {
    return this.#newest;
  }

  /** Adds an item that stands in no list, behind `older`; as the oldest where that is undefined. */
  insert(item: T, older: T | undefined): void {
    const newer = older === undefined ? this.#oldest : older.newer;
    item.older = older;
    item.newer = newer;
    if (older === undefined) this.#oldest = item;
    else older.newer = item;
    if (newer === undefined) this.#newest = item;
    else newer.older = item;
    this.#length += 1;
  }

  /** Adds an item that stands in no list, as the newest. */
  add(item: T): void {
    this.insert(item, this.#newest);
  }

  /** Takes an item of this list out of it. */
  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.#length -= 1;
  }

  /** Makes an item of this list the newest. */
  touch(item: T): void {
    if (item === this.#newest) return;
    this.remove(item);
    this.add(item);
  }

  /** At most `limit` items, newest first. */
  latest(limit: number): readonly T[] {
    const items: T[] = [];
    for (let item = this.#newest; item !== undefined && items.length < limit; item = item.older) items.push(item);
    return items;
  }
}
