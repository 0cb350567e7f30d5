import type { Socket } from "node:net";
import { type Address, addressOf } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Answer, Asked, Request } from "../core/request.ts";
import { lineOf } from "../wire/client-answer.ts";
import { MAX_REQUEST_LINE_BYTES, requestOf, TOO_LONG_LINE } from "../wire/client-line.ts";
import { LineSplitter } from "../wire/lines.ts";
import type { Counters } from "./counters.ts";
import { allClosed, endSoon } from "./end-soon.ts";
import type { SessionNumbers } from "./session-numbers.ts";

/** What happens on the connections of clients, as a peer is told. */
export type ClientInput =
  | { readonly kind: "client-up"; readonly session: SessionId; readonly address: Address }
  | { readonly kind: "client"; readonly asked: Asked }
  | { readonly kind: "session-down"; readonly session: SessionId; readonly reason: string };

/** What a client door puts up with. */
export interface ClientLimits {
  /** Connections at a time; further ones are refused. */
  readonly maxConnections: number;
  /** Answers that a connection may be owed; with as many it is not read until half of them have left. */
  readonly maxOwed: number;
  /** Bytes that a connection's socket is given at a time; other answers wait here, as values. */
  readonly maxAheadBytes: number;
  /** Characters that may wait here on all connections together; with more, one that has more than its share is destroyed. */
  readonly maxWaiting: number;
  /** Whoever takes nothing of its answers for so long is not there any more. */
  readonly stallTimeoutMs: number;
  /** What was written before an end has this long to leave, and the other side to end as well. */
  readonly closeTimeoutMs: number;
}

const LIMITS: ClientLimits = {
  maxConnections: 1024,
  maxOwed: 4096,
  maxAheadBytes: 256 * 1024,
  maxWaiting: 256 * 1024 * 1024,
  stallTimeoutMs: 30_000,
  closeTimeoutMs: 5000,
};

/** A connection on which nothing happens is asked whether its other end is there still. */
const KEEP_ALIVE_MS = 60_000;

interface Connection {
  readonly session: SessionId;
  readonly socket: Socket;
  readonly lines: LineSplitter;
  /** What was heard in this turn of the event loop. */
  heard: Request[];
  /** Requests that were heard and whose answers have not gone to the socket. */
  owed: number;
  /** Whether it is owed as much as may be, and has not been given half of that since. */
  isFull: boolean;
  /** Whether the peer wants to hear more. */
  isWanted: boolean;
  queued: Answer[];
  /** Characters of what is queued. */
  waiting: number;
  /** Whether the client says no more. */
  hasEnded: boolean;
  /** Why it is over as soon as all is answered; undefined while more may be heard. */
  over: string | undefined;
}

/**
 * The TCP connections of the client dialect, by session. All requests that come in one turn of the event loop are given
 * together when it has read its sockets; and all answers that one turn writes to a connection leave by one system call. Every
 * request is owed one answer, also where the client has ended its side.
 */
export class ClientDoor {
  readonly #give: (input: ClientInput) => void;
  readonly #counters: Counters;
  readonly #numbers: SessionNumbers;
  readonly #limits: ClientLimits;
  readonly #open = new Map<SessionId, Connection>();
  readonly #unflushed = new Set<Connection>();
  readonly #closing = new Set<Socket>();
  /** Those on which something was heard that is not yet given. */
  #heard: Connection[] = [];
  /** Characters of all that is queued. */
  #waiting = 0;

  constructor(
    give: (input: ClientInput) => void,
    counters: Counters,
    numbers: SessionNumbers,
    limits: Partial<ClientLimits> = {},
  ) {
    this.#give = give;
    this.#counters = counters;
    this.#numbers = numbers;
    this.#limits = { ...LIMITS, ...limits };
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
    for (const answer of answers) {
      connection.queued.push(answer);
      this.#wait(connection, sizeOf(answer));
    }
    this.#unflushed.add(connection);
  }

