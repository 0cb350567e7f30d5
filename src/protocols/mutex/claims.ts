import { MAX_LOCKS } from "../../core/lock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { LockView } from "./message.ts";
import type { Want } from "./way.ts";

/** Somebody's request: since when, and whether it is known to be inside. */
export interface Claim {
  readonly timestamp: number;
  readonly holds: boolean;
}

/** Whether one request is before another: by timestamp, then by the peers' IDs (Lamport 1978, the order "=>"). */
export function isBefore(one: number, peer: PeerId, other: number, otherPeer: PeerId): boolean {
  return one < other || (one === other && peer < otherPeer);
}

/** What others have said to want or to hold. */
export class Claims {
  readonly #byPeer = new Map<PeerId, Map<string, Claim>>();

  /** The claim of a peer to a lock. */
  of(peer: PeerId, name: string): Claim | undefined {
    return this.#byPeer.get(peer)?.get(name);
  }

  /** Takes a claim in the place of the one before; not if the peer claims more than one may: then false. */
  set(peer: PeerId, name: string, claim: Claim): boolean {
    const claims = this.#byPeer.get(peer) ?? new Map<string, Claim>();
    if (claims.size >= MAX_LOCKS && !claims.has(name)) return false;
    this.#byPeer.set(peer, claims.set(name, claim));
    return true;
  }

  /** A claim is over. */
  delete(peer: PeerId, name: string): void {
    this.#byPeer.get(peer)?.delete(name);
  }

  /** All that a peer claims is this. */
  replace(peer: PeerId, wants: readonly Want[]): void {
    this.#byPeer.set(peer, new Map(wants.map(({ name, timestamp, holds }) => [name, { timestamp, holds }])));
  }

  /** Nobody else claims anything. */
  keepOnly(peers: readonly PeerId[]): void {
    const kept = new Set(peers);
    for (const peer of this.#byPeer.keys()) if (!kept.has(peer)) this.#byPeer.delete(peer);
  }

  /** The peers that claim a lock. */
  claimants(name: string): readonly PeerId[] {
    return [...this.#byPeer].flatMap(([peer, claims]) => (claims.has(name) ? [peer] : []));
  }

  /** All locks that somebody claims; names may come twice. */
  *names(): Iterable<string> {
    for (const claims of this.#byPeer.values()) yield* claims.keys();
  }

  /** Those who claim a lock, ourselves included where we do, in the order of their timestamps. */
  queue(name: string, self: PeerId, own: Claim | undefined): LockView["queue"] {
    const queue = this.claimants(name).map((peer) => ({ peer, timestamp: this.of(peer, name)?.timestamp ?? 0 }));
    if (own !== undefined) queue.push({ peer: self, timestamp: own.timestamp });
    return queue.sort((one, other) => (isBefore(one.timestamp, one.peer, other.timestamp, other.peer) ? -1 : 1));
  }
}
