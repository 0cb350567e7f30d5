/** What is to happen in a world, in the order of real time. */
export class RealTime {
  now = 0;
  #number = 0;
  readonly #due: { at: number; number: number; happen: () => void }[] = [];

  /** Something happens in so many real ms; what was planned first for one instant comes first. */
  after(ms: number, happen: () => void): void {
    this.#number += 1;
    const planned = { at: this.now + Math.max(0, ms), number: this.#number, happen };
    const place = this.#due.findLastIndex(({ at }) => at <= planned.at);
    this.#due.splice(place + 1, 0, planned);
  }

  /** Lets happen what is due until then. */
  run(until: number): void {
    for (let next = this.#due[0]; next !== undefined && next.at <= until; next = this.#due[0]) {
      this.#due.shift();
      this.now = next.at;
      next.happen();
    }
    this.now = until;
  }
}
