import type { PeerId } from "../../core/peer-id.ts";

/** A link that is up. */
interface Link {
  /** The number of the latest message in each direction; null where any number may come first. */
  sent: number;
  received: number | null;
  /** A message was lost or overtaken: nothing more is taken from it. */
  isDisordered: boolean;
}

/**
 * The links to other peers, each a channel that keeps the order and loses nothing, as the paper wants them, or else
 * is found out: messages are numbered, and after a gap nothing more counts until the link has come up anew.
 */
export class Links {
  readonly #links = new Map<PeerId, Link>();

  /** Whether messages can be exchanged with a peer. */
  isUp(peer: PeerId): boolean {
    return this.#links.get(peer)?.isDisordered === false;
  }

  /** A link stands, with nothing said on it, or is gone. */
  changed(peer: PeerId, up: boolean): void {
    if (up) this.#links.set(peer, { sent: 0, received: 0, isDisordered: false });
    else this.#links.delete(peer);
  }

  /**
   * Another connection took a link's place, and what was said on the one before may be lost: we number anew, and do not
   * know how far the other side is.
   */
  replaced(peer: PeerId): void {
    if (this.#links.has(peer)) this.#links.set(peer, { sent: 0, received: null, isDisordered: false });
  }

  /** The other side numbers anew: its connection took the place of another. */
  begunAnew(peer: PeerId): void {
    const link = this.#links.get(peer);
    if (link !== undefined) link.received = 1;
  }

  /** The number of the next message to a peer, whose link is up. */
  next(peer: PeerId): number {
    const link = this.#links.get(peer);
    if (link === undefined) return 0;
    link.sent += 1;
    return link.sent;
  }

  /**
   * What to do with a message of this number: take it, pass it over, or pass it over and tell that the order is lost. One
   * that begins anew is taken when nothing goes on of what was said before.
   */
  judge(peer: PeerId, sequence: number): "take" | "anew" | "ignore" | "disordered" {
    const link = this.#links.get(peer);
    if (link === undefined || link.isDisordered) return "ignore";
    const { received } = link;
    if (sequence === 1 && received !== null && received > 0) return "anew";
    link.isDisordered = received !== null && sequence !== received + 1;
    link.received = sequence;
    return link.isDisordered ? "disordered" : "take";
  }
}
