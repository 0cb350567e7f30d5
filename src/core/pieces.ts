/** A piece of something long. */
interface Piece {
  /** Bytes of the whole. */
  readonly total: number;
  /** Where in it the piece begins. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Puts together what comes in pieces, in their order. Nothing is set aside before it has come, whatever is promised. */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #received = 0;

  /** Bytes that have come. */
  get received(): number {
    return this.#received;
  }

  /** Takes a piece; one that does not go on where the last one ended, or goes beyond the end, is passed over. */
  add({ total, offset, data }: Piece): void {
    if (offset !== this.#received || offset + data.length > total) return;
    this.#pieces.push(data);
    this.#received += data.length;
  }

  /** The pieces as one. */
  joined(): Uint8Array {
    const bytes = new Uint8Array(this.#received);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  }
}
