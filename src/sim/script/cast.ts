import { LIVE_NAMES } from "./scope.ts";
import { areListed, type Name, type Names } from "./script.ts";
import type { Sight } from "./sight.ts";

/**
 * Who is meant by the names in one statement, as things stand when it is played. The first name that means nobody is
 * noted; for it the name itself is given, so that no reader needs a check after each name.
 */
export class Cast<View> {
  /** Why a name means nobody, in one line; null while all mean somebody. */
  missing: string | null = null;
  /** The names that are no ports, with the peers that they mean. */
  readonly #meant = new Map<Name, Name>();
  readonly #bound: ReadonlyMap<Name, Name>;
  readonly #sight: Sight<View>;

  constructor(sight: Sight<View>, bound: ReadonlyMap<Name, Name>) {
    this.#sight = sight;
    this.#bound = bound;
  }

  /** `(7001)`, or `(leader=7001, old=7002)`, where names are no ports; empty where all are. */
  get aside(): string {
    const [only, ...others] = [...this.#meant.values()];
    if (only === undefined) return "";
    if (others.length === 0) return ` (${only})`;
    return ` (${[...this.#meant].map(([name, peer]) => `${name}=${peer}`).join(", ")})`;
  }

  /** Who is called so. */
  one(name: Name): Name {
    const { names } = this.#sight.scene;
    if (names.includes(name)) return name;
    const meant = this.#meant.get(name) ?? this.#mean(name);
    if (meant === undefined) this.missing ??= this.#absence(name);
    else this.#meant.set(name, meant);
    return meant ?? name;
  }

  /** Who is called so, nobody twice. */
  many(names: Names): readonly Name[] {
    const everybody = this.#sight.scene.names;
    if (names === "all") return [...everybody];
    if (areListed(names)) return [...new Set(names.map((name) => this.one(name)))];
    const others = this.many(names.allBut);
    return everybody.filter((name) => !others.includes(name));
  }

  /** A word of a line of the palette, which may be a name that only the script knows. */
  word(word: string): string {
    return LIVE_NAMES.includes(word) || this.#bound.has(word) ? this.one(word) : word;
  }

  #mean(name: Name): Name | undefined {
    if (name === "leader") return this.#sight.leader();
    if (name === "follower") return this.#sight.follower();
    return this.#bound.get(name);
  }

  #absence(name: Name): string {
    const { names } = this.#sight.scene;
    if (name === "leader") return `nobody leads: ${this.#sight.following(names)}`;
    if (name === "follower") return `nobody follows a leader: ${this.#sight.following(names)}`;
    return `${name} was never started`;
  }
}
