import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import type { GossipDialect, GossipMessage } from "../../src/wire/gossip-message.ts";
import { encodeTalk } from "../../src/wire/gossip-talk.ts";

/** Longest wait for something that must happen soon, ms. */
const SOON_MS = 15_000;

/** What was heard on a connection, of one kind. */
export type Heard<K extends GossipMessage["kind"]> = Extract<GossipMessage, { readonly kind: K }>;

/** One end of a connection on which the gossip dialect is spoken, message by message or byte by byte. */
export class GossipSocket {
  readonly socket: Socket;
  /** All messages so far. */
  readonly heard: GossipMessage[] = [];
  /** How the other side has ended it, once it has: in order or by a reset. */
  end: "end" | "reset" | undefined;
  /** Told of each message. */
  onMessage: (message: GossipMessage) => void = () => {};
  readonly #dialect: GossipDialect;
  readonly #watchers = new Set<() => void>();
  /** How many were heard of each kind: lists of thousands are not gone through for every chunk. */
  readonly #counts = new Map<GossipMessage["kind"], number>();

  constructor(socket: Socket, dialect: GossipDialect = "classic") {
    this.socket = socket;
    this.#dialect = dialect;
    const decoder = new GossipDecoder(dialect);
    socket.on("data", (chunk: Buffer) => {
      // What is said to all that one chunk brings leaves in one piece: a write for each keeps the other sockets waiting.
      socket.cork();
      for (const message of decoder.push(chunk)) {
        this.heard.push(message);
        this.#counts.set(message.kind, this.#countOf(message.kind) + 1);
        this.onMessage(message);
      }
      socket.uncork();
      this.#look();
    });
    socket.once("end", () => this.#over("end"));
    socket.once("error", () => this.#over("reset"));
  }

  /** Connects to a port of this machine. */
  static async to(port: number, host = "127.0.0.1"): Promise<GossipSocket> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, "connect");
    return new GossipSocket(socket);
  }

  /** A program of this machine, which subscribes a data type. */
  static async subscriber(port: number, dataType: number): Promise<GossipSocket> {
    const program = await GossipSocket.to(port);
    program.say({ kind: "notify", dataType });
    return program;
  }

  /** Says all of these in one piece. */
  say(...messages: readonly GossipMessage[]): void {
    this.socket.write(encodeTalk(messages, this.#dialect));
  }

  /** Finds valid whatever it is notified of. */
  validateAll(): this {
    this.onMessage = (message) => {
      if (message.kind === "notification") this.say({ kind: "validation", messageId: message.messageId, valid: true });
    };
    return this;
  }

  /** What was heard so far of one kind. */
  of<K extends GossipMessage["kind"]>(kind: K): readonly Heard<K>[] {
    return this.heard.filter((message): message is Heard<K> => message.kind === kind);
  }

  /** The data of all notifications so far, as text. */
  get told(): readonly string[] {
    return this.of("notification").map(({ data }) => Buffer.from(data).toString());
  }

  /** Settles when `fits` holds, which is looked at whenever something comes; rejects when it never does. */
  until(fits: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const look = (): void => {
        if (fits()) done(resolve);
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`no ${what} in time; ${this.heard.length} heard, ${this.end ?? "open"}`))),
        SOON_MS,
      );
      this.#watchers.add(look);
      look();
    });
  }

  /** Settles when so many messages of a kind have come. */
  async hear<K extends GossipMessage["kind"]>(kind: K, count: number): Promise<readonly Heard<K>[]> {
    await this.until(() => this.#countOf(kind) >= count, `${count} of ${kind}`);
    return this.of(kind);
  }

  /** Settles when the other side has ended the connection, and tells how. */
  async ended(): Promise<"end" | "reset"> {
    await this.until(() => this.end !== undefined, "end of the connection");
    return this.end ?? "end";
  }

  close(): void {
    this.socket.destroy();
  }

  #countOf(kind: GossipMessage["kind"]): number {
    return this.#counts.get(kind) ?? 0;
  }

  #over(end: "end" | "reset"): void {
    this.end ??= end;
    this.#look();
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
