import type { PeerId } from "../../core/peer-id.ts";
import { type Random, sample } from "../../core/random.ts";

/** How many times the degree grafts may make of the eager peers, at most. */
const MAX_GRAFTED = 2;

/**
 * Whom notices of one data type are pushed to at once: the eager peers. At first they are `degree` random ones that
 * subscribe it; whoever gets copies that it has already prunes us and whoever misses something grafts us, so that what is
 * left is a tree with hardly a copy too many (Leitao, Pereira, Rodrigues: "Epidemic Broadcast Trees", 2007, section 3).
 */
export class Overlay {
  readonly #degree: number;
  readonly #random: Random;
  readonly #candidates = new Set<PeerId>();
  readonly #eager = new Set<PeerId>();
  /** Whether the first eager peers have been drawn. */
  #isDrawn = false;

  constructor(degree: number, random: Random) {
    this.#degree = degree;
    this.#random = random;
  }

  /** The eager peers, for somebody who is about to push. */
  get eager(): ReadonlySet<PeerId> {
    if (!this.#isDrawn && this.#candidates.size > 0) {
      this.#isDrawn = true;
      for (const peer of sample(this.#random, [...this.#candidates], this.#degree)) this.#eager.add(peer);
    }
    return this.#eager;
  }

  /** All linked peers that subscribe the type. */
  get all(): ReadonlySet<PeerId> {
    return this.#candidates;
  }

  /** A linked peer subscribes the type. It is eager while there is room: the tree takes newcomers in. */
  join(peer: PeerId): void {
    this.#candidates.add(peer);
    if (this.#isDrawn && this.#eager.size < this.#degree) this.#eager.add(peer);
  }

  /** A peer is linked no more, or subscribes the type no more. Where a branch is lost, a random one takes its place. */
  leave(peer: PeerId): void {
    this.#candidates.delete(peer);
    if (this.#eager.delete(peer)) this.#grow();
  }

  /** What came from a peer was new, or one of the two misses what the other has: it is a branch; whether it is one now. */
  graft(peer: PeerId): boolean {
    if (this.#candidates.has(peer) && this.#eager.size < MAX_GRAFTED * this.#degree) this.#eager.add(peer);
    return this.#eager.has(peer);
  }

  /** A peer has what we pushed from elsewhere, or the other way about. */
  prune(peer: PeerId): void {
    // The last one stays: what is announced here must leave somehow.
    if (this.#eager.size > 1) this.#eager.delete(peer);
  }

  #grow(): void {
    const lazy = [...this.#candidates].filter((peer) => !this.#eager.has(peer));
    for (const peer of sample(this.#random, lazy, 1)) this.#eager.add(peer);
  }
}
