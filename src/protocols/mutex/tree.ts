import type { PeerId } from "../../core/peer-id.ts";

/**
 * Peers as a tree in the shape of a heap: by ID, each above those at twice its place. All that have the same peers have the
 * same tree, and no way in it is longer than twice the logarithm of their number.
 */
export class Tree {
  readonly peers: readonly PeerId[];
  readonly #self: number;

  /** @param peers by ID, `self` among them */
  constructor(peers: readonly PeerId[], self: PeerId) {
    this.peers = peers;
    this.#self = peers.indexOf(self);
  }

  /** Who is next to us on the way to the root; null for the root. */
  get parent(): PeerId | null {
    return this.#self <= 0 ? null : (this.peers[(this.#self - 1) >> 1] ?? null);
  }

  /** Who is next to us on the way to a peer; ourselves if that is us. */
  towards(peer: PeerId): PeerId {
    let place = this.peers.indexOf(peer);
    // Up from there, until we are met: else it is above us, or on another branch, and the way is up.
    for (let below = place; place > 0; below = place) {
      if (place === this.#self) return peer;
      place = (place - 1) >> 1;
      if (place === this.#self) return this.peers[below] ?? peer;
    }
    return this.parent ?? peer;
  }
}
