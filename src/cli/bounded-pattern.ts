import { type Context, createContext, Script } from "node:vm";

/** UTF-16 units of a text that are looked at; what comes behind them is not. */
const MAX_LENGTH = 4096;

/** A search that takes longer is given up. */
const TIMEOUT_MS = 100;

const SEARCH = new Script("pattern.test(text)");

/**
 * A regular expression that is searched for in texts from outside. Some expressions take longer than the universe has
 * for a text that was made for that, so a search is bounded: in what it looks at, and in time.
 */
export class BoundedPattern {
  readonly #context: Context & { text: string };

  constructor(pattern: RegExp) {
    this.#context = Object.assign(createContext({ pattern, text: "" }), { text: "" });
  }

  /** Whether it is found in the first 4096 characters of a text; true as well where 100 ms do not suffice to tell. */
  isFoundIn(text: string): boolean {
    this.#context.text = text.slice(0, MAX_LENGTH);
    try {
      // Only a script of its own can be broken off.
      return SEARCH.runInContext(this.#context, { timeout: TIMEOUT_MS }) === true;
    } catch {
      return true;
    }
  }
}
