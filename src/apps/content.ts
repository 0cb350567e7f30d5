/** Where a content stood, to take it back to. */
export interface Mark {
  readonly pieces: string[];
  readonly count: number;
  readonly bytes: number;
}

/** A piece costs about so many bytes of memory besides its text. */
const BYTES_PER_PIECE = 64;

/** Pieces that are always fine. */
const MIN_PIECES = 16;

/**
 * A text that grows at its end, in the pieces in which it came: adding one costs as much as the piece, not as the whole.
 * Pieces are joined when there are many of them for the bytes that they hold; then they are an array of their own, and
 * the earlier array stays as it was, for marks.
 */
export class Content {
  #pieces: string[] = [];
  #bytes = 0;

  /** Length in bytes of UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a text that takes `bytes` bytes of UTF-8. */
  append(text: string, bytes: number): void {
    this.#pieces.push(text);
    this.#bytes += bytes;
    // Copying the whole this rarely costs an append no more than the copying of 64 bytes.
    if (this.#pieces.length > MIN_PIECES + this.#bytes / BYTES_PER_PIECE) this.#pieces = [this.#pieces.join("")];
  }

  /** The whole text. */
  text(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join("")];
    return this.#pieces[0] ?? "";
  }

  /** At least the first `length` UTF-16 units of the text, as far as it has them; pieces behind them are not touched. */
  start(length: number): string {
    let start = "";
    for (const piece of this.#pieces) {
      if (start.length >= length) break;
      start += piece;
    }
    return start;
  }

  /** Where the content stands now. */
  mark(): Mark {
    return { pieces: this.#pieces, count: this.#pieces.length, bytes: this.#bytes };
  }

  /** Takes back all that was appended since a mark. Marks that were made since then are void. */
  back({ pieces, count, bytes }: Mark): void {
    pieces.length = count;
    this.#pieces = pieces;
    this.#bytes = bytes;
  }
}
