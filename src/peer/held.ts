import type { SessionId } from "../core/protocol.ts";
import type { Durability } from "./durability.ts";

/** Something that leaves only when a save is on disk. */
interface Waiting {
  readonly token: number;
  /** The connection on which it leaves; null for none. */
  readonly session: SessionId | null;
  readonly release: () => void;
}

/** Messages that wait for the disk; more are lost, as on a link that breaks. */
const MAX_HELD = 65_536;

/** What a peer holds back until its disk has what that depends on, in the order in which it came. */
export class Held {
  /** The save before which nothing leaves at all: what a life begins with. */
  notBefore = 0;
  readonly #durability: Durability;
  #waiting: Waiting[] = [];
  /** The latest save that anything held for a connection waits for, perhaps past. */
  readonly #until = new Map<SessionId, number>();
  #dropped = 0;

  constructor(durability: Durability) {
    this.#durability = durability;
  }

  /** Messages that were lost for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Releases something when the save with this token is on disk, at once where it is. */
  hold(token: number, session: SessionId | null, release: () => void): void {
    const until = Math.max(token, this.notBefore);
    if (this.#durability.isSaved(until)) return release();
    this.#waiting.push({ token: until, session, release });
    if (session !== null) this.#until.set(session, Math.max(until, this.#until.get(session) ?? 0));
  }

  /** As `hold`, for messages, of which there may be many. */
  holdOrDrop(token: number, session: SessionId, release: () => void): void {
    const mayLeave = this.#durability.isSaved(Math.max(token, this.notBefore));
    if (mayLeave || this.#waiting.length < MAX_HELD) this.hold(token, session, release);
    else this.#dropped += 1;
  }

  /** The latest save that anything held for a connection waits for; 0 if nothing is held. */
  heldFor(session: SessionId): number {
    const until = this.#until.get(session) ?? 0;
    return this.#durability.isSaved(until) ? 0 : until;
  }

  /** Everything up to this token is on disk. What is held once more by its release keeps its place. */
  release(upTo: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (each.token <= upTo) each.release();
      else this.#waiting.push(each);
    }
  }

  /** A connection is gone, and with it what was still to leave on it. */
  forget(session: SessionId): void {
    if (this.#until.delete(session)) this.#waiting = this.#waiting.filter((each) => each.session !== session);
  }
}
