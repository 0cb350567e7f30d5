import { createServer, type Server, type Socket } from "node:net";
import { type Dialect, dialectOf } from "../wire/dialect.ts";
import type { Counters } from "./counters.ts";

/** What a front door puts up with. */
export interface FrontDoorLimits {
  /** A connection that has not said which dialect it speaks by then is closed. */
  readonly sniffTimeoutMs: number;
  /** Connections at a time, all dialects together; further ones are refused. */
  readonly maxConnections: number;
  /** Connections at a time that have not said anything yet; one more costs the oldest its place. */
  readonly maxSilent: number;
}

const LIMITS: FrontDoorLimits = { sniffTimeoutMs: 5000, maxConnections: 4096, maxSilent: 1024 };

/**
 * Who takes the connections of a dialect, with the bytes that each has already said. Each listens before it returns:
 * what comes while nobody listens is lost.
 */
export type Doors = Partial<Readonly<Record<Dialect, (socket: Socket, first: Buffer) => void>>>;

/** The one TCP port: the first four bytes of a connection tell its dialect. */
export class FrontDoor {
  readonly #server: Server;
  readonly #counters: Counters;
  readonly #limits: FrontDoorLimits;
  /** Connections that have not said what they speak, oldest first. */
  readonly #silent = new Set<Socket>();
  /** Connections that came before the doors were opened. */
  readonly #early = new Set<Socket>();
  /** Connections that came in here and are not gone, whoever has them. */
  #standing = 0;
  #doors: Doors | undefined;

  private constructor(server: Server, counters: Counters, limits: FrontDoorLimits) {
    this.#server = server;
    this.#counters = counters;
    this.#limits = limits;
    server.on("connection", (socket) => this.#receive(socket, this.#doors));
    // Such as too many open files: this connection is lost, the next may do better.
    server.on("error", () => counters.add("connections.failed"));
  }

  /** Binds; rejects with the system's error (EADDRINUSE, EACCES, ...). Connections wait until the doors open. */
  static async bind(
    host: string,
    port: number,
    counters: Counters,
    limits: Partial<FrontDoorLimits> = {},
  ): Promise<FrontDoor> {
    // Programs that half-close after their last request still get their answers.
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const all = { ...LIMITS, ...limits };
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true, backlog: 1024 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    return new FrontDoor(server, counters, all);
  }

  /** The port that is listened on. */
  get port(): number {
    const bound = this.#server.address();
    return bound !== null && typeof bound === "object" ? bound.port : 0;
  }

  /** Connections that have not been handed on. */
  get waiting(): number {
    return this.#silent.size + this.#early.size;
  }

  /** Hands connections on from now on; a dialect without a door is refused. */
  open(doors: Doors): void {
    this.#doors = doors;
    for (const socket of this.#early) this.#sniff(socket, doors);
    this.#early.clear();
  }

  /** Takes a connection that came in elsewhere, for these doors; it counts like those that came in here. */
  adopt(socket: Socket, doors: Doors): void {
    this.#receive(socket, doors);
  }

  /** Listens no more, and drops connections that have not been handed on. */
  close(): void {
    this.#server.close();
    for (const socket of [...this.#silent, ...this.#early]) socket.destroy();
  }

  #receive(socket: Socket, doors: Doors | undefined): void {
    // Without a listener a reset of this connection would end the process.
    socket.on("error", () => this.#counters.add("connections.failed"));
    if (this.#standing >= this.#limits.maxConnections) {
      this.#counters.add("connections.dropped");
      // Whoever is ended in order believes that all it said was taken; the server's own limit would do that.
      socket.resetAndDestroy();
      return;
    }
    this.#standing += 1;
    socket.once("close", () => {
      this.#standing -= 1;
    });
    if (doors !== undefined) return this.#sniff(socket, doors);
    this.#early.add(socket);
    socket.once("close", () => this.#early.delete(socket));
  }

  #sniff(socket: Socket, doors: Doors): void {
    if (this.#silent.size >= this.#limits.maxSilent) this.#dropOldest();
    this.#silent.add(socket);
    let first: Buffer = Buffer.alloc(0);
    const done = (): void => {
      clearTimeout(timer);
      this.#silent.delete(socket);
      socket.off("data", onData).off("end", onEnd).off("close", done);
    };
    const onData = (chunk: Buffer): void => {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      const dialect = dialectOf(first);
      if (dialect === "undecided") return;
      done();
      this.#handOn(socket, dialect, first, doors);
    };
    const onEnd = (): void => {
      done();
      this.#refuse(socket, "connections.silent");
    };
    const timer = setTimeout(onEnd, this.#limits.sniffTimeoutMs);
    socket.on("data", onData).on("end", onEnd).on("close", done);
  }

  /** A peer or a program speaks at once, so who has been silent longest is the least likely to be one. */
  #dropOldest(): void {
    const [oldest] = this.#silent;
    if (oldest === undefined) return;
    this.#silent.delete(oldest);
    this.#refuse(oldest, "connections.too-many-silent");
  }

  #handOn(socket: Socket, dialect: Dialect | "unknown", first: Buffer, doors: Doors): void {
    const door = dialect === "unknown" ? undefined : doors[dialect];
    if (door === undefined) this.#refuse(socket, `connections.refused-${dialect}`);
    else door(socket, first);
  }

  #refuse(socket: Socket, counter: string): void {
    this.#counters.add(counter);
    socket.destroy();
  }
}
