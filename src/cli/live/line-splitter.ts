/** The longest line that is taken, in characters: of a longer one nothing is. */
const MAX_LENGTH = 256 * 1024;

/** Makes lines of the pieces in which a text comes. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #begun = "";
  /** Whether the line that has begun is too long already. */
  #isTooLong = false;

  /** @param onLine is given each line, without its end */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** The text goes on. */
  push(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.#grow(first);
    for (const begun of others) {
      if (!this.#isTooLong) this.#onLine(this.#begun);
      this.#isTooLong = false;
      this.#begun = "";
      this.#grow(begun);
    }
  }

  #grow(text: string): void {
    this.#isTooLong ||= this.#begun.length + text.length > MAX_LENGTH;
    this.#begun = this.#isTooLong ? "" : this.#begun + text;
  }
}
