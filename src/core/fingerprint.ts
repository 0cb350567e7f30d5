/** Marks the kind of what follows, so that a text and bytes of the same length differ. */
const WORDS = 0;
const TEXT = 1;
const BYTES = 2;
const NUMBER = 3;

/** The bits of a number, most significant first on every machine. */
const bits = new DataView(new ArrayBuffer(8));

/**
 * A hash of 64 bits over all that it is given, in order: two 32-bit lanes with the mixing of MurmurHash3 (Appleby), the
 * second of which takes in the first. Only integer operations, so every engine gives the same. It tells runs apart that
 * differ by chance; it is no defence against somebody who looks for two that collide.
 *
 * Each piece is hashed with its kind and its length, so "ab" and "c" are not "a" and "bc".
 */
export class Fingerprint {
  #first = 0x2545f491;
  #second = 0x6c8e9cf5;
  #words = 0;

  /** Adds a text, by its UTF-16 code units. */
  text(value: string): void {
    const { length } = value;
    this.#mix((length << 2) | TEXT);
    let at = 0;
    for (; at + 1 < length; at += 2) this.#mix(value.charCodeAt(at) | (value.charCodeAt(at + 1) << 16));
    if (at < length) this.#mix(value.charCodeAt(at));
  }

  /** Adds bytes. */
  bytes(value: Uint8Array): void {
    const { length } = value;
    this.#mix((length << 2) | BYTES);
    let word = 0;
    for (let at = 0; at < length; at++) {
      word |= (value[at] as number) << (8 * (at & 3));
      if ((at & 3) < 3) continue;
      this.#mix(word);
      word = 0;
    }
    if ((length & 3) > 0) this.#mix(word);
  }

  /** Adds words of 32 bits: many at a time, such as a board, for less than as bytes. */
  words(value: Uint32Array): void {
    this.#mix((value.length << 2) | WORDS);
    // As #mix does; in the fields of an object each step would wait for memory.
    let first = this.#first;
    let second = this.#second;
    for (let at = 0; at < value.length; at++) {
      const word = value[at] as number;
      first = mixedFirst(first, word);
      second = mixedSecond(second, word, first);
    }
    this.#first = first;
    this.#second = second;
    this.#words = (this.#words + value.length) | 0;
  }

  /** Adds a number, by its 64 bits: 0 and -0 differ. */
  number(value: number): void {
    // Engines are free in the bits of what is no number.
    bits.setFloat64(0, Number.isNaN(value) ? 0 : value);
    this.#mix(Number.isNaN(value) ? (1 << 2) | NUMBER : NUMBER);
    this.#mix(bits.getInt32(0));
    this.#mix(bits.getInt32(4));
  }

  /** The hash of all so far, as 16 lower-case hex digits; more can be added afterwards. */
  hex(): string {
    let first = this.#first ^ this.#words;
    let second = this.#second ^ this.#words;
    first = (first + second) | 0;
    second = (second + first) | 0;
    first = avalanche(first);
    second = avalanche(second);
    first = (first + second) | 0;
    second = (second + first) | 0;
    return hexOf(first) + hexOf(second);
  }

  #mix(word: number): void {
    this.#first = mixedFirst(this.#first, word);
    this.#second = mixedSecond(this.#second, word, this.#first);
    this.#words = (this.#words + 1) | 0;
  }
}

/** The first lane, with a word more in it. */
function mixedFirst(first: number, word: number): number {
  const own = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotated(first ^ own, 13), 5) + 0xe6546b64) | 0;
}

/** The second lane, with a word more in it; `first` has it already. */
function mixedSecond(second: number, word: number, first: number): number {
  const other = Math.imul(rotated(Math.imul(word, 0xab0e9789), 16), 0x38b34ae5);
  return (Math.imul(rotated(second ^ other, 17) + first, 5) + 0x0bcaa747) | 0;
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Spreads every bit of a 32-bit word over all of them: a permutation of words that keeps no order. */
export function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
