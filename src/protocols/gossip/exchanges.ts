import type { PeerId } from "../../core/peer-id.ts";
import type { PeerGossip } from "../../wire/gossip-message.ts";
import type { Exchange } from "./message.ts";

/** Exchanges that the view shows. */
const MAX_EXCHANGES = 16;

/** The messages of each kind, and the latest ones, both ways. */
export class Exchanges {
  readonly #counts = { pull: 0, response: 0, push: 0 };
  #latest: readonly Exchange[] = [];

  /** Messages so far, sent and received. */
  get counts(): { readonly [K in PeerGossip["kind"]]: number } {
    return this.#counts;
  }

  /** With linked peers, newest last. */
  get latest(): readonly Exchange[] {
    return this.#latest;
  }

  /** Counts a message with somebody who is no linked peer. */
  count(kind: PeerGossip["kind"]): void {
    this.#counts[kind] += 1;
  }

  /** Remembers a message with a linked peer. */
  note(direction: Exchange["direction"], peer: PeerId, message: PeerGossip, now: number): Exchange {
    this.count(message.kind);
    const ids = message.kind === "pull" ? 0 : message.ids.length;
    const exchange: Exchange = { at: now, peer, direction, kind: message.kind, ids };
    this.#latest = [...this.#latest.slice(1 - MAX_EXCHANGES), exchange];
    return exchange;
  }
}
