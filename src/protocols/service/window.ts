/**
 * Units of text that may be under way to another peer, at most, but for one message more: each is at most three bytes, so
 * that is far below what may wait on a link before it is given up.
 */
export const WINDOW = 2 ** 18;

/** So many units are acknowledged together: seldom, and long before a window is full. */
const WORTH_A_WORD = WINDOW / 4;

/**
 * What may be sent to another peer without its word that it has come, and what is to be said of that which comes from it.
 *
 * Bound: nothing is sent while `WINDOW` or more is under way. Liveness: all but `WORTH_A_WORD` of what came is
 * acknowledged, so a full window opens again; where messages were lost, it does so once it was full for long.
 */
export class Window {
  readonly #patienceMs: number;
  #underWay = 0;
  #fullSince: number | null = null;
  #taken = 0;

  /** @param patienceMs what is not acknowledged for so long was lost on its way, ms */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Units that are not known to have come. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether something may be sent. */
  get isOpen(): boolean {
    return this.#underWay < WINDOW;
  }

  /** So many units are on their way. */
  send(units: number, now: number): void {
    this.#underWay += units;
    if (!this.isOpen) this.#fullSince ??= now;
  }

  /** The other peer says that so many units came. */
  acknowledge(units: number, now: number): void {
    this.#underWay = Math.max(0, this.#underWay - units);
    this.#fullSince = this.isOpen ? null : now;
  }

  /** Time has passed. */
  pass(now: number): void {
    if (this.#fullSince === null || now - this.#fullSince < this.#patienceMs) return;
    this.#underWay = 0;
    this.#fullSince = null;
  }

  /** So many units came from the other peer. */
  take(units: number): void {
    this.#taken += units;
  }

  /** The units that are to be acknowledged now; 0 while that is not worth a message. */
  owed(): number {
    if (this.#taken < WORTH_A_WORD) return 0;
    const owed = this.#taken;
    this.#taken = 0;
    return owed;
  }
}
