import type { PeerId } from "../../core/peer-id.ts";
import type { MutexMessage } from "./message.ts";
import type { Said } from "./way.ts";

/** How many places there are on a link; behind the last one they begin anew. */
const PLACES = 2 ** 32;

/** What goes to and fro on one link since it came up. */
interface Link {
  sent: number;
  heard: number;
  /** The Lamport time of the latest message that came. */
  time: number;
  /** Whether something was lost or overtaken: nothing is heard any more. */
  isDisordered: boolean;
  /** Whether it took the place of another link, and the other side may not have begun anew yet. */
  isReplaced: boolean;
}

/** What a message is on its link. */
export type Place = "next" | "disordered" | "ignored" | /** The first of one who begins anew. */ "anew";

const NOTHING_SAID: Link = { sent: 0, heard: 0, time: 0, isDisordered: false, isReplaced: false };

/**
 * The links to other peers, on each of which every message has its place. What is lost or overtaken shows as a place that is
 * not the next: nothing is heard from then on, until the link was down and has come up again.
 */
export class Links {
  readonly #byPeer = new Map<PeerId, Link>();

  /** A link stands, or is gone. */
  turn(peer: PeerId, up: boolean): void {
    if (up) this.#byPeer.set(peer, { ...NOTHING_SAID });
    else this.#byPeer.delete(peer);
  }

  /** Another connection took a link's place; false where none stands. */
  replace(peer: PeerId): boolean {
    if (!this.#byPeer.has(peer)) return false;
    this.#byPeer.set(peer, { ...NOTHING_SAID, isReplaced: true });
    return true;
  }

  /** What is said to a peer begins anew. */
  sayAnew(peer: PeerId): void {
    const link = this.#byPeer.get(peer);
    if (link !== undefined) link.sent = 0;
  }

  /** Whether the other side is still to begin anew. */
  isReplaced(peer: PeerId): boolean {
    return this.#byPeer.get(peer)?.isReplaced === true;
  }

  /** Those to whom a link stands. */
  get peers(): Iterable<PeerId> {
    return this.#byPeer.keys();
  }

  /** Whether a link to a peer stands. */
  stands(peer: PeerId): boolean {
    return this.#byPeer.has(peer);
  }

  /** The Lamport time of the latest message that counts; 0 before the first, and where nothing is heard. */
  heardTime(peer: PeerId): number {
    const link = this.#byPeer.get(peer);
    return link === undefined || link.isDisordered ? 0 : link.time;
  }

  /** Those of whom nothing has come since the link came up. */
  get silent(): readonly PeerId[] {
    return [...this.#byPeer].flatMap(([peer, { time, isDisordered }]) => (time === 0 && !isDisordered ? [peer] : []));
  }

  /** Whether nothing is heard on a link that stands. */
  isDisordered(peer: PeerId): boolean {
    return this.#byPeer.get(peer)?.isDisordered === true;
  }

  /** Hears nothing more on a link. */
  stopHearing(peer: PeerId): void {
    const link = this.#byPeer.get(peer);
    if (link !== undefined) link.isDisordered = true;
  }

  /** Gives a message its place; undefined where no link stands. */
  stamp(to: PeerId, said: Said, time: () => number): MutexMessage | undefined {
    const link = this.#byPeer.get(to);
    if (link === undefined) return undefined;
    link.sent = (link.sent + 1) % PLACES;
    return { ...said, sequence: link.sent, time: time() };
  }

  /** What a message is on its link; "disordered" when it is the first that is not the next. */
  accept(from: PeerId, { sequence, time, kind }: MutexMessage): Place {
    const link = this.#byPeer.get(from);
    if (link === undefined || link.isDisordered) return "ignored";
    const isBeginning = kind === "state" && sequence === 1;
    if (isBeginning) {
      const place = link.time === 0 ? "next" : "anew";
      link.heard = 1;
      link.time = Math.max(time, 1);
      link.isReplaced = false;
      return place;
    }
    // What was said before the other side heard that it is to begin anew.
    if (link.isReplaced) return "ignored";
    if (link.time === 0 || kind === "state" || sequence !== (link.heard + 1) % PLACES) {
      link.isDisordered = true;
      return "disordered";
    }
    link.heard = sequence;
    link.time = Math.max(link.time, time);
    return "next";
  }
}
