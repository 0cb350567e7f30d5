import type { Socket } from "node:net";
import { type Address, addressOf } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Answer, Asked } from "../core/request.ts";
import { attend } from "./attend.ts";
import { Begun } from "./begun.ts";
import { ClientConnection, type Held } from "./client-connection.ts";
import { CLIENT_LIMITS, type ClientLimits } from "./client-limits.ts";
import type { Counters } from "./counters.ts";
import { endAll, endSoon } from "./end-soon.ts";
import type { SessionNumbers } from "./session-numbers.ts";

/** What happens on the connections of clients, as a peer is told. */
export type ClientInput =
  | { readonly kind: "client-up"; readonly session: SessionId; readonly address: Address }
  | { readonly kind: "client"; readonly asked: Asked }
  | { readonly kind: "session-down"; readonly session: SessionId; readonly reason: string };

/** Lines of one connection that are understood before it is the next one's turn. */
const SLICE_LINES = 8;

/**
 * The TCP connections of the client dialect, by session. What comes in one turn of the event loop is given together when it
 * has read its sockets, up to a limit, and no more than that is understood: the rest waits for the next turn, and all
 * connections take turns. All answers that one turn writes to a connection leave by one system call. Every request is owed
 * one answer, also where the client has ended its side.
 */
export class ClientDoor {
  readonly #give: (input: ClientInput) => void;
  readonly #counters: Counters;
  readonly #numbers: SessionNumbers;
  readonly #limits: ClientLimits;
  readonly #open = new Map<SessionId, ClientConnection>();
  readonly #unflushed = new Set<ClientConnection>();
  readonly #closing = new Set<Socket>();
  readonly #held: Held = { asked: 0, waiting: 0, begun: 0 };
  readonly #begun: Begun<ClientConnection>;
  /** Those on which something has come that may be looked at, in the order of their turns. */
  readonly #ready = new Set<ClientConnection>();
  /** Whether a turn is to come. */
  #isAwake = false;
  /** Whether all have asked as much as may be, and half of that has not been answered since. */
  #isFull = false;

