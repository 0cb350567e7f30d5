import type { Range } from "./message.ts";

/** A set of sequence numbers, kept as ranges: numbers that come in their order take no more room than one. */
export class SequenceSet {
  /** Ascending, none touches the next. */
  readonly #ranges: { first: number; last: number }[] = [];
  readonly #maxApart: number;

  /**
   * @param maxApart ranges that are kept apart, at most: where there would be more, the smallest gap is given up and counts as
   * there, of several the lowest. Infinity where something else bounds them
   */
  constructor(maxApart: number) {
    this.#maxApart = maxApart;
  }

  /** The ranges, ascending. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** The highest number; 0 where there is none. */
  get last(): number {
    return this.#ranges.at(-1)?.last ?? 0;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  has(number: number): boolean {
    const range = this.#ranges[this.#at(number)];
    return range !== undefined && range.first <= number;
  }

  /** Whether all numbers of a range are in the set. */
  covers({ first, last }: Range): boolean {
    const range = this.#ranges[this.#at(first)];
    return range !== undefined && range.first <= first && range.last >= last;
  }

  /** Adds a number; whether it was not there. */
  add(number: number): boolean {
    const latest = this.#ranges.at(-1);
    // Nearly always it is the next one.
    if (latest !== undefined && number === latest.last + 1) {
      latest.last = number;
      return true;
    }
    const at = this.#at(number);
    const next = this.#ranges[at];
    if (next !== undefined && next.first <= number) return false;
    this.#insert(at, number);
    if (this.#ranges.length > this.#maxApart) this.#giveUpSmallestGap();
    return true;
  }

  /** Takes a number out. */
  remove(number: number): void {
    const at = this.#at(number);
    const range = this.#ranges[at];
    if (range === undefined || range.first > number) return;
    const before = { first: range.first, last: number - 1 };
    const after = { first: number + 1, last: range.last };
    // Mostly the lowest number goes.
    if (before.last < before.first && after.first <= after.last) range.first = after.first;
    else this.#ranges.splice(at, 1, ...[before, after].filter(({ first, last }) => first <= last));
  }

  /** Takes all numbers of some ranges out. */
  removeAll(ranges: readonly Range[]): void {
    for (const { first, last } of ranges) {
      for (const part of this.within({ first, last })) this.#cut(part);
    }
  }

  /** Adds all numbers of a range. */
  addRange({ first, last }: Range): void {
    const touching = this.#ranges.filter((range) => range.first <= last + 1 && range.last >= first - 1);
    const at = this.#at(first - 1);
    const joined = {
      first: Math.min(first, ...touching.map((range) => range.first)),
      last: Math.max(last, ...touching.map((range) => range.last)),
    };
    this.#ranges.splice(at, touching.length, joined);
    if (this.#ranges.length > this.#maxApart) this.#giveUpSmallestGap();
  }

  /** What of a range is in the set, ascending. */
  within({ first, last }: Range): readonly Range[] {
    const parts: Range[] = [];
    for (let at = this.#at(first); at < this.#ranges.length; at++) {
      const range = this.#ranges[at] as Range;
      if (range.first > last) break;
      parts.push({ first: Math.max(first, range.first), last: Math.min(last, range.last) });
    }
    return parts;
  }

  /** What of a range is not in the set, ascending. */
  missing({ first, last }: Range): readonly Range[] {
    const gaps: Range[] = [];
    let next = first;
    for (const part of this.within({ first, last })) {
      if (part.first > next) gaps.push({ first: next, last: part.first - 1 });
      next = part.last + 1;
    }
    if (next <= last) gaps.push({ first: next, last });
    return gaps;
  }

  /** Where the first range stands that ends at a number or above it. */
  #at(number: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as Range).last < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds a number that is not there, before the range at `at`, and joins what then touches. */
  #insert(at: number, number: number): void {
    const before = this.#ranges[at - 1];
    const after = this.#ranges[at];
    const touchesBefore = before !== undefined && before.last === number - 1;
    const touchesAfter = after !== undefined && after.first === number + 1;
    if (touchesBefore && touchesAfter) {
      before.last = after.last;
      this.#ranges.splice(at, 1);
    } else if (touchesBefore) before.last = number;
    else if (touchesAfter) after.first = number;
    else this.#ranges.splice(at, 0, { first: number, last: number });
  }

  /** Takes a part of one range out. */
  #cut({ first, last }: Range): void {
    const at = this.#at(first);
    const range = this.#ranges[at] as Range;
    const left = [
      { first: range.first, last: first - 1 },
      { first: last + 1, last: range.last },
    ];
    this.#ranges.splice(at, 1, ...left.filter((part) => part.first <= part.last));
  }

  #giveUpSmallestGap(): void {
    let at = 1;
    for (let i = 2; i < this.#ranges.length; i++) if (this.#gapBefore(i) < this.#gapBefore(at)) at = i;
    const [before, after] = this.#ranges.slice(at - 1, at + 1);
    if (before === undefined || after === undefined) return;
    before.last = after.last;
    this.#ranges.splice(at, 1);
  }

  #gapBefore(at: number): number {
    return (this.#ranges[at] as Range).first - (this.#ranges[at - 1] as Range).last;
  }
}
