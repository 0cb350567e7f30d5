/** Columns of the bar. */
const BAR = 24;

/** Between two paintings, ms. */
const LEAST_BETWEEN_MS = 100;

/** A line on stderr that says how far something is; nothing where nobody would see it. */
export class Progress {
  readonly #count: number | null;
  readonly #isShown: boolean;
  readonly #started = performance.now();
  #paintedAt = Number.NEGATIVE_INFINITY;
  #isPainted = false;

  /** @param count how many things there are to do; null where nobody knows */
  constructor(count: number | null, isWanted: boolean) {
    this.#count = count;
    this.#isShown = isWanted && process.stderr.isTTY === true;
  }

  /** So many are done, and so many of them broke. */
  show(done: number, broken: number): void {
    const count = this.#count ?? done;
    const filled = count === 0 ? BAR : Math.floor((done / count) * BAR);
    const perSecond = (done / (performance.now() - this.#started)) * 1000;
    const left = Math.ceil((count - done) / perSecond);
    const bar = `${"#".repeat(filled)}${".".repeat(BAR - filled)}`;
    this.note(`[${bar}] ${done}/${count}  ${broken} broken  ${perSecond.toFixed(1)}/s  ${left} s left`);
  }

  /** Shows a line in place of the one before, now and then. */
  note(line: string): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#paintedAt < LEAST_BETWEEN_MS) return;
    this.#paintedAt = now;
    this.#isPainted = true;
    process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }

  /** Takes the line away, so that others can be printed. */
  clear(): void {
    if (!this.#isPainted) return;
    this.#isPainted = false;
    this.#paintedAt = Number.NEGATIVE_INFINITY;
    process.stderr.write("\r\x1b[2K");
  }
}
