import type { Address } from "../../core/address.ts";
import { mayLead } from "../../core/modes.ts";
import { type ClusterId, NO_CLUSTER, type PeerId } from "../../core/peer-id.ts";

/** Rounds for which the first of the smaller seekers is waited for; the next one twice as long, and so on. */
const PATIENCE = 4;

/** Rounds by which founding is put off because somebody has answered and is not linked yet. */
const MAX_POSTPONED = 2;

/** Answers without a link that are kept in mind, at most. */
const MAX_AWAITED = 64;

/** A peer at the other end of a link. */
interface Neighbour {
  readonly address: Address;
  cluster: ClusterId;
  /** Monotonic ms. */
  readonly since: number;
}

/**
 * Who is linked, and which of them are still seeking: whoever is the smallest of them founds. A smaller one may be gone
 * or may never found (it was told whom to join), so it is waited for only so long; the time grows with each one's place
 * among the smaller ones, so that no two give up waiting at the same time.
 */
export class Seekers {
  readonly #own: PeerId;
  readonly #founders: readonly Address[];
  readonly #linked = new Map<PeerId, Neighbour>();
  readonly #awaited = new Set<Address>();
  #postponed = 0;

  /** @param founders who may found, by address; where nobody is named, anybody */
  constructor(own: PeerId, founders: readonly Address[]) {
    this.#own = own;
    this.#founders = founders;
  }

  get linked(): ReadonlyMap<PeerId, Neighbour> {
    return this.#linked;
  }

  isLinkedAt(address: Address): boolean {
    for (const neighbour of this.#linked.values()) if (neighbour.address === address) return true;
    return false;
  }

  /** A link stands. */
  meet(peer: PeerId, address: Address, cluster: ClusterId, now: number): void {
    this.#linked.set(peer, { address, cluster, since: now });
    this.#awaited.delete(address);
  }

  /** A neighbour tells where it belongs. */
  hear(peer: PeerId, cluster: ClusterId): void {
    const neighbour = this.#linked.get(peer);
    if (neighbour !== undefined) neighbour.cluster = cluster;
  }

  lose(peer: PeerId): void {
    this.#linked.delete(peer);
  }

  /** Somebody answered there, so a link is to be expected. */
  expect(address: Address): void {
    if (this.#awaited.size < MAX_AWAITED && !this.isLinkedAt(address)) this.#awaited.add(address);
  }

  /** Whether it is for us to found now; `roundMs` is the time between two such questions. */
  isOurTurn(roundMs: number, now: number): boolean {
    if (this.#awaited.size > 0 && this.#postponed < MAX_POSTPONED) {
      this.#postponed += 1;
      this.#awaited.clear();
      return false;
    }
    const smaller = [...this.#linked].filter(
      ([peer, { address, cluster }]) => cluster === NO_CLUSTER && peer < this.#own && mayLead(address, this.#founders),
    );
    smaller.sort(([one], [other]) => (one < other ? -1 : 1));
    return smaller.every(([, { since }], place) => now >= since + (place + 1) * PATIENCE * roundMs);
  }
}
