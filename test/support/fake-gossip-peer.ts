import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { GossipDecoder } from "../../src/wire/gossip-decoder.ts";
import { encodeGossip, type GossipMessage } from "../../src/wire/gossip-message.ts";

/** What a fake peer does with what it hears. */
export type Manner = (message: GossipMessage, socket: Socket) => void;

/** Listens like a peer, takes down what programs say, and ends a connection when they have. */
export class FakeGossipPeer {
  /** What was said so far, as it is printed: the data is text. */
  readonly heard: string[] = [];
  /** Connections that programs ended in order. */
  ended = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();

  private constructor(server: Server, manner: Manner) {
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket, manner));
  }

  static async listen(manner: Manner = () => {}): Promise<FakeGossipPeer> {
    const server = createServer();
    const peer = new FakeGossipPeer(server, manner);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return peer;
  }

  get port(): string {
    return String((this.#server.address() as AddressInfo).port);
  }

  /** Settles when so much has been heard, and so many connections ended. */
  async until(fits: (peer: FakeGossipPeer) => boolean): Promise<void> {
    if (fits(this)) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!fits(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket, manner: Manner): void {
    this.#sockets.add(socket);
    const decoder = new GossipDecoder();
    socket.on("data", (chunk) => {
      for (const message of decoder.push(chunk as Buffer)) {
        this.heard.push(described(message));
        manner(message, socket);
      }
      this.#look();
    });
    socket.on("end", () => {
      this.ended += 1;
      this.#look();
    });
    // A program may end as rudely as it likes.
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** Tells a program of some data. */
export function notifyOf(socket: Socket, messageId: number, data: string | Uint8Array, dataType = 1337): void {
  socket.write(encodeGossip({ kind: "notification", messageId, dataType, data: Buffer.from(data) }));
}

function described(message: GossipMessage): string {
  switch (message.kind) {
    case "announce":
      return `announce ${message.dataType} ${message.ttl} ${Buffer.from(message.data).toString()}`;
    case "notify":
      return `notify ${message.dataType}`;
    case "validation":
      return `validation ${message.messageId} ${message.valid}`;
    default:
      return message.kind;
  }
}
