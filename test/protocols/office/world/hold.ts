/** Something that one peer at a time may have, by leases: told who has it, it knows when two have. */
export class Hold {
  /** How often somebody got it. */
  entries = 0;
  readonly #what: string;
  readonly #holders = new Map<string, () => boolean>();

  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Somebody has it, from now on and for as long as `holds` says so.
   *
   * @throws Error where somebody else has it at this instant
   */
  begin(who: string, holds: () => boolean): void {
    this.#holders.set(who, holds);
    this.entries += 1;
    const holders = [...this.#holders].filter(([, isHeld]) => isHeld()).map(([name]) => name);
    if (holders.length > 1) throw new Error(`${holders.sort().join(" and ")} hold ${this.#what} at one instant`);
  }
}