  /** Lets what comes on a connection wait in the network, or reads on. */
  read(session: SessionId, on: boolean): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    connection.isWanted = on;
    this.#hear(connection);
  }

  /** Sends what is queued, by a system call for each connection. */
  flush(): void {
    const unflushed = [...this.#unflushed];
    this.#unflushed.clear();
    for (const connection of unflushed) this.#flush(connection);
  }

  /** Closes in order once what was written has left. */
  close(session: SessionId): void {
    const connection = this.#open.get(session);
    if (connection !== undefined) this.#dismiss(connection, this.#limits.closeTimeoutMs);
  }

  /** Ends every connection in order, and waits until they are gone, a second at most. */
  async closeAll(): Promise<void> {
    for (const socket of [...this.#closing]) endSoon(socket, this.#closing);
    for (const connection of [...this.#open.values()]) this.#dismiss(connection);
    await allClosed(this.#closing);
  }

  #adopt(socket: Socket): Connection {
    const connection: Connection = {
      session: this.#numbers.next(),
      socket,
      lines: new LineSplitter(MAX_REQUEST_LINE_BYTES),
      heard: [],
      owed: 0,
      isFull: false,
      isWanted: true,
      queued: [],
      waiting: 0,
      hasEnded: false,
      over: undefined,
    };
    this.#open.set(connection.session, connection);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setTimeout(this.#limits.stallTimeoutMs, () => this.#onQuiet(connection));
    socket.on("data", (chunk: Buffer) => this.#receive(connection, chunk));
    socket.on("drain", () => this.#flush(connection));
    socket.on("end", () => this.#onEnd(connection));
    socket.on("error", (error) => this.#lose(connection, error.message));
    socket.on("close", () => this.#lose(connection, "closed"));
    return connection;
  }

  #receive(connection: Connection, chunk: Buffer): void {
    if (!this.#isOpen(connection)) return;
    connection.lines.push(chunk);
    this.#hear(connection);
  }

  /** The client says no more: what has begun is its last line, and all that it asked is still answered. */
  #onEnd(connection: Connection): void {
    if (!this.#isOpen(connection)) return;
    connection.hasEnded = true;
    connection.lines.end();
    this.#hear(connection);
    this.#endIfOver(connection);
  }

  /** Nothing has come and nothing has left for a while. */
  #onQuiet(connection: Connection): void {
    if (connection.socket.writableLength > 0) this.#cut(connection, "takes nothing");
  }

  /** Understands as many lines of what has come as may be, and reads more where that is not enough. */
  #hear(connection: Connection): void {
    while (isListenedTo(connection)) {
      const line = connection.lines.next();
      if (line !== undefined) this.#take(connection, line === "too-long" ? TOO_LONG_LINE : requestOf(line));
      else if (connection.hasEnded) connection.over = "closed by the program";
      else break;
    }
    if (isListenedTo(connection)) connection.socket.resume();
    else connection.socket.pause();
  }

  #take(connection: Connection, request: Request): void {
    if (request.kind === "malformed") this.#counters.add("client.malformed");
    // Where the next one begins may be far away.
    if (request === TOO_LONG_LINE) connection.over = "a line that is too long";
    // All sockets are read before anything is given, so that the peer can deal with all of it in one go.
    if (this.#heard.length === 0) setImmediate(() => this.#giveHeard());
    if (connection.heard.length === 0) this.#heard.push(connection);
    connection.heard.push(request);
    connection.owed += 1;
    connection.isFull = connection.owed >= this.#limits.maxOwed;
  }

  #giveHeard(): void {
    const connections = this.#heard;
    this.#heard = [];
    const asked = connections.flatMap((connection) => {
      const requests = connection.heard;
      connection.heard = [];
      return this.#isOpen(connection) ? [{ session: connection.session, requests }] : [];
    });
    if (asked.length > 0) this.#give({ kind: "client", asked });
  }

  #flush(connection: Connection): void {
    if (!this.#isOpen(connection)) return;
    while (connection.queued.length > 0 && connection.socket.writableLength < this.#limits.maxAheadBytes) {
      this.#send(connection);
    }
    const { maxOwed, maxWaiting } = this.#limits;
    if (this.#waiting > maxWaiting && connection.waiting > maxWaiting / this.#open.size) {
      return this.#cut(connection, "takes its answers too slowly");
    }
    if (connection.isFull && connection.owed <= maxOwed / 2) {
      connection.isFull = false;
      this.#hear(connection);
    }
    this.#endIfOver(connection);
  }

  /** Sends so many of the queued answers as a socket is given at a time. */
  #send(connection: Connection): void {
    const { queued } = connection;
    let lines = "";
    let sent = 0;
    let size = 0;
    for (const answer of queued) {
      if (lines.length >= this.#limits.maxAheadBytes) break;
      lines += lineOf(answer);
      size += sizeOf(answer);
      sent += 1;
    }
    connection.queued = sent === queued.length ? [] : queued.slice(sent);
    connection.owed -= sent;
    this.#wait(connection, -size);
    connection.socket.write(lines);
  }

  #wait(connection: Connection, size: number): void {
    connection.waiting += size;
    this.#waiting += size;
  }

  /** Ends a connection of which nothing more comes, once its client has all answers. */
  #endIfOver(connection: Connection): void {
    const { over, owed, session } = connection;
    if (over === undefined || owed > 0 || !this.#isOpen(connection)) return;
    this.#dismiss(connection, this.#limits.closeTimeoutMs);
    this.#give({ kind: "session-down", session, reason: over });
  }

  /** Lets all that is queued leave, and ends. */
  #dismiss(connection: Connection, closeTimeoutMs?: number): void {
    while (connection.queued.length > 0) this.#send(connection);
    this.#release(connection);
    endSoon(connection.socket, this.#closing, closeTimeoutMs);
  }

  #cut(connection: Connection, reason: string): void {
    if (!this.#isOpen(connection)) return;
    this.#counters.add("client.too-slow");
    connection.socket.destroy();
    this.#lose(connection, reason);
  }

  /** The connection is gone; tells so once. */
  #lose(connection: Connection, reason: string): void {
    if (!this.#isOpen(connection)) return;
    this.#release(connection);
    this.#give({ kind: "session-down", session: connection.session, reason });
  }

  /** Nothing comes from it or goes to it any more. */
  #release(connection: Connection): void {
    this.#wait(connection, -connection.waiting);
    this.#unflushed.delete(connection);
    this.#open.delete(connection.session);
  }

  #isOpen(connection: Connection): boolean {
    return this.#open.get(connection.session) === connection;
  }
}

function isListenedTo({ isWanted, isFull, over }: Connection): boolean {
  return isWanted && !isFull && over === undefined;
}

/** Characters of an answer that may be long. */
function sizeOf(answer: Answer): number {
  switch (answer.kind) {
    case "display":
      return answer.text.length;
    case "value":
      return answer.found?.value.length ?? 0;
    default:
      return 0;
  }
}
