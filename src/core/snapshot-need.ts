/** When another snapshot of an order is wanted: of so many bytes that were committed behind the latest one. */
export class SnapshotNeed {
  readonly #leastBytes: number;
  #bytesBehind = 0;
  #isWanted = false;

  /** @param leastBytes so many at least; and as many as the latest snapshot has, so that making them pays */
  constructor(leastBytes: number) {
    this.#leastBytes = leastBytes;
  }

  /** Whether another becomes wanted when so many bytes more are committed. */
  committed(bytes: number, latest: { readonly data: Uint8Array } | null): boolean {
    this.#bytesBehind += bytes;
    if (this.#isWanted || this.#bytesBehind < Math.max(this.#leastBytes, latest?.data.length ?? 0)) return false;
    this.#isWanted = true;
    return true;
  }

  /** What was wanted came; it may be one that is of no use. */
  answered(): void {
    this.#isWanted = false;
  }

  /** The latest snapshot is another now, with so many bytes of committed entries behind it. */
  placed(bytesBehind: number): void {
    this.#bytesBehind = bytesBehind;
    this.#isWanted = false;
  }
}
