import type { ClientConnection } from "./client-connection.ts";

/** The connections on which a line has begun and not ended: each must end in time. */
export class BegunLines {
  readonly #timeoutMs: number;
  readonly #tooLate: (connection: ClientConnection) => void;
  /** Since when, monotonic ms; the oldest first. */
  readonly #since = new Map<ClientConnection, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param tooLate is told of a connection whose line has not ended in time; it forgets it */
  constructor(timeoutMs: number, tooLate: (connection: ClientConnection) => void) {
    this.#timeoutMs = timeoutMs;
    this.#tooLate = tooLate;
  }

  /** What has come on a connection was looked at; `isAnother`: a line that had begun before has ended. */
  note(connection: ClientConnection, isAnother: boolean): void {
    if (isAnother || connection.held.begun === 0) this.#since.delete(connection);
    if (connection.held.begun === 0 || this.#since.has(connection)) return;
    this.#since.set(connection, performance.now());
    this.#arm(this.#timeoutMs);
  }

  /** The connection with the longest line; undefined where none has begun. */
  longest(): ClientConnection | undefined {
    let longest: ClientConnection | undefined;
    for (const connection of this.#since.keys()) {
      if (longest === undefined || connection.held.begun > longest.held.begun) longest = connection;
    }
    return longest;
  }

  /** A connection is gone. */
  forget(connection: ClientConnection): void {
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
      // Whoever is not read cannot end its line: its time begins anew.
      if (connection.isListenedTo) this.#tooLate(connection);
      else this.#since.set(connection, now);
    }
    if (this.#since.size > 0) this.#arm(this.#timeoutMs);
  }
}
