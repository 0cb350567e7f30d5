import { foreignName } from "./foreign-name.ts";
import type { Notice } from "./notice.ts";

/** Notices that are remembered of each kind, at most: the oldest gives way. */
const MAX_REMEMBERED = 16_384;

/** What a twin is told by: its type and its data. */
type Content = Pick<Notice, "dataType" | "data">;

/**
 * Notices that have two names: announced here, and come once more by another network, where they have no IDs and are named
 * by their fingerprint. Whichever comes first is delivered, the other one is not. Costs nothing before something has come
 * from another network.
 */
export class Twins {
  /** Fingerprints of what was announced in this network, and of what came from another one. */
  readonly #native = new Set<string>();
  readonly #foreign = new Set<string>();
  #isUsed: boolean;

  /** @param isUsed whether notices of other networks come in at this very peer */
  constructor(isUsed: boolean) {
    this.#isUsed = isUsed;
  }

  /** Something is announced here. It may come back by another network. */
  announced(content: Content): void {
    if (this.#isUsed) remember(this.#native, keyOf(content));
  }

  /** A notice of this network comes: whether it has come by another one before. It has one twin, and no more. */
  isKnownNative(content: Content): boolean {
    if (!this.#isUsed) return false;
    if (this.#foreign.delete(keyOf(content))) return true;
    this.announced(content);
    return false;
  }

  /** A notice of another network comes: whether it has come in this one before. */
  isKnownForeign(content: Content): boolean {
    this.#isUsed = true;
    const key = keyOf(content);
    if (this.#native.delete(key)) return true;
    remember(this.#foreign, key);
    return false;
  }
}

function keyOf({ dataType, data }: Content): string {
  return foreignName(dataType, data).origin;
}

function remember(keys: Set<string>, key: string): void {
  if (keys.size >= MAX_REMEMBERED) {
    const [oldest] = keys;
    if (oldest !== undefined) keys.delete(oldest);
  }
  keys.add(key);
}
