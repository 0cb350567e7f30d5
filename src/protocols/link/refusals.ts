import { MAX_REFUSALS_REMEMBERED, MAX_TEXT } from "./limits.ts";
import type { LinkSpeech, RefusalReason } from "./message.ts";
import { REFUSAL } from "./message.ts";

type Refused = Extract<LinkSpeech["event"], { readonly kind: "link-refused" }>;

/** Counts refusals, and remembers which were told: whoever is refused dials again and again. */
export class Refusals {
  #count = 0;
  readonly #told = new Set<string>();

  /** All refusals, told or not, by us and by others. */
  get count(): number {
    return this.#count;
  }

  /** Counts one that is not worth an event. */
  add(): void {
    this.#count += 1;
  }

  /** Counts one; answers whether it is news. */
  isNews(refused: Refused): boolean {
    this.add();
    const key = keyOf(refused);
    if (this.#told.has(key)) return false;
    const [oldest] = this.#told;
    if (this.#told.size >= MAX_REFUSALS_REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    this.#told.add(key);
    return true;
  }

  /** A link to this address stands: the next refusal there is news again. */
  forget(address: Refused["address"]): void {
    for (const key of this.#told) if (key.startsWith(`${address} `)) this.#told.delete(key);
  }
}

/** What the code of an ERROR means. */
export function reasonOf(code: number): RefusalReason | "unknown" {
  const found = Object.entries(REFUSAL).find(([, number]) => number === code);
  return found === undefined ? "unknown" : (found[0] as RefusalReason);
}

/** A text from outside, not too long. */
export function cut(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  // By code points, so that no half of a surrogate pair is left.
  return Array.from(text.slice(0, 2 * MAX_TEXT))
    .slice(0, MAX_TEXT)
    .join("");
}

function keyOf({ address, by, reason }: Refused): string {
  return `${address} ${by} ${reason}`;
}
