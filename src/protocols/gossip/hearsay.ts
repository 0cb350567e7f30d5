import type { Address } from "../../core/address.ts";
import { type Caps, Crowd, type NoRoom, type Source } from "./crowd.ts";
import type { Round } from "./round.ts";

/** How an ID came: its peer introduced itself, it was in what we asked for, or a push told of it besides its sender. */
export type Way = "pushed" | "pulled" | "told";

/** What is known of an ID that nobody here has verified yet. */
export interface Told {
  readonly source: Source;
  readonly way: Way;
  /** In which it was told. */
  readonly round: Round;
  /** Monotonic ms. */
  readonly at: number;
}

/** An ID that has not been verified by then counts as nobody's, and may be told of again. */
const HEARSAY_MS = 20_000;

/** Unverified IDs, at most: as many lies as 128 hostile sources may have waiting, before others find no room. */
const HEARSAY_CAPS: Caps = { count: 4096, perSubnet: 64 };

/** The IDs that were told of and wait to be verified. */
export class Hearsay {
  readonly #waiting = new Crowd<Told>(HEARSAY_CAPS);

  /** Notes an ID that was told: null if it is to be verified, "known" while that is under way, or why it is refused. */
  hear(address: Address, told: Told): NoRoom | "known" | null {
    this.#forgetBefore(told.at - HEARSAY_MS);
    if (this.#waiting.has(address)) return "known";
    const refusal = this.#waiting.refusalOf(address, told.source);
    if (refusal === null) this.#waiting.add(address, told);
    return refusal;
  }

  /** Takes out what was told of an ID that has been verified; undefined if nothing was. */
  take(address: Address): Told | undefined {
    return this.#waiting.take(address);
  }

  #forgetBefore(instant: number): void {
    for (const [address, { at }] of this.#waiting.entries()) {
      if (at > instant) return;
      this.#waiting.take(address);
    }
  }
}
