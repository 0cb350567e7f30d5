/** Bytes of a nonce. */
const NONCE_BYTES = 16;

/** With fewer than these the pool asks for more. */
const LOW_WATER = 64;

/** Nonces kept, at most; what is handed over beyond is dropped. */
const CAPACITY = 4096;

/** Random nonces that nobody has seen yet. Entropy comes in as bytes from outside, so that a run can be repeated. */
export class NoncePool {
  readonly #fresh: Uint8Array[] = [];
  #asked = false;

  /** Nonces at hand. */
  get size(): number {
    return this.#fresh.length;
  }

  /** Whether more are needed and were not asked for yet. */
  get wanting(): boolean {
    return !this.#asked && this.#fresh.length < LOW_WATER;
  }

  /** Notes that more were asked for. */
  asked(): void {
    this.#asked = true;
  }

  /** Cuts random bytes into nonces; bytes that make no whole one are dropped. */
  refill(bytes: Uint8Array): void {
    const count = Math.min(Math.floor(bytes.length / NONCE_BYTES), CAPACITY - this.#fresh.length);
    const own = bytes.slice(0, count * NONCE_BYTES);
    for (let i = 0; i < count; i++) this.#fresh.push(own.subarray(i * NONCE_BYTES, (i + 1) * NONCE_BYTES));
    if (count > 0) this.#asked = false;
  }

  /** Takes `count` nonces out; fewer where the pool holds fewer. */
  take(count: number): Uint8Array[] {
    return this.#fresh.splice(-count, count);
  }

  /** Puts back nonces that were never sent. */
  giveBack(unsent: readonly Uint8Array[]): void {
    this.#fresh.push(...unsent);
  }
}
