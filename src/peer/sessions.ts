import type { PeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Envelope } from "./machine.ts";

/** The connections of a peer: whose each one is, which one speaks for a peer, and the sequence numbers of each. */
export class Sessions {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #current = new Map<PeerId, SessionId>();

  /** The peer at the other end; undefined before HELLO is settled. */
  peerOf(session: SessionId): PeerId | undefined {
    return this.#sessions.get(session)?.peer;
  }

  /** The connection on which a peer is spoken to; undefined without a link. */
  sessionOf(peer: PeerId): SessionId | undefined {
    return this.#current.get(peer);
  }

  /** A connection now speaks for a peer; an older one stays that peer's until it closes. */
  bind(session: SessionId, peer: PeerId): void {
    this.attribute(session, peer);
    this.#current.set(peer, session);
  }

  /** What comes on a connection is a peer's, though the peer is not spoken to on it. */
  attribute(session: SessionId, peer: PeerId): void {
    this.#get(session).peer = peer;
  }

  /** A peer is spoken to no more. */
  unbind(peer: PeerId): void {
    this.#current.delete(peer);
  }

  /** Forgets a connection that is gone. */
  drop(session: SessionId): void {
    const peer = this.peerOf(session);
    if (peer !== undefined && this.#current.get(peer) === session) this.#current.delete(peer);
    this.#sessions.delete(session);
  }

  /** HELLO has been sent on this connection: what follows is stamped. */
  introduced(session: SessionId): void {
    this.#get(session).introduced = true;
  }

  /** Whether HELLO has been sent on this connection. */
  isIntroduced(session: SessionId): boolean {
    return this.#sessions.get(session)?.introduced ?? false;
  }

  /** The envelope of the next message on a connection; null until our HELLO has gone out on it. */
  stamp(session: SessionId, tick: () => number): Envelope | null {
    const state = this.#get(session);
    if (!state.introduced) return null;
    state.sent += 1;
    return { lamport: tick(), sequence: state.sent };
  }

  /** Notes the sequence number of a message that came; how many are missing before it. */
  receive(session: SessionId, sequence: number): number {
    const state = this.#get(session);
    const missing = sequence - state.received - 1;
    state.received = sequence;
    return Math.max(0, missing);
  }

  #get(session: SessionId): Session {
    let state = this.#sessions.get(session);
    if (state === undefined) {
      state = { peer: undefined, introduced: false, sent: 0, received: 0 };
      this.#sessions.set(session, state);
    }
    return state;
  }
}

interface Session {
  peer: PeerId | undefined;
  introduced: boolean;
  sent: number;
  received: number;
}
