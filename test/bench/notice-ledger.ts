const FIRST_ROOM = 65_536;

/** Which of the numbers 0, 1, 2, ... each of some subscribers was told: a number is done when all were told of it. */
export class NoticeLedger {
  /** Numbers that all were told. */
  done = 0;
  /** Times that somebody was told a number once more. */
  repeated = 0;
  /** Times that anybody was told anything new. */
  told = 0;
  readonly #all: number;
  /** By number, a bit for each subscriber. */
  #toldOf = new Uint32Array(FIRST_ROOM);

  /** @param subscribers 1 to 31 */
  constructor(subscribers: number) {
    this.#all = 2 ** subscribers - 1;
  }

  /** A subscriber, 0 to 30, was told a number; whether that number is done now. */
  note(subscriber: number, number: number): boolean {
    if (number >= this.#toldOf.length) this.#grow(number);
    const before = this.#toldOf[number] ?? 0;
    const after = before | (1 << subscriber);
    if (after === before) {
      this.repeated += 1;
      return false;
    }
    this.#toldOf[number] = after;
    this.told += 1;
    if (after !== this.#all) return false;
    this.done += 1;
    return true;
  }

  #grow(number: number): void {
    const grown = new Uint32Array(Math.max(this.#toldOf.length * 2, number + 1));
    grown.set(this.#toldOf);
    this.#toldOf = grown;
  }
}
