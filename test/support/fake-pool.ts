import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Address, addressOf } from "../../src/core/address.ts";
import { CallerDoor, type CallerInput } from "../../src/runtime/caller-door.ts";
import { Counters } from "../../src/runtime/counters.ts";
import { SessionNumbers } from "../../src/runtime/session-numbers.ts";
import type { JobAnswer, JobRequest } from "../../src/wire/job-message.ts";

/** A request that came, and how to answer it: once, never or later. */
export interface FakeCall {
  readonly session: number;
  readonly requestId: number;
  readonly request: JobRequest;
  answer(answer: JobAnswer): void;
}

/** The door of a peer, behind which there is nobody but the test. */
export class FakePool {
  /** All that was asked of it. */
  readonly calls: FakeCall[] = [];
  /** The peer's sides of the connections, oldest first. */
  readonly sockets: Socket[] = [];
  readonly counters = new Counters();
  /** What it does with what is asked. */
  manner: (call: FakeCall) => void = () => {};
  readonly #server: Server = createServer({ allowHalfOpen: true });
  readonly #door: CallerDoor;

  private constructor() {
    const control = { carryOut: async () => ({ ok: false, text: "", undo: "" }), accepts: () => false };
    this.#door = new CallerDoor((input) => this.#take(input), this.counters, new SessionNumbers(), control);
    this.#server.on("connection", (socket: Socket) => {
      socket.on("error", () => {});
      this.sockets.push(socket);
      this.#door.accept(socket, Buffer.alloc(0));
    });
  }

  /** Listens; on a port of its own where none is named. */
  static async listen(port = 0): Promise<FakePool> {
    const pool = new FakePool();
    pool.#server.listen(port, "127.0.0.1");
    await once(pool.#server, "listening");
    return pool;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): Address {
    const address = addressOf("127.0.0.1", this.port);
    if (address === undefined) throw new Error("no address");
    return address;
  }

  /** Breaks all connections. */
  breakAll(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Ends as a process does that is killed. */
  async kill(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : Promise.resolve([]);
    this.#server.close();
    this.breakAll();
    await Promise.all([closed, this.#door.closeAll()]);
  }

  #take(input: CallerInput): void {
    if (input.kind !== "calls") return;
    for (const { requestId, request } of input.calls) {
      const answer = (said: JobAnswer): void => {
        this.#door.write(input.session, [{ requestId, answer: said }]);
        queueMicrotask(() => this.#door.flush());
      };
      const call = { session: input.session, requestId, request, answer };
      this.calls.push(call);
      this.manner(call);
    }
  }
}
