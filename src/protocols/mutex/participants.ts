import type { PeerId } from "../../core/peer-id.ts";

/** What membership holds of a peer, as far as it matters here. */
export type Status = "healthy" | "doubted" | "unhealthy" | "left";

/**
 * The others whose consent an entry needs: all members, and whoever was ever linked, until it has left. So of two peers that
 * know each other, in one direction at least, both take part as soon as they are linked; and who was linked is not forgotten
 * with its link, as it may be inside by what it heard on that.
 */
export class Participants {
  /** Null where membership has said nothing yet. */
  readonly #byPeer = new Map<PeerId, Status | null>();
  #others: readonly PeerId[] | null = null;

  /** By ID. */
  get others(): readonly PeerId[] {
    this.#others ??= [...this.#byPeer.keys()].sort();
    return this.#others;
  }

  /** Whether membership holds a peer for unreachable. */
  isUnhealthy(peer: PeerId): boolean {
    return this.#byPeer.get(peer) === "unhealthy";
  }

  /** Membership has something to say; whether others come or go by it. */
  member(peer: PeerId, status: Status): boolean {
    if (status === "left") return this.#remove(peer);
    return this.#add(peer, status);
  }

  /** A link came up; whether others come by it. */
  linked(peer: PeerId): boolean {
    return !this.#byPeer.has(peer) && this.#add(peer, null);
  }

  /** Nobody is known any more but these. */
  keepOnly(peers: Iterable<PeerId>): void {
    this.#byPeer.clear();
    this.#others = null;
    for (const peer of peers) this.#byPeer.set(peer, null);
  }

  #add(peer: PeerId, status: Status | null): boolean {
    const isNew = !this.#byPeer.has(peer);
    this.#byPeer.set(peer, status);
    if (isNew) this.#others = null;
    return isNew;
  }

  #remove(peer: PeerId): boolean {
    this.#others = null;
    return this.#byPeer.delete(peer);
  }
}