  constructor(
    give: (input: ClientInput) => void,
    counters: Counters,
    numbers: SessionNumbers,
    limits: Partial<ClientLimits> = {},
  ) {
    this.#give = give;
    this.#counters = counters;
    this.#numbers = numbers;
    this.#limits = { ...CLIENT_LIMITS, ...limits };
    this.#begun = new Begun(this.#limits.lineTimeoutMs, (connection) => {
      this.#cut(connection, "client.unfinished", "a line that does not end");
    });
  }

  /** Takes over a connection, with the bytes that it has already said. */
  accept(socket: Socket, first: Buffer): void {
    const address = addressOf(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    if (address === undefined || this.#open.size >= this.#limits.maxConnections) {
      this.#counters.add("client.too-many");
      socket.resetAndDestroy();
      return;
    }
    const connection = this.#adopt(socket);
    this.#give({ kind: "client-up", session: connection.session, address });
    this.#receive(connection, first);
  }

  /** Queues answers, in the order of the requests; they leave with the next flush. */
  write(session: SessionId, answers: readonly Answer[]): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    connection.queue(answers);
    this.#unflushed.add(connection);
  }

  /** Lets what comes on a connection wait in the network, or reads on. */
  read(session: SessionId, on: boolean): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    connection.isWanted = on;
    this.#steer(connection);
  }

  /** Sends what is queued, by a system call for each connection. */
  flush(): void {
    const unflushed = [...this.#unflushed];
    this.#unflushed.clear();
    for (const connection of unflushed) this.#flush(connection);
    this.#weigh();
  }

  /** Closes in order once what was written has left, which takes as long as the client takes for it. */
  close(session: SessionId): void {
    const connection = this.#open.get(session);
    if (connection !== undefined) this.#dismiss(connection);
  }

  /** Ends every connection in order, and waits until they are gone, a second at most. */
  async closeAll(): Promise<void> {
    this.#begun.stop();
    await endAll([...this.#open.values()], this.#closing, (connection) => this.#dismiss(connection));
  }

  #adopt(socket: Socket): ClientConnection {
    const connection = new ClientConnection(this.#numbers.next(), socket, this.#limits, this.#held);
    this.#open.set(connection.session, connection);
    attend(socket, this.#limits.stallTimeoutMs, {
      onData: (chunk) => this.#receive(connection, chunk),
      onDrain: () => this.#onDrain(connection),
      onEnd: () => this.#onEnd(connection),
      onQuiet: () => this.#onQuiet(connection),
      onLost: (reason) => this.#lose(connection, reason),
    });
    return connection;
  }

  #receive(connection: ClientConnection, chunk: Buffer): void {
    if (!this.#isOpen(connection)) return;
    connection.push(chunk);
    this.#steer(connection);
  }

  /** The client says no more: all that it asked is still answered. */
  #onEnd(connection: ClientConnection): void {
    if (!this.#isOpen(connection)) return;
    connection.end();
    this.#steer(connection);
  }

  #onDrain(connection: ClientConnection): void {
    connection.moved();
    this.#flush(connection);
    this.#weigh();
  }

  /** Nothing has come and nothing has left for a while. */
  #onQuiet(connection: ClientConnection): void {
    if (connection.socket.writableLength > 0) this.#cut(connection, "client.too-slow", "takes nothing");
  }

  /** Has what has come looked at in the turn that is next, and reads more where there is room for it. */
  #steer(connection: ClientConnection): void {
    const isListenedTo = this.#isListenedTo(connection);
    if (isListenedTo && connection.hasNews) {
      this.#ready.add(connection);
      this.#wake();
    }
    if (isListenedTo && !connection.isAhead) connection.socket.resume();
    else connection.socket.pause();
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    // All sockets are read before anything is given, so that the peer can deal with all of it in one go.
    setImmediate(() => {
      this.#isAwake = false;
      this.#turn();
    });
  }

  /** Understands as many lines as may be in one turn, some of each connection after the other, and gives them. */
  #turn(): void {
    const budget = { lines: this.#limits.maxTurnLines, bytes: this.#limits.maxTurnBytes };
    const heard = new Map<ClientConnection, number>();
    // Whoever has more to say is put behind the others, where the loop finds it again.
    for (const connection of this.#ready) {
      if (budget.lines <= 0 || budget.bytes <= 0) break;
      this.#ready.delete(connection);
      const lines = this.#hear(connection, budget);
      heard.set(connection, (heard.get(connection) ?? 0) + lines);
      if (connection.hasNews && this.#isListenedTo(connection)) this.#ready.add(connection);
    }
    this.#giveHeard([...heard.keys()]);
    for (const [connection, lines] of heard) this.#settle(connection, lines > 0);
    this.#spareRoom();
    this.#weigh();
    if (this.#ready.size > 0) this.#wake();
  }

  /** Understands some lines of a connection; how many. */
  #hear(connection: ClientConnection, budget: { lines: number; bytes: number }): number {
    let lines = 0;
    while (lines < SLICE_LINES && budget.lines > 0 && budget.bytes > 0 && this.#isListenedTo(connection)) {
      const bytes = connection.hearLine();
      if (bytes === 0) break;
      lines += 1;
      budget.lines -= 1;
      budget.bytes -= bytes;
      this.#isFull ||= this.#held.asked >= this.#limits.maxAllAskedBytes;
    }
    return lines;
  }

  #giveHeard(connections: readonly ClientConnection[]): void {
    const asked = connections.flatMap((connection) => {
      const requests = connection.takeHeard();
      return requests.length > 0 ? [{ session: connection.session, requests }] : [];
    });
    const malformed = asked.flatMap(({ requests }) => requests.filter(({ kind }) => kind === "malformed"));
    if (malformed.length > 0) this.#counters.add("client.malformed", malformed.length);
    if (asked.length > 0) this.#give({ kind: "client", asked });
  }

  #settle(connection: ClientConnection, hasHeard: boolean): void {
    if (!this.#isOpen(connection)) return;
    this.#begun.note(connection, hasHeard);
    this.#steer(connection);
    this.#endIfOver(connection);
  }

  /** Does without the longest lines that have begun where all of them are too long. */
  #spareRoom(): void {
    while (this.#held.begun > this.#limits.maxAllBegunBytes) {
      const longest = this.#begun.longest();
      if (longest === undefined) return;
      this.#cut(longest, "client.unfinished", "the longest of too many lines that have begun");
    }
  }

  #flush(connection: ClientConnection): void {
    if (!this.#isOpen(connection)) return;
    connection.send();
    if (this.#hasTooMuch(connection) && connection.idleMs() > this.#limits.pressedTimeoutMs) {
      return this.#cut(connection, "client.too-slow", "takes its answers too slowly");
    }
    this.#steer(connection);
    this.#endIfOver(connection);
  }

  /** Hears everybody again when half of what all had asked is answered. */
  #weigh(): void {
    if (!this.#isFull || this.#held.asked > this.#limits.maxAllAskedBytes / 2) return;
    this.#isFull = false;
    for (const connection of this.#open.values()) this.#steer(connection);
  }

  /** Ends a connection of which nothing more comes, once its client has all answers. */
  #endIfOver(connection: ClientConnection): void {
    const { over, session, isDismissed } = connection;
    if (!this.#isOpen(connection) || !connection.isServed || (over === undefined && !isDismissed)) return;
    this.#release(connection);
    endSoon(connection.socket, this.#closing, this.#limits.closeTimeoutMs);
    if (!isDismissed && over !== undefined) this.#give({ kind: "session-down", session, reason: over });
  }

  /** Lets all that is queued leave as usual, and ends then. */
  #dismiss(connection: ClientConnection): void {
    connection.isDismissed = true;
    this.#flush(connection);
  }

  #cut(connection: ClientConnection, counter: string, reason: string): void {
    if (!this.#isOpen(connection)) return;
    this.#counters.add(counter);
    connection.socket.destroy();
    this.#lose(connection, reason);
  }

  /** The connection is gone; tells so once. */
  #lose(connection: ClientConnection, reason: string): void {
    if (!this.#isOpen(connection)) return;
    this.#release(connection);
    if (!connection.isDismissed) this.#give({ kind: "session-down", session: connection.session, reason });
  }

  /** Nothing comes from it or goes to it any more. */
  #release(connection: ClientConnection): void {
    connection.release();
    this.#begun.forget(connection);
    this.#unflushed.delete(connection);
    this.#ready.delete(connection);
    this.#open.delete(connection.session);
    this.#weigh();
  }

  #isListenedTo(connection: ClientConnection): boolean {
    return connection.isListenedTo && !this.#isFull && !this.#hasTooMuch(connection);
  }

  /** Whether too much waits for all, and more than its share of it for this one. */
  #hasTooMuch({ held }: ClientConnection): boolean {
    const { maxAllWaiting } = this.#limits;
    return this.#held.waiting >= maxAllWaiting && held.waiting > maxAllWaiting / this.#open.size;
  }

  #isOpen(connection: ClientConnection): boolean {
    return this.#open.get(connection.session) === connection;
  }
}
