import type { SessionId } from "../core/protocol.ts";

/** Something that leaves only when a save is on disk. */
interface Waiting {
  readonly token: number;
  /** The connection on which it leaves; null for none. */
  readonly session: SessionId | null;
  readonly release: () => void;
}

/** What a peer holds back until its disk has what that depends on, in the order in which it came. */
export class Held {
  #waiting: Waiting[] = [];
  /** The latest save that anything held for a connection waits for, perhaps past. */
  readonly #until = new Map<SessionId, number>();

  get size(): number {
    return this.#waiting.length;
  }

  /** Holds something back until the save with this token is on disk. */
  add(token: number, session: SessionId | null, release: () => void): void {
    this.#waiting.push({ token, session, release });
    if (session !== null) this.#until.set(session, Math.max(token, this.until(session)));
  }

  /** The latest save that anything held for a connection waits for, perhaps past; 0 if nothing ever was. */
  until(session: SessionId): number {
    return this.#until.get(session) ?? 0;
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
