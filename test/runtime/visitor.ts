import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Longest wait of a test for something that must happen soon, ms. */
const SOON_MS = 8000;

/** A TCP client that says what it likes and notes all that it hears. */
export class Visitor {
  readonly socket: Socket;
  /** Settles when the connection is gone, however it went. */
  readonly closed: Promise<void>;
  /** Settles when the other side says no more. */
  readonly ended: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #look: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.ended = new Promise((resolve) => socket.once("end", () => resolve()));
    // Being thrown out is what many of these tests are about.
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#look();
    });
    socket.once("close", () => this.#look());
  }

  /** Connects to a port of this machine. */
  static async to(port: number, host = "127.0.0.1"): Promise<Visitor> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, "connect");
    return new Visitor(socket);
  }

  /** All that was heard so far. */
  get received(): Buffer {
    return this.#received;
  }

  get text(): string {
    return this.#received.toString("latin1");
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Sends the bytes one at a time, with a pause between them. */
  async sendSlowly(bytes: Uint8Array, intervalMs: number): Promise<void> {
    for (const byte of bytes) {
      if (this.socket.destroyed) return;
      this.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  }

  /** Says no more, but goes on listening. */
  halfClose(): void {
    this.socket.end();
  }

  /** Resets the connection. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** What was heard, as soon as `fits` says that it is enough; rejects when the connection ends before. */
  hear(fits: (received: Buffer) => boolean, what: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const end = (act: () => void): void => {
        clearTimeout(timer);
        this.#look = () => {};
        act();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`no ${what} in time`))), SOON_MS);
      this.#look = () => {
        if (fits(this.#received)) end(() => resolve(this.#received));
        else if (this.socket.destroyed) end(() => reject(new Error(`closed before ${what}: ${this.text}`)));
      };
      this.#look();
    });
  }
}

/** Settles when `isSo` holds, which is looked at in every turn of the event loop; rejects when it never does. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${SOON_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
