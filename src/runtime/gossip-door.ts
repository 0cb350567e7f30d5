import { connect, type Socket } from "node:net";
import { type Address, addressOf, hostOf, isLoopback, portOf } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import type { PeerInput } from "../peer/machine.ts";
import { GossipDecoder } from "../wire/gossip-decoder.ts";
import { type GossipDialect, type GossipMessage, isGossipApi } from "../wire/gossip-message.ts";
import { encodeTalk } from "../wire/gossip-talk.ts";
import type { Counters } from "./counters.ts";
import { allClosed, endSoon } from "./end-soon.ts";
import type { SessionNumbers } from "./session-numbers.ts";

/** What a gossip door puts up with. */
export interface GossipLimits {
  /** Connections at a time that were accepted; further ones are refused. */
  readonly maxConnections: number;
  /** Bytes that may wait for a slow reader; more and its connection is destroyed. */
  readonly maxWaitingBytes: number;
  /** Bytes that may wait on all connections together: where there are many, each has less. */
  readonly maxAllWaitingBytes: number;
  /** A connection that was dialled and does not stand by then has failed. */
  readonly dialTimeoutMs: number;
  /** What was written before an end has this long to leave, and the other side to end as well. */
  readonly closeTimeoutMs: number;
}

const MIB = 1024 * 1024;

const LIMITS: GossipLimits = {
  maxConnections: 256,
  maxWaitingBytes: 16 * MIB,
  maxAllWaitingBytes: 256 * MIB,
  dialTimeoutMs: 3000,
  closeTimeoutMs: 5000,
};

/** A connection on which nothing happens is asked whether its other end is there still. */
const KEEP_ALIVE_MS = 60_000;

/** How the door speaks. */
export interface GossipManners {
  /** How peers of other makes number what they say. */
  readonly dialect: GossipDialect;
  /** Close a connection at a malformed message, and at one that may not be said on it. */
  readonly strict: boolean;
}

interface Connection {
  readonly session: SessionId;
  readonly socket: Socket;
  readonly decoder: GossipDecoder;
  /** Whether programs may speak on it, or only peers of other makes. */
  readonly takesApi: boolean;
  readonly wasDialled: boolean;
  /** Whether the last thing that was said on it was announced. */
  isAnnouncing: boolean;
  /** Malformed messages that were counted. */
  discarded: number;
  queued: GossipMessage[];
}

/**
 * The TCP connections of the gossip dialect, by session: of local programs, and of peers of other makes. All that one
 * chunk holds becomes one input, and all that a turn of the event loop writes leaves in one piece.
 */
export class GossipDoor {
  readonly #give: (input: PeerInput) => void;
  readonly #counters: Counters;
  readonly #numbers: SessionNumbers;
  readonly #manners: GossipManners;
  readonly #limits: GossipLimits;
  readonly #open = new Map<SessionId, Connection>();
  readonly #unflushed = new Set<Connection>();
  readonly #closing = new Set<Socket>();
  #accepted = 0;

  constructor(
    give: (input: PeerInput) => void,
    counters: Counters,
    numbers: SessionNumbers,
    manners: GossipManners,
    limits: Partial<GossipLimits> = {},
  ) {
    this.#give = give;
    this.#counters = counters;
    this.#numbers = numbers;
    this.#manners = manners;
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Takes over a connection, with the bytes that it has already said.
   *
   * @param isApiDoor it came in where whoever comes may use the API; else only those on this machine may
   */
  accept(socket: Socket, first: Buffer, isApiDoor: boolean): void {
    const address = addressOf(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    if (address === undefined || this.#accepted >= this.#limits.maxConnections) {
      this.#counters.add("gossip.too-many");
      socket.resetAndDestroy();
      return;
    }
    const connection = this.#adopt(this.#numbers.next(), socket, isApiDoor || isLoopback(address), false);
    this.#give({ kind: "program-up", session: connection.session, address });
    this.#receive(connection, first);
  }

  /** Opens a connection; a "program-up" or "session-down" input tells what became of it. */
  dial(session: SessionId, address: Address): void {
    const { dialTimeoutMs } = this.#limits;
    const socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true, allowHalfOpen: true });
    const connection = this.#adopt(session, socket, true, true);
    socket.setTimeout(dialTimeoutMs, () => this.#lose(connection, `no connection within ${dialTimeoutMs} ms`));
    socket.once("connect", () => {
      socket.setTimeout(0);
      this.#give({ kind: "program-up", session, address });
    });
  }

  /** Queues messages; they leave with the next flush. */
  write(session: SessionId, said: readonly GossipMessage[]): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    for (const message of said) connection.queued.push(message);
    this.#unflushed.add(connection);
  }

  /** Lets what comes on a connection wait in the network, or reads on. */
  read(session: SessionId, on: boolean): void {
    const socket = this.#open.get(session)?.socket;
    if (on) socket?.resume();
    else socket?.pause();
  }

