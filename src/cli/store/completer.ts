import type { StoreClient } from "../../client/store-client.ts";
import { safeText } from "../../ui/safe-text.ts";
import { COMMAND_NAMES, type Command } from "./commands.ts";
import { quoted } from "./words.ts";

/** Keys that are remembered, the latest. */
const MAX_KEYS = 1000;

const OF_FILES: ReadonlySet<string> = new Set(["append", "delete", "read"]);
const OF_VALUES: ReadonlySet<string> = new Set(["get", "write", "read"]);

/** Offers words that may stand where a line ends: commands, files of the store, and keys that were said. */
export class Completer {
  readonly #store: Pick<StoreClient, "list">;
  readonly #keys = new Set<string>();

  constructor(store: Pick<StoreClient, "list">) {
    this.#store = store;
  }

  /** Remembers the key of a command. */
  learn(command: Command): void {
    if (command.kind !== "ask") return;
    const { request } = command;
    if (request.kind !== "write" && request.kind !== "read-value") return;
    this.#keys.delete(request.key);
    this.#keys.add(request.key);
    const [oldest] = this.#keys;
    if (this.#keys.size > MAX_KEYS && oldest !== undefined) this.#keys.delete(oldest);
  }

  /** The words that continue a line, and the word in it that they continue. */
  async complete(line: string): Promise<[words: string[], begun: string]> {
    const [, verb, begun] = /^\s*(?:(\S+)\s+)?(\S*)$/.exec(line) ?? [];
    if (begun === undefined) return [[], ""];
    const words = verb === undefined ? COMMAND_NAMES : await this.#namesAfter(verb);
    return [words.filter((word) => word.startsWith(begun)).map((word) => `${word} `), begun];
  }

  /** Names that can be shown as they are: readline prints them without looking. */
  async #namesAfter(verb: string): Promise<readonly string[]> {
    // Without an answer there is nothing to offer, and the next command will say why.
    const files = OF_FILES.has(verb) ? await this.#store.list().catch(() => []) : [];
    const keys = OF_VALUES.has(verb) ? [...this.#keys] : [];
    return [...new Set([...files, ...keys])]
      .map(quoted)
      .filter((word) => safeText(word, word.length) === word)
      .sort();
  }
}
