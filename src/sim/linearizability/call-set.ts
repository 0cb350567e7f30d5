/** A word has 2^4 bits, one for a call. */
const SHIFT = 4;
const FULL = 0xffff;

/** A set of calls that fills from the first on, with a gap here and there: it is told by what follows the first gap. */
export class CallSet {
  readonly #words: Uint16Array;
  /** All words before this one are full. */
  #firstGap = 0;
  /** All words from this one on are empty. */
  #end = 0;

  /** @param size calls go from 0 to below this */
  constructor(size: number) {
    this.#words = new Uint16Array(Math.ceil(size / 2 ** SHIFT));
  }

  has(call: number): boolean {
    return (this.#word(call >> SHIFT) & bitOf(call)) !== 0;
  }

  add(call: number): void {
    const at = call >> SHIFT;
    this.#words[at] = this.#word(at) | bitOf(call);
    this.#end = Math.max(this.#end, at + 1);
    while (this.#word(this.#firstGap) === FULL) this.#firstGap += 1;
  }

  delete(call: number): void {
    const at = call >> SHIFT;
    this.#words[at] = this.#word(at) & ~bitOf(call);
    this.#firstGap = Math.min(this.#firstGap, at);
    while (this.#end > 0 && this.#word(this.#end - 1) === 0) this.#end -= 1;
  }

  /** The same for two sets if and only if they are; it says itself how long it is. */
  key(): string {
    const uneven = this.#words.subarray(this.#firstGap, this.#end);
    return String.fromCharCode(this.#firstGap, uneven.length, ...uneven);
  }

  #word(at: number): number {
    return this.#words[at] ?? 0;
  }
}

function bitOf(call: number): number {
  return 1 << (call % 2 ** SHIFT);
}
