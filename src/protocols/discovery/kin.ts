import { type ClusterId, NO_CLUSTER, type PeerId } from "../../core/peer-id.ts";

/**
 * Which linked peers belong to our cluster, and which of them it may take in. Peers that seek are linked to whoever they
 * find, so a founder hears of them before they have chosen; who takes one in has something to lose and yields no more.
 * Two founders of the same moment would each take in the same seekers and stay apart for ever.
 */
export class Kin {
  #cluster: ClusterId = NO_CLUSTER;
  readonly #belonging = new Set<PeerId>();
  readonly #admitted = new Set<PeerId>();
  /** Monotonic ms from which peers are admitted. */
  #admitsFrom = Number.NEGATIVE_INFINITY;

  /** When somebody who waits is admitted; Infinity if nobody waits. */
  get deadline(): number {
    return this.#admitted.size < this.#belonging.size ? this.#admitsFrom : Number.POSITIVE_INFINITY;
  }

  /** Nobody is admitted before `at`. */
  waitUntil(at: number): void {
    this.#admitsFrom = at;
  }

  /** Takes stock of who is linked and where each belongs; who is new among those that belong and that are admitted. */
  update(
    own: ClusterId,
    linked: ReadonlyMap<PeerId, { readonly cluster: ClusterId }>,
    mayWait: boolean,
    now: number,
  ): { readonly belonging: readonly PeerId[]; readonly admitted: readonly PeerId[] } {
    if (own !== this.#cluster) {
      this.#cluster = own;
      this.#belonging.clear();
      this.#admitted.clear();
    }
    const belongs = (peer: PeerId): boolean => own !== NO_CLUSTER && linked.get(peer)?.cluster === own;
    for (const kin of [this.#belonging, this.#admitted]) for (const peer of kin) if (!belongs(peer)) kin.delete(peer);
    const belonging = [...linked.keys()].filter((peer) => belongs(peer) && !this.#belonging.has(peer));
    for (const peer of belonging) this.#belonging.add(peer);
    if (!mayWait) this.#admitsFrom = Number.NEGATIVE_INFINITY;
    const admitted = now < this.#admitsFrom ? [] : [...this.#belonging].filter((peer) => !this.#admitted.has(peer));
    for (const peer of admitted) this.#admitted.add(peer);
    return { belonging, admitted };
  }
}