  /** Sends what is queued, a system call for each connection. */
  flush(): void {
    for (const connection of this.#unflushed) this.#flush(connection);
    this.#unflushed.clear();
  }

  /**
   * Closes once what was written has left: one that was accepted by a reset, as the peer refuses what was said on it or
   * crashes; one that was dialled, which has done its work, in order.
   */
  close(session: SessionId): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    this.#flush(connection);
    if (!this.#release(connection)) return;
    if (connection.wasDialled) endSoon(connection.socket, this.#closing, this.#limits.closeTimeoutMs);
    else this.#resetSoon(connection.socket);
  }

  /**
   * Ends every connection, and waits until they are gone, a second at most: in order, but for those of programs that announce
   * and have not ended, for more of it may be under way, which nobody takes any more.
   */
  async closeAll(): Promise<void> {
    for (const socket of [...this.#closing]) endSoon(socket, this.#closing);
    for (const connection of [...this.#open.values()]) {
      this.#flush(connection);
      if (!this.#release(connection)) continue;
      if (connection.isAnnouncing) connection.socket.resetAndDestroy();
      else endSoon(connection.socket, this.#closing);
    }
    await allClosed(this.#closing);
  }

  #adopt(session: SessionId, socket: Socket, takesApi: boolean, wasDialled: boolean): Connection {
    const decoder = new GossipDecoder(this.#manners.dialect);
    const connection: Connection = {
      session,
      socket,
      decoder,
      takesApi,
      wasDialled,
      isAnnouncing: false,
      discarded: 0,
      queued: [],
    };
    this.#open.set(session, connection);
    if (!wasDialled) this.#accepted += 1;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("data", (chunk) => this.#receive(connection, chunk));
    socket.on("end", () => this.#lose(connection, "closed by the program"));
    socket.on("error", (error) => this.#lose(connection, error.message));
    socket.on("close", () => this.#lose(connection, "closed"));
    return connection;
  }

  #receive(connection: Connection, chunk: Buffer): void {
    const { session, decoder } = connection;
    if (this.#open.get(session) !== connection) return;
    const messages = decoder.push(chunk);
    const malformed = decoder.discarded - connection.discarded;
    connection.discarded = decoder.discarded;
    if (malformed > 0) this.#counters.add("gossip.malformed", malformed);
    const said = connection.takesApi ? messages : messages.filter((message) => !isGossipApi(message));
    const unwelcome = messages.length - said.length;
    if (unwelcome > 0) this.#counters.add("gossip.api-from-afar", unwelcome);
    if (said.length > 0) {
      connection.isAnnouncing = said.at(-1)?.kind === "announce";
      this.#give({ kind: "program", session, said });
    }
    if (decoder.failure !== undefined) {
      this.#counters.add("gossip.malformed");
      this.#refuse(connection, "a message whose size is less than its header");
    } else if (this.#manners.strict && malformed > 0) this.#refuse(connection, "a malformed message");
    else if (this.#manners.strict && unwelcome > 0) this.#refuse(connection, "a program on another machine");
  }

  #flush(connection: Connection): void {
    const { session, socket, queued } = connection;
    if (queued.length === 0 || this.#open.get(session) !== connection) return;
    connection.queued = [];
    socket.write(encodeTalk(queued, this.#manners.dialect));
    const { maxWaitingBytes, maxAllWaitingBytes } = this.#limits;
    const limit = Math.min(maxWaitingBytes, Math.floor(maxAllWaitingBytes / this.#open.size));
    if (socket.writableLength <= limit) return;
    this.#counters.add("gossip.too-slow");
    socket.destroy();
    this.#lose(connection, `more than ${limit} bytes wait for it`);
  }

  /** The transport itself refuses what came. */
  #refuse(connection: Connection, reason: string): void {
    this.#flush(connection);
    if (!this.#release(connection)) return;
    this.#resetSoon(connection.socket);
    this.#give({ kind: "session-down", session: connection.session, reason });
  }

  /** The other side has ended, or the connection broke; tells so once. What was written may still leave. */
  #lose(connection: Connection, reason: string): void {
    this.#flush(connection);
    if (!this.#release(connection)) return;
    endSoon(connection.socket, this.#closing, this.#limits.closeTimeoutMs);
    this.#give({ kind: "session-down", session: connection.session, reason });
  }

  /** Nothing comes from it or goes to it any more; whether that is new. */
  #release(connection: Connection): boolean {
    const { session } = connection;
    if (this.#open.get(session) !== connection) return false;
    this.#open.delete(session);
    this.#unflushed.delete(connection);
    if (!connection.wasDialled) this.#accepted -= 1;
    return true;
  }

  /** Resets once what was written has left, but does not wait long for that. */
  #resetSoon(socket: Socket): void {
    if (socket.destroyed) return;
    const { closeTimeoutMs } = this.#limits;
    this.#closing.add(socket);
    const timer = setTimeout(() => socket.resetAndDestroy(), closeTimeoutMs);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#closing.delete(socket);
    });
    socket.resume();
    // An empty write is done when all before it are.
    if (socket.writableLength === 0) socket.resetAndDestroy();
    else socket.write("", () => socket.resetAndDestroy());
  }
}
