import { connect, type Socket } from "node:net";
import { type Address, addressOf, hostOf, portOf } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import { MessageReceiver } from "../peer/frames.ts";
import type { PeerInput } from "../peer/machine.ts";
import type { Counters } from "./counters.ts";
import { allClosed, endSoon } from "./end-soon.ts";
import type { SessionNumbers } from "./session-numbers.ts";

/** Bytes that may wait for a slow receiver; more and the connection is closed. */
const MAX_SEND_QUEUE_BYTES = 8 * 1024 * 1024;

/** Bytes that may wait on all connections together: where there are many, each has less. */
const MAX_ALL_QUEUES_BYTES = 128 * 1024 * 1024;

/** Pieces of this size on average are handed over as they are: to copy them costs more than to keep them apart. */
const WORTH_NO_COPY_BYTES = 4096;

/** A connection that does not stand by then has failed. */
const DIAL_TIMEOUT_MS = 3000;

/** The TCP connections of peer links, by session: dials, writes in batches, closes, and reads frames as inputs. */
export class Connections {
  readonly #give: (input: PeerInput) => void;
  readonly #counters: Counters;
  readonly #open = new Map<SessionId, Connection>();
  readonly #closing = new Set<Socket>();
  readonly #unflushed = new Set<Connection>();
  readonly #numbers: SessionNumbers;

  constructor(give: (input: PeerInput) => void, counters: Counters, numbers: SessionNumbers) {
    this.#give = give;
    this.#counters = counters;
    this.#numbers = numbers;
  }

  /** Takes over a connection from the front door, with the bytes that it has already said. */
  accept(socket: Socket, first: Buffer): void {
    const address = addressOf(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const connection = this.#adopt(this.#numbers.next(), socket);
    this.#give({ kind: "session-up", session: connection.session, address });
    this.#receive(connection, first);
  }

  /** Opens a connection; a "session-up" or "session-down" input tells what became of it. */
  dial(session: SessionId, address: Address): void {
    const socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true, allowHalfOpen: true });
    const connection = this.#adopt(session, socket);
    socket.setTimeout(DIAL_TIMEOUT_MS, () => this.#end(connection, `no connection within ${DIAL_TIMEOUT_MS} ms`));
    socket.once("connect", () => {
      socket.setTimeout(0);
      this.#give({ kind: "session-up", session, address });
    });
  }

  /** Queues bytes; they leave with the next flush. */
  write(session: SessionId, bytes: Buffer): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    connection.queued.push(bytes);
    this.#unflushed.add(connection);
  }

  /** Sends what is queued, a system call for each connection. */
  flush(): void {
    for (const connection of this.#unflushed) this.#flush(connection);
    this.#unflushed.clear();
  }

  /** Closes once what was written has left. */
  close(session: SessionId): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    this.#open.delete(session);
    this.#unflushed.delete(connection);
    this.#flush(connection);
    endSoon(connection.socket, this.#closing);
  }

  /** Closes every connection and waits until they are gone, a second at most. */
  async closeAll(): Promise<void> {
    for (const session of [...this.#open.keys()]) this.close(session);
    await allClosed(this.#closing);
  }

  #adopt(session: SessionId, socket: Socket): Connection {
    const connection: Connection = { session, socket, receiver: new MessageReceiver(session), queued: [] };
    this.#open.set(session, connection);
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#receive(connection, chunk));
    socket.on("end", () => this.#end(connection, "closed by the other side"));
    socket.on("error", (error) => this.#end(connection, error.message));
    socket.on("close", () => this.#end(connection, "closed"));
    return connection;
  }

  #receive(connection: Connection, chunk: Buffer): void {
    if (!this.#open.has(connection.session)) return;
    for (const input of connection.receiver.push(chunk)) {
      this.#give(input);
      // What follows the message for which it was closed is nobody's.
      if (!this.#open.has(connection.session)) return;
    }
    const { failure } = connection.receiver;
    if (failure === undefined) return;
    this.#counters.add("frames.refused");
    this.#end(connection, failure);
  }

  #flush(connection: Connection): void {
    const { socket, queued } = connection;
    if (queued.length === 0) return;
    connection.queued = [];
    writeAll(socket, queued);
    const limit = Math.min(MAX_SEND_QUEUE_BYTES, Math.floor(MAX_ALL_QUEUES_BYTES / this.#open.size));
    if (socket.writableLength > limit) {
      this.#counters.add("connections.too-slow");
      socket.destroy();
      this.#end(connection, `send queue over ${limit} bytes`);
    }
  }

  /** The connection is of no more use; tells so once. */
  #end(connection: Connection, reason: string): void {
    const { session, socket } = connection;
    if (this.#open.get(session) !== connection) return;
    this.#open.delete(session);
    this.#unflushed.delete(connection);
    endSoon(socket, this.#closing);
    this.#give({ kind: "session-down", session, reason });
  }
}

/** Writes with one call of the system. */
function writeAll(socket: Socket, pieces: readonly Buffer[]): void {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (pieces.length > 1 && bytes < pieces.length * WORTH_NO_COPY_BYTES) {
    // In one piece: small ones that wait for a slow receiver would cost many times their bytes.
    socket.write(Buffer.concat(pieces, bytes));
    return;
  }
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}

interface Connection {
  readonly session: SessionId;
  readonly socket: Socket;
  readonly receiver: MessageReceiver;
  queued: Buffer[];
}
