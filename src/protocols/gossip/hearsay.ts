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

/** An ID that has not been verified by then is forgotten, and makes room. */
const HEARSAY_MS = 60_000;

/** How long after the first time an ID is to be checked again if somebody names it again; then twice as long, and so on. */
const FIRST_AGAIN_MS = 5000;

/** Unverified IDs, at most: as many lies as 128 hostile sources may have waiting, before others find no room. */
const HEARSAY_CAPS: Caps = { count: 4096, perSubnet: 64 };

interface Waiting extends Told {
  /** When it is to be checked again if it is named again, and how long after the last time that is. */
  againAt: number;
  againMs: number;
}

/** The IDs that were told of and wait to be verified. */
export class Hearsay {
  readonly #waiting = new Crowd<Waiting>(HEARSAY_CAPS);

  /** Notes an ID that was told: null if it is to be checked, "known" where it has just been, or why it is refused. */
  hear(address: Address, told: Told): NoRoom | "known" | null {
    this.#forgetBefore(told.at - HEARSAY_MS);
    const waiting = this.#waiting.get(address);
    if (waiting !== undefined) return isDueAgain(waiting, told.at) ? null : "known";
    const refusal = this.#waiting.refusalOf(address, told.source);
    const again = { againAt: told.at + FIRST_AGAIN_MS, againMs: FIRST_AGAIN_MS };
    if (refusal === null) this.#waiting.add(address, { ...told, ...again });
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

/** A check may have been lost, so there is another one; but fewer and fewer, for most that do not answer are nobody. */
function isDueAgain(waiting: Waiting, now: number): boolean {
  if (now < waiting.againAt) return false;
  waiting.againMs *= 2;
  waiting.againAt = now + waiting.againMs;
  return true;
}
