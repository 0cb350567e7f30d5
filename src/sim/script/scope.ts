import type { Name } from "./script.ts";

/** Peers that a script may start. */
export const MAX_PEERS = 100;

/** Names that a script may bind. */
export const MAX_NAMES = 100;

/** Names that are worked out when a line is played. */
export const LIVE_NAMES: readonly Name[] = ["leader", "follower"];

/** Words that mean something else where a name may stand, here or in a line of the palette. */
const RESERVED: readonly string[] = [
  ...LIVE_NAMES,
  ...["all", "no", "event", "term", "converged", "united", "notices", "among", "within", "for"],
  ...["file", "value", "stores", "linearizable", "epoch", "nobody", "two", "job", "turn", "alive", "vip"],
  ...["in", "out", "both", "reset", "jitter"],
];

const BINDABLE = /^[a-z][a-z0-9-]{0,19}$/;

/** Names that an error lists, at most. */
const MAX_LISTED = 6;

/** Whether a word may become a name. */
export function isBindable(word: string): boolean {
  return BINDABLE.test(word) && !RESERVED.includes(word);
}

/** What is known at a line of a script: who was started before it, and which names were bound. */
export class Scope {
  readonly #started = new Set<Name>();
  readonly #bound = new Set<Name>();

  /** Peers that were started, in that order. */
  get started(): readonly Name[] {
    return [...this.#started];
  }

  /** Names whose peer is known only when a line is played. */
  get spoken(): readonly Name[] {
    return this.#started.size === 0 ? [] : [...LIVE_NAMES, ...this.#bound];
  }

  /** Whether somebody is called so. */
  knows(name: Name): boolean {
    return this.#started.has(name) || this.#bound.has(name) || (this.#started.size > 0 && LIVE_NAMES.includes(name));
  }

  /** Notes that a peer is started; false where that is one too many. */
  start(name: Name): boolean {
    if (this.#started.size >= MAX_PEERS && !this.#started.has(name)) return false;
    this.#started.add(name);
    return true;
  }

  /** Notes that a name is bound to a peer; false where that is one too many. */
  bind(name: Name): boolean {
    if (this.#bound.size >= MAX_NAMES && !this.#bound.has(name)) return false;
    this.#bound.add(name);
    return true;
  }

  /** What may be said for a peer, in a few words. */
  choices(): string {
    const all = [...this.#started, ...this.spoken];
    if (all.length === 0) return "a peer that was started before (none was)";
    const listed = all.slice(0, MAX_LISTED).join(", ");
    return `a peer that was started before (${listed}${all.length > MAX_LISTED ? ", ..." : ""})`;
  }
}
