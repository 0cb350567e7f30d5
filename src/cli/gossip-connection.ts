import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Address, hostOf, portOf } from "../core/address.ts";
import { StartError } from "../runtime/start-error.ts";
import type { GossipApi } from "../wire/gossip-api.ts";
import { GossipDecoder } from "../wire/gossip-decoder.ts";
import type { GossipMessage } from "../wire/gossip-message.ts";
import { encodeTalk } from "../wire/gossip-talk.ts";

/** A peer that has not answered by then does not. */
const CONNECT_TIMEOUT_MS = 5000;

/** The connection of a program to a peer, in the API of the gossip dialect. */
export class GossipConnection {
  readonly #address: Address;
  readonly #socket: Socket;
  /** Who is told once that the connection is over. */
  readonly #watchers = new Set<() => void>();
  /** Why the connection is over; undefined while it stands. */
  #end: StartError | undefined;
  /** Whether the peer has ended it in order. */
  #isEnded = false;

  private constructor(address: Address, socket: Socket) {
    this.#address = address;
    this.#socket = socket;
    socket.once("end", () => {
      this.#isEnded = true;
      this.#over("the peer ended the connection");
    });
    socket.once("error", ({ message }) => this.#over(message));
    socket.once("close", () => this.#over("the connection is closed"));
  }

  /**
   * Connects to the peer at an address.
   *
   * @throws StartError when nobody listens there
   */
  static async open(address: Address): Promise<GossipConnection> {
    const socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true });
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    } catch (error) {
      socket.destroy();
      const reason = error instanceof Error && error.name !== "AbortError" ? error.message : "no answer";
      throw new StartError(`${address}: ${reason}. Is a peer running there?`);
    }
    return new GossipConnection(address, socket);
  }

  /**
   * Says all of these in one write; settles when there is room for more.
   *
   * @throws StartError when the connection is over
   */
  async say(messages: readonly GossipApi[]): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    if (this.#socket.write(encodeTalk(messages))) return;
    await new Promise<void>((resolve, reject) => {
      const drained = (): void => {
        unwatch();
        resolve();
      };
      const unwatch = this.watch((end) => {
        this.#socket.off("drain", drained);
        reject(end);
      });
      this.#socket.once("drain", drained);
    });
  }

  /**
   * What the peer says, all of a chunk at a time, until it ends the connection. Nothing is read while the last chunk is
   * worked on.
   *
   * @throws StartError when the connection breaks, or what comes is no message
   */
  async *heard(): AsyncGenerator<readonly GossipMessage[]> {
    const decoder = new GossipDecoder();
    try {
      // Who has heard enough may still have something to say.
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        yield decoder.push(chunk as Buffer);
        if (decoder.failure !== undefined) {
          throw new StartError(`${this.#address}: what comes is not the gossip dialect`);
        }
      }
    } catch (error) {
      throw this.#end ?? error;
    }
  }

  /** Tells, once, why the connection is over, now or later; the answer calls that off. */
  watch(tell: (end: StartError) => void): () => void {
    const end = this.#end;
    if (end !== undefined) {
      tell(end);
      return () => {};
    }
    const watcher = (): void => {
      if (this.#end !== undefined) tell(this.#end);
    };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Says that there is nothing more to say, and waits until the peer has taken all and ended the connection. What it says
   * meanwhile is thrown away.
   *
   * @throws StartError when it has ended it before, breaks it, or does not end it in time
   */
  async finish(timeoutMs: number): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    this.#socket.resume();
    this.#socket.end();
    const timer = setTimeout(
      () => this.#over(`the peer has not ended the connection within ${timeoutMs} ms`),
      timeoutMs,
    );
    await new Promise<void>((resolve, reject) => {
      this.watch((end) => (this.#isEnded ? resolve() : reject(end)));
    }).finally(() => {
      clearTimeout(timer);
      this.close();
    });
  }

  /** Lets go of the connection at once. */
  close(): void {
    this.#socket.destroy();
  }

  #over(reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = new StartError(`${this.#address}: ${reason}`);
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}
