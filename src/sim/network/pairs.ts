/** One thing for each ordered pair of places, made when it is first asked for. */
export class Pairs<Place, T> {
  readonly #make: (from: Place, to: Place) => T;
  readonly #things = new Map<Place, Map<Place, T>>();

  constructor(make: (from: Place, to: Place) => T) {
    this.#make = make;
  }

  /** The thing of a pair, where it was asked for before. */
  known(from: Place, to: Place): T | undefined {
    return this.#things.get(from)?.get(to);
  }

  /** The thing of a pair. */
  of(from: Place, to: Place): T {
    const known = this.known(from, to);
    if (known !== undefined) return known;
    const things = this.#things.get(from) ?? new Map<Place, T>();
    const made = this.#make(from, to);
    things.set(to, made);
    this.#things.set(from, things);
    return made;
  }

  /** Everything that was ever asked for. */
  all(): readonly T[] {
    return [...this.#things.values()].flatMap((things) => [...things.values()]);
  }
}
