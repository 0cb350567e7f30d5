/** A connection on which something may have begun: a line, or a message in pieces. */
interface Beginner {
  /** Whether more of it may be heard. */
  readonly isListenedTo: boolean;
  /** Bytes set aside for what has begun; 0 where nothing has. */
  readonly held: { readonly begun: number };
}

/** The connections on which something has begun and not ended: each must end in time. */
export class Begun<C extends Beginner> {
  readonly #timeoutMs: number;
  readonly #tooLate: (connection: C) => void;
  /** Since when, monotonic ms; the oldest first. */
  readonly #since = new Map<C, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param tooLate is told of a connection on which what has begun has not ended in time; it forgets it */
  constructor(timeoutMs: number, tooLate: (connection: C) => void) {
    this.#timeoutMs = timeoutMs;
    this.#tooLate = tooLate;
  }

  /** What has come on a connection was looked at; `isAnother`: what had begun before has ended. */
  note(connection: C, isAnother: boolean): void {
    if (isAnother || connection.held.begun === 0) this.#since.delete(connection);
    if (connection.held.begun === 0 || this.#since.has(connection)) return;
    this.#since.set(connection, performance.now());
    this.#arm(this.#timeoutMs);
  }

  /** The connection with the most bytes; undefined where nothing has begun. */
  longest(): C | undefined {
    let longest: C | undefined;
    for (const connection of this.#since.keys()) {
      if (longest === undefined || connection.held.begun > longest.held.begun) longest = connection;
    }
    return longest;
  }

  /** A connection is gone. */
  forget(connection: C): void {
    this.#since.delete(connection);
  }

  /** No connection is too late any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#since.clear();
  }

  #arm(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // What has come while this process was busy is read first.
      setImmediate(() => this.#look());
    }, delayMs);
  }

  #look(): void {
    const now = performance.now();
    for (const [connection, since] of [...this.#since]) {
      if (now - since < this.#timeoutMs) return this.#arm(this.#timeoutMs - (now - since));
      this.#since.delete(connection);
      // Whoever is not read cannot end it: its time begins anew.
      if (connection.isListenedTo) this.#tooLate(connection);
      else this.#since.set(connection, now);
    }
    if (this.#since.size > 0) this.#arm(this.#timeoutMs);
  }
}
