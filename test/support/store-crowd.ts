import { setTimeout as wait } from "node:timers/promises";
import { connectStore, type StoreClient } from "../../src/client/store-client.ts";
import { StoreError } from "../../src/client/store-error.ts";
import type { Address } from "../../src/core/address.ts";
import type { Random } from "../../src/core/random.ts";
import { type Answer, failed } from "../../src/core/request.ts";
import { type Call, HistoryRecorder, type StoreRequest } from "../../src/sim/linearizability/history.ts";
import { Workload } from "../../src/sim/linearizability/workload.ts";
import { RawConnection } from "./raw-connection.ts";

/** Files and keys: few, so that clients meet. */
const FILES = 4;
const KEYS = 4;

/** A request that has no outcome by then is given up. */
const TIMEOUT_MS = 5000;

/** Longest thought between an answer and the next request. */
const MAX_THOUGHT_MS = 20;

/** Whoever brings a request to the store: the answer; null where none came, so that nobody knows what became of it. */
type Ask = (request: StoreRequest) => Promise<Answer | null>;

/** Requests that clients of each kind have open at a time. */
export const OPEN_AT_A_TIME = { inSession: 2, raw: 1 };

/** Clients of one store that ask by chance, as fast as they think, and all that they asked and were answered. */
export class StoreCrowd {
  readonly #recorder = new HistoryRecorder();
  readonly #workload: Workload;
  readonly #random: Random;
  readonly #lives: Promise<void>[] = [];
  readonly #clients: StoreClient[] = [];
  #lastClient = 0;
  #isOver = false;

  constructor(random: Random) {
    this.#random = random;
    this.#workload = new Workload(random.fork(), { files: FILES, keys: KEYS });
  }

  /** All that was recorded. */
  history(): readonly Call[] {
    return this.#recorder.history();
  }

  /** One more client, which knows all peers and works in a session. */
  async addWithSession(addresses: readonly Address[]): Promise<void> {
    const client = await connectStore(addresses, { timeoutMs: TIMEOUT_MS });
    this.#clients.push(client);
    this.#lastClient += 1;
    for (let n = 0; n < OPEN_AT_A_TIME.inSession; n++) this.#lives.push(this.#live(this.#lastClient, askOf(client)));
  }

  /** One more client, which asks without a session, and goes to the next peer when its connection is lost. */
  addRaw(addresses: readonly Address[]): void {
    this.#lastClient += 1;
    this.#lives.push(this.#liveRaw(this.#lastClient, addresses));
  }

  /** Lets every client wait for its last answer, but for no longer than it always does; settles when all have. */
  async goHome(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lives);
    for (const client of this.#clients) client.close();
  }

  /** Looks at every file and every key through one peer, which must answer. */
  async readAll(address: Address): Promise<void> {
    const client = await connectStore([address]);
    const ask = askOf(client);
    this.#lastClient += 1;
    try {
      for (let n = 1; n <= FILES; n++) await this.#call(this.#lastClient, ask, { kind: "read", name: `f${n}` });
      for (let n = 1; n <= KEYS; n++) {
        const latest = { kind: "read-value", key: `k${n}`, version: null, time: null } as const;
        await this.#call(this.#lastClient, ask, latest);
      }
    } finally {
      client.close();
    }
  }

  async #live(client: number, ask: Ask): Promise<void> {
    while (!this.#isOver) {
      await this.#call(client, ask, this.#workload.next());
      await wait(this.#random.below(MAX_THOUGHT_MS));
    }
  }

  async #liveRaw(client: number, addresses: readonly Address[]): Promise<void> {
    for (let at = client; !this.#isOver; at++) {
      const address = addresses[at % addresses.length];
      if (address === undefined) return;
      const connection = new RawConnection(address, TIMEOUT_MS);
      await connection.opened;
      while (!connection.isOver && !this.#isOver) {
        await this.#call(client, (request) => connection.ask(request), this.#workload.next());
        await wait(this.#random.below(MAX_THOUGHT_MS));
      }
      connection.close();
      await wait(MAX_THOUGHT_MS);
    }
  }

  async #call(client: number, ask: Ask, request: StoreRequest): Promise<void> {
    const ticket = this.#recorder.called(client, request, performance.now());
    const answer = await ask(request);
    if (answer === null) return;
    this.#recorder.returned(ticket, answer, performance.now());
    this.#workload.answered(request, answer);
  }
}

/** What a client asks for in its session, where what failed is an answer like others. */
function askOf(client: StoreClient): Ask {
  return async (request) => {
    try {
      return await client.ask(request);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { code, message, definite } = error;
      const isOfClient = code === "unreachable" || code === "closed" || code === "not-understood";
      return failed(isOfClient ? "timed-out" : code, message, definite);
    }
  };
}
