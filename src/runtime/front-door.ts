import { createServer, type Server, type Socket } from "node:net";
import { type Dialect, dialectOf } from "../wire/dialect.ts";
import type { Counters } from "./counters.ts";

/** A connection that has not said which dialect it speaks by then is closed. */
const SNIFF_TIMEOUT_MS = 5000;

/** Connections at a time, all dialects together; further ones are refused. */
const MAX_CONNECTIONS = 4096;

/** Connections at a time that have not said anything yet. */
const MAX_SILENT = 1024;

/** Who takes the connections of a dialect, with the bytes that each has already said. */
export type Doors = Partial<Readonly<Record<Dialect, (socket: Socket, first: Buffer) => void>>>;

/** The one TCP port: the first four bytes of a connection tell its dialect. */
export class FrontDoor {
  readonly #server: Server;
  readonly #counters: Counters;
  readonly #silent = new Set<Socket>();
  /** Connections that came before the doors were opened. */
  #early: Socket[] = [];
  #doors: Doors | undefined;

  private constructor(server: Server, counters: Counters) {
    this.#server = server;
    this.#counters = counters;
    server.on("connection", (socket) => (this.#doors === undefined ? this.#early.push(socket) : this.#sniff(socket)));
    server.on("drop", () => counters.add("connections.dropped"));
  }

  /** Binds; rejects with the system's error (EADDRINUSE, EACCES, ...). Connections wait until the doors open. */
  static async bind(host: string, port: number, counters: Counters): Promise<FrontDoor> {
    // Programs that half-close after their last request still get their answers.
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.maxConnections = MAX_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true, backlog: 1024 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    return new FrontDoor(server, counters);
  }

  /** The port that is listened on. */
  get port(): number {
    const bound = this.#server.address();
    return bound !== null && typeof bound === "object" ? bound.port : 0;
  }

  /** Hands connections on from now on; a dialect without a door is refused. */
  open(doors: Doors): void {
    this.#doors = doors;
    const early = this.#early;
    this.#early = [];
    for (const socket of early) this.#sniff(socket);
  }

  /** Listens no more, and drops connections that have not been handed on. */
  close(): void {
    this.#server.close();
    for (const socket of [...this.#silent, ...this.#early]) socket.destroy();
  }

  #sniff(socket: Socket): void {
    if (this.#silent.size >= MAX_SILENT) return this.#refuse(socket, "connections.too-many-silent");
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
      this.#handOn(socket, dialect, first);
    };
    const onEnd = (): void => {
      done();
      this.#refuse(socket, "connections.silent");
    };
    const timer = setTimeout(onEnd, SNIFF_TIMEOUT_MS);
    // Without a listener a reset of this connection would end the process.
    socket.on("error", () => this.#counters.add("connections.failed"));
    socket.on("data", onData).on("end", onEnd).on("close", done);
  }

  #handOn(socket: Socket, dialect: Dialect | "unknown", first: Buffer): void {
    const door = dialect === "unknown" ? undefined : this.#doors?.[dialect];
    if (door === undefined) this.#refuse(socket, `connections.refused-${dialect}`);
    else door(socket, first);
  }

  #refuse(socket: Socket, counter: string): void {
    this.#counters.add(counter);
    socket.destroy();
  }
}
