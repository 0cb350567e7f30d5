import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { answering, bareNode, numberFrom } from "./bare.ts";
import type { Bench } from "./group.ts";

/** Bytes that answer a message: as many as a VALIDATION has. */
const ANSWER_BYTES = 8;

/** One process that writes to others by TCP, which answer each message: the least that telling all of them can cost. */
export class Fanout {
  readonly #sockets: readonly Socket[];
  readonly #message: Buffer;
  /** By socket, bytes of answers that have not come. */
  readonly #missing: number[];
  #answered: () => void = () => {};

  /** @param messageBytes bytes of each message */
  static async open(bench: Bench, receivers: number, messageBytes: number): Promise<Fanout> {
    const children = Array.from({ length: receivers }, () => bareNode(bench, answering(messageBytes, ANSWER_BYTES)));
    const sockets = await Promise.all(
      children.map(async (child) => {
        const socket = connect({ port: await numberFrom(child), host: "127.0.0.1", noDelay: true });
        bench.onEnd(() => void socket.destroy());
        await once(socket, "connect");
        return socket;
      }),
    );
    return new Fanout(sockets, Buffer.alloc(messageBytes, 1));
  }

  private constructor(sockets: readonly Socket[], message: Buffer) {
    this.#sockets = sockets;
    this.#message = message;
    this.#missing = sockets.map(() => 0);
    for (const [at, socket] of sockets.entries()) {
      socket.on("data", (chunk) => {
        this.#missing[at] = (this.#missing[at] ?? 0) - chunk.length;
        if (this.#missing.every((bytes) => bytes === 0)) this.#answered();
      });
    }
  }

  /** Sends so many messages to each receiver, in one write; milliseconds until all have answered all of them. */
  async send(count: number): Promise<number> {
    const bytes = count === 1 ? this.#message : Buffer.alloc(count * this.#message.length, this.#message);
    this.#missing.fill(count * ANSWER_BYTES);
    const answered = new Promise<number>((resolve) => {
      this.#answered = () => resolve(performance.now());
    });
    const sentAt = performance.now();
    for (const socket of this.#sockets) socket.write(bytes);
    return (await answered) - sentAt;
  }
}
