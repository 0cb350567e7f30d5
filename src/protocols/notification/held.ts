/** Entries of neighbouring sequence numbers that are kept together. */
const CHUNK = 64;

interface Chunk<T> {
  readonly entries: (T | undefined)[];
  count: number;
}

/** What is held of a stream, by sequence number: in chunks, so that most of what is done touches no map. */
export class Held<T> {
  readonly #chunks = new Map<number, Chunk<T>>();
  #latestNumber = -1;
  #latest: Chunk<T> | undefined;

  get(sequence: number): T | undefined {
    return this.#chunk(sequence)?.entries[sequence % CHUNK];
  }

  /** Adds an entry under a number under which none is held. */
  set(sequence: number, entry: T): void {
    let chunk = this.#chunk(sequence);
    if (chunk === undefined) {
      chunk = { entries: new Array<T | undefined>(CHUNK).fill(undefined), count: 0 };
      this.#latestNumber = numberOf(sequence);
      this.#latest = chunk;
      this.#chunks.set(this.#latestNumber, chunk);
    }
    chunk.entries[sequence % CHUNK] = entry;
    chunk.count += 1;
  }

  /** Lets the entry go that is held under a number. */
  delete(sequence: number): void {
    const number = numberOf(sequence);
    const chunk = this.#chunks.get(number);
    if (chunk?.entries[sequence % CHUNK] === undefined) return;
    chunk.entries[sequence % CHUNK] = undefined;
    chunk.count -= 1;
    if (chunk.count === 0) {
      this.#chunks.delete(number);
      this.#latestNumber = -1;
      this.#latest = undefined;
    }
  }

  #chunk(sequence: number): Chunk<T> | undefined {
    const number = numberOf(sequence);
    if (number === this.#latestNumber) return this.#latest;
    const chunk = this.#chunks.get(number);
    if (chunk !== undefined) {
      this.#latestNumber = number;
      this.#latest = chunk;
    }
    return chunk;
  }
}

function numberOf(sequence: number): number {
  return Math.floor(sequence / CHUNK);
}
