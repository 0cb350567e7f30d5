import type { PeerId } from "../../core/peer-id.ts";

/** How long a response to a PULL may take. */
const RESPONSE_TIMEOUT_MS = 10_000;

/** Whom we asked, and how many responses are due from each. */
export class Asked {
  readonly #asked = new Map<PeerId, { readonly pulls: number; readonly deadline: number }>();

  /** One more PULL has gone to a peer. */
  ask(peer: PeerId, now: number): void {
    this.#asked.set(peer, { pulls: this.#open(peer, now) + 1, deadline: now + RESPONSE_TIMEOUT_MS });
  }

  /** Whether a response from this peer is still due; it counts for one PULL. */
  settle(peer: PeerId, now: number): boolean {
    const asked = this.#asked.get(peer);
    const pulls = this.#open(peer, now);
    if (asked === undefined || pulls === 0) return false;
    if (pulls === 1) this.#asked.delete(peer);
    else this.#asked.set(peer, { pulls: pulls - 1, deadline: asked.deadline });
    return true;
  }

  /** Nothing is due any more from a peer that is gone. */
  forget(peer: PeerId): void {
    this.#asked.delete(peer);
  }

  #open(peer: PeerId, now: number): number {
    const asked = this.#asked.get(peer);
    return asked === undefined || now >= asked.deadline ? 0 : asked.pulls;
  }
}
