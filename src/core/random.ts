/** A source of randomness that a seed determines; every random choice of the pure layers comes from one. */
export interface Random {
  /** A whole number, 0 <= n < limit; limit is 1 to 2^32. */
  below(limit: number): number;
  /** A whole number, low <= n <= high. */
  between(low: number, high: number): number;
  /** A source of its own, so that one user's draws do not shift another's. */
  fork(): Random;
  /** The whole state, four 32-bit words. */
  state(): Uint32Array;
}

const MIX = 0x9e3779b9;

/**
 * The sfc32 generator (Chris Doty-Humphrey, PractRand): three words of state and a counter, period >= 2^32.
 * Only integer operations, so every engine gives the same numbers.
 */
export function seededRandom(seed: number | Uint32Array): Random {
  const words = typeof seed === "number" ? Uint32Array.of(seed, Math.floor(seed / 2 ** 32), MIX, 1) : seed.slice();
  const random = new Sfc32(words);
  // A state handed over is continued as it is; a seed is stirred until its bits have spread.
  if (typeof seed === "number") for (let i = 0; i < 15; i++) random.next();
  return random;
}

class Sfc32 implements Random {
  readonly #words: Uint32Array;

  constructor(words: Uint32Array) {
    this.#words = words;
  }

  next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#words;
    const result = (a + b + counter) >>> 0;
    this.#words[0] = b ^ (b >>> 9);
    this.#words[1] = c + (c << 3);
    this.#words[2] = ((c << 21) | (c >>> 11)) + result;
    this.#words[3] = counter + 1;
    return result;
  }

  below(limit: number): number {
    // Multiply-shift maps 32 random bits to the range; the bias is below limit / 2^32.
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  fork(): Random {
    return seededRandom(this.next() * 2 ** 21 + (this.next() >>> 11));
  }

  state(): Uint32Array {
    return this.#words.slice();
  }
}

/** Up to `count` items at random, without repeats (a partial Fisher-Yates shuffle of a copy). */
export function sample<T>(random: Random, items: readonly T[], count: number): T[] {
  const pool = items.slice();
  const size = Math.min(count, pool.length);
  for (let i = 0; i < size; i++) {
    const j = random.between(i, pool.length - 1);
    [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
  }
  return pool.slice(0, size);
}

/** An interval, a quarter more or less, so that peers which began together do not stay in step; a whole number of ms. */
export function jittered(random: Random, intervalMs: number): number {
  const quarterMs = Math.floor(intervalMs / 4);
  return intervalMs + random.between(-quarterMs, quarterMs);
}
