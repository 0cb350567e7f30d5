/** Names in groups that only ever merge (union-find). A name that was never joined is a group of its own. */
export class Groups {
  readonly #towards = new Map<string, string>();

  /** Merges the groups of all these names. */
  join(names: readonly string[]): void {
    const [first, ...others] = names;
    if (first === undefined) return;
    for (const other of others) {
      const [from, to] = [this.of(other), this.of(first)];
      if (from !== to) this.#towards.set(from, to);
    }
  }

  /** The name that stands for the group of this one, until it merges. */
  of(name: string): string {
    let at = name;
    for (let next = this.#towards.get(at); next !== undefined; next = this.#towards.get(at)) at = next;
    return at;
  }
}
