import type { PeerId } from "../../core/peer-id.ts";

/** What membership holds of a peer, as far as it matters here. */
export type Status = "healthy" | "doubted" | "unhealthy" | "left";

interface Participant {
  /** Null as long as membership has said nothing. */
  status: Status | null;
  isLinked: boolean;
  /** Whether it has ever wanted anything. */
  hasAsked: boolean;
}

/**
 * The others whose consent an entry needs: members that have not left, whoever is linked, and whoever has asked. Of two peers
 * that know each other, in one direction at least, both are participants for each other as soon as they are linked.
 */
export class Participants {
  readonly #byPeer = new Map<PeerId, Participant>();
  #others: readonly PeerId[] | null = null;

  /** By ID. */
  get others(): readonly PeerId[] {
    this.#others ??= [...this.#byPeer]
      .filter(([, { status, isLinked, hasAsked }]) => status !== "left" && (status !== null || isLinked || hasAsked))
      .map(([peer]) => peer)
      .sort();
    return this.#others;
  }

  /** Whether membership holds a peer for unreachable. */
  isUnhealthy(peer: PeerId): boolean {
    return this.#byPeer.get(peer)?.status === "unhealthy";
  }

  /** Membership has something to say; whether others come or go by it. */
  member(peer: PeerId, status: Status): boolean {
    return this.#change(peer, (participant) => {
      participant.status = status;
      if (status === "left") participant.hasAsked = false;
    });
  }

  /** A link came up, or broke; whether others come or go by it. */
  link(peer: PeerId, up: boolean): boolean {
    return this.#change(peer, (participant) => {
      participant.isLinked = up;
      // It is back.
      if (up && participant.status === "left") participant.status = null;
    });
  }

  /** A peer wants something. */
  asked(peer: PeerId): boolean {
    return this.#change(peer, (participant) => {
      participant.hasAsked = true;
    });
  }

  /** The cluster was given up: only those that are linked remain. */
  forget(): void {
    for (const participant of this.#byPeer.values()) {
      participant.status = null;
      participant.hasAsked = false;
    }
    this.#tidy();
  }

  #change(peer: PeerId, change: (participant: Participant) => void): boolean {
    const before = this.others;
    const participant = this.#byPeer.get(peer) ?? { status: null, isLinked: false, hasAsked: false };
    this.#byPeer.set(peer, participant);
    change(participant);
    this.#tidy();
    return before.includes(peer) !== this.others.includes(peer);
  }

  #tidy(): void {
    this.#others = null;
    for (const [peer, { status, isLinked, hasAsked }] of this.#byPeer) {
      if (!isLinked && !hasAsked && (status === null || status === "left")) this.#byPeer.delete(peer);
    }
  }
}
