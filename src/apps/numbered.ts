/** Places in front that may stay empty, so that dropping moves nothing. */
const MAX_EMPTY = 16;

/**
 * Items by ascending number, of which the lowest are dropped. Adding behind the highest and dropping the lowest cost the same
 * at any length, finding one as much as a binary search.
 */
export class Numbered<T> {
  #numbers: number[] = [];
  /** Undefined where one was dropped. */
  #items: (T | undefined)[] = [];
  /** Where the lowest one stands. */
  #head = 0;

  get length(): number {
    return this.#numbers.length - this.#head;
  }

  /** The highest number; -1 where there is none. */
  get highest(): number {
    return this.numberAt(this.length - 1);
  }

  /** The number at a place from 0 to length - 1; -1 at any other. */
  numberAt(place: number): number {
    return place < 0 ? -1 : (this.#numbers[this.#head + place] ?? -1);
  }

  /** The item at a place from 0 to length - 1; undefined at any other. */
  itemAt(place: number): T | undefined {
    return place < 0 ? undefined : this.#items[this.#head + place];
  }

  /** The place of the highest number that is not above this one; -1 where all are. */
  placeOf(number: number): number {
    let low = this.#head;
    let high = this.#numbers.length;
    // Mostly the highest is asked for, or one above it.
    if (this.highest <= number) return this.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1 - this.#head;
  }

  /** Tells all items, by ascending number. */
  forEach(visit: (number: number, item: T) => void): void {
    for (let at = this.#head; at < this.#numbers.length; at++) visit(this.#numbers[at] as number, this.#items[at] as T);
  }

  /** Adds an item; no other has its number. */
  add(number: number, item: T): void {
    const place = this.placeOf(number) + 1;
    if (this.#numbers.length === 0) {
      // Many lists stay at one item: made so, they take no room for more.
      this.#numbers = [number];
      this.#items = [item];
    } else if (place === this.length) {
      this.#numbers.push(number);
      this.#items.push(item);
    } else {
      this.#numbers.splice(this.#head + place, 0, number);
      this.#items.splice(this.#head + place, 0, item);
    }
  }

  /** Drops the item with the lowest number, if there is one. */
  dropLowest(): void {
    if (this.length === 0) return;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head < MAX_EMPTY || this.#head < this.length) return;
    this.#numbers = this.#numbers.slice(this.#head);
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
