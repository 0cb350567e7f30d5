import type { PeerId } from "../core/peer-id.ts";
import { Hearing } from "./hearing.ts";
import type { ProtocolEvent } from "./peer-event.ts";
import { Sessions } from "./sessions.ts";

/** What a peer as a whole keeps of the others, as its protocols tell of them. */
export class Acquaintances {
  /** Whose each connection is. */
  readonly sessions = new Sessions();
  /** When each was last heard. */
  readonly hearing = new Hearing();
  /** Linked peers of our cluster, and those of them that it may take in. */
  readonly #belonging = new Set<PeerId>();
  readonly #admitted = new Set<PeerId>();

  /** Whether a link to it stands. */
  isLinked(peer: PeerId): boolean {
    return this.sessions.sessionOf(peer) !== undefined;
  }

  /** Whether it is linked and of our cluster. */
  belongs(peer: PeerId): boolean {
    return this.#belonging.has(peer);
  }

  /** Whether the cluster may take it in. */
  isAdmitted(peer: PeerId): boolean {
    return this.#admitted.has(peer);
  }

  /** Takes note of an event. */
  note(event: ProtocolEvent, now: number): void {
    switch (event.kind) {
      case "link-established":
        this.sessions.bind(event.session, event.peer);
        return this.hearing.hear(event.peer, now, null);
      case "link-replaced":
        return this.sessions.bind(event.session, event.peer);
      case "link-duplicated":
        return this.sessions.attribute(event.session, event.peer);
      case "link-lost":
        this.sessions.unbind(event.peer);
        this.#belonging.delete(event.peer);
        this.#admitted.delete(event.peer);
        return;
      case "peer-belongs":
        this.#belonging.add(event.peer);
        return;
      case "peer-admitted":
        this.#admitted.add(event.peer);
        return;
      case "cluster-yielded":
        this.#belonging.clear();
        return this.#admitted.clear();
      case "probe-answered":
        return this.hearing.hear(event.peer, now, null);
      case "member-forgotten":
        return this.hearing.forget(event.peer);
    }
  }
}
