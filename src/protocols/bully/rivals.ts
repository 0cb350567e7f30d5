import type { PeerId } from "../../core/peer-id.ts";

/** Who else claims to lead, besides the leader that this peer follows. */
export class Rivals {
  readonly #timeoutMs: number;
  readonly #heardAt = new Map<PeerId, number>();

  /**
   * @param timeoutMs a rival that is silent for so long is none
   */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** A rival was heard; whether it is new. */
  note(peer: PeerId, now: number): boolean {
    const isNew = !this.#heardAt.has(peer);
    this.#heardAt.set(peer, now);
    return isNew;
  }

  /** A peer is no rival any more; whether it was one. */
  delete(peer: PeerId): boolean {
    return this.#heardAt.delete(peer);
  }

  /** There are none any more. */
  clear(): void {
    this.#heardAt.clear();
  }

  /** Drops those that have fallen silent. */
  prune(now: number): void {
    for (const [peer, at] of this.#heardAt) if (now - at >= this.#timeoutMs) this.#heardAt.delete(peer);
  }

  /** Sorted. */
  view(): readonly PeerId[] {
    return [...this.#heardAt.keys()].sort();
  }
}
