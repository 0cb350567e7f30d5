import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { Address } from "../../src/core/address.ts";
import { addressFrom } from "../wire/vectors.ts";
import { GossipSocket, type Heard } from "./gossip-socket.ts";

/** A node of another make, which speaks the revised gossip dialect: it tells whom it knows, and floods what it is sent. */
export class RevisedNode {
  /** The data of each SEND that visitors sent, in order, with the TTL that it came with. */
  readonly sends: { readonly text: string; readonly ttl: number }[] = [];
  /** Those who say that they are there: PUSH. */
  readonly pushed = new Set<Address>();
  pulls = 0;
  readonly #server: Server;
  readonly #known: Address[] = [];
  readonly #connections = new Set<GossipSocket>();
  readonly #neighbours: RevisedNode[] = [];
  readonly #seen = new Set<string>();
  readonly #watchers = new Set<() => void>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#take(new GossipSocket(socket, "revised")));
  }

  static async listen(): Promise<RevisedNode> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new RevisedNode(server);
  }

  get address(): Address {
    const bound = this.#server.address();
    return addressFrom("127.0.0.1", bound !== null && typeof bound === "object" ? bound.port : 0);
  }

  /** Connections that others have opened, and that stand. */
  get visitors(): number {
    return [...this.#connections].filter(({ end }) => end === undefined).length;
  }

  /** Both know each other and hand on to each other what they are sent. */
  befriend(other: RevisedNode): void {
    for (const [one, another] of [[this, other] as const, [other, this] as const]) {
      one.#known.push(another.address);
      one.#neighbours.push(another);
    }
  }

  /** Sends something of its own to all. */
  announce(dataType: number, text: string, ttl = 0): void {
    this.#flood({ kind: "announce", dataType, ttl, data: Buffer.from(text) });
  }

  /** Resets all connections that others have opened. */
  dropVisitors(): void {
    for (const { socket } of this.#connections) socket.resetAndDestroy();
  }

  /** Settles when this holds. */
  async until(fits: (node: RevisedNode) => boolean, what: string): Promise<void> {
    const limit = AbortSignal.timeout(15_000);
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!fits(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      limit.addEventListener("abort", () => reject(new Error(`no ${what} in time: ${JSON.stringify(this.sends)}`)));
      this.#watchers.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(connection: GossipSocket): void {
    this.#connections.add(connection);
    connection.socket.once("close", () => this.#connections.delete(connection));
    connection.onMessage = (message) => {
      if (message.kind === "pull") {
        this.pulls += 1;
        connection.say({ kind: "response", ids: this.#known });
      } else if (message.kind === "push") {
        this.pushed.add(message.address);
      } else if (message.kind === "send") {
        const { announce } = message;
        this.sends.push({ text: Buffer.from(announce.data).toString(), ttl: announce.ttl });
        this.#flood(announce, connection);
      }
      for (const watcher of this.#watchers) watcher();
    };
  }

  /** What is new goes to everybody else. */
  #flood(announce: Heard<"announce">, from?: GossipSocket): void {
    const text = Buffer.from(announce.data).toString();
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    for (const connection of this.#connections) if (connection !== from) connection.say({ kind: "send", announce });
    for (const neighbour of this.#neighbours) neighbour.#flood(announce);
  }
}
