import { type Address, parseAddress } from "../core/address.ts";
import type { Answer, FileOperation } from "../core/request.ts";
import { Courier } from "./courier.ts";
import type { StoreRequest } from "./errand.ts";
import { type HeldLock, type LockOptions, takeLock } from "./lock.ts";
import { StoreError } from "./store-error.ts";

/** How a client asks, where it is not to be as usual. */
export interface StoreOptions {
  /** A request that has no outcome by then fails, ms; 10 s where nothing is said. */
  readonly timeoutMs?: number;
  /**
   * A peer that owes an answer and says nothing for so long, or for up to twice as long as chance has it, is taken for dead,
   * ms; 1 s where nothing is said.
   */
  readonly silenceMs?: number;
}

const TIMEOUT_MS = 10_000;
const SILENCE_MS = 1000;

/** Which version of a value is wanted; the latest where nothing is said. */
export interface WantedVersion {
  /** Its name: when it was written, in decimal. */
  readonly version?: string;
  /** The newest that is not after this Lamport time. */
  readonly time?: number;
}

/** A version of a value. */
export type StoredValue = NonNullable<Extract<Answer, { kind: "value" }>["found"]>;

/**
 * Connects to a replicated store.
 *
 * @param addresses of peers of one cluster, `127.0.0.1:7001` or `[::1]:7001`, as many as are known: the next takes over when
 *   one is gone
 * @throws StoreError where none of them leads to a peer
 */
export async function connectStore(addresses: readonly string[], options: StoreOptions = {}): Promise<StoreClient> {
  const { timeoutMs = TIMEOUT_MS, silenceMs = SILENCE_MS } = options;
  if (addresses.length === 0) throw new StoreError("unreachable", "there is no address of a peer", true);
  const places = addresses.map(readAddress);
  const client = new StoreClient(new Courier(places, { timeoutMs, silenceMs }), places);
  try {
    await client.ping();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * A client of a replicated store. Requests may be made without waiting for earlier ones; those that are under way together
 * may happen in any order. A change is applied once, however often it had to be sent. All methods reject with a StoreError, of
 * which `definite` says whether the change definitely did not happen.
 */
export class StoreClient {
  readonly #courier: Courier;
  readonly #addresses: readonly Address[];

  /** @param addresses where locks are asked for, one at least */
  constructor(courier: Courier, addresses: readonly Address[]) {
    this.#courier = courier;
    this.#addresses = addresses;
  }

  /** Makes an empty file; fails where there is one of that name. */
  async create(name: string): Promise<void> {
    await this.#display({ kind: "create", name });
  }

  /** Removes a file; fails where there is none of that name. */
  async delete(name: string): Promise<void> {
    await this.#display({ kind: "delete", name });
  }

  /** Puts text behind what a file holds; fails where there is none of that name. */
  async append(name: string, data: string): Promise<void> {
    await this.#display({ kind: "append", name, data });
  }

  /** What a file holds; fails where there is none of that name. */
  read(name: string): Promise<string> {
    return this.#display({ kind: "read", name });
  }

  /** The names of all files. */
  async list(): Promise<readonly string[]> {
    const names = await this.#display({ kind: "list" });
    return names === "" ? [] : names.split("\n");
  }

  /** Does all of these or, where one fails, none; what they have to tell, one behind the other. */
  atomic(operations: readonly FileOperation[]): Promise<string> {
    return this.#display({ kind: "atomic", operations });
  }

  /** Writes a version of a value, later than `time` and all that was written before; when that is, in Lamport time. */
  async write(key: string, value: string, time = 0): Promise<number> {
    const answer = await this.ask({ kind: "write", key, value, time });
    return answer.kind === "written-at" ? answer.time : refuse(answer);
  }

  /** A version of a value; null where there is none. */
  async readValue(key: string, { version, time }: WantedVersion = {}): Promise<StoredValue | null> {
    const answer = await this.ask({ kind: "read-value", key, version: version ?? null, time: time ?? null });
    return answer.kind === "value" ? answer.found : refuse(answer);
  }

  /** Waits for a lock, on a connection of its own, which is not closed with this client. */
  lock(name: string, options: LockOptions = {}): Promise<HeldLock> {
    return takeLock(this.#addresses, name, options);
  }

  /** Whether a peer is there; what it says. */
  async ping(): Promise<string> {
    const answer = await this.ask({ kind: "ping" });
    return answer.kind === "pong" ? answer.text : refuse(answer);
  }

  /** The answer to any request, as it comes. */
  ask(request: StoreRequest): Promise<Answer> {
    return this.#courier.ask(request);
  }

  /** Lets go of the connection, which keeps the process alive until then; what is not answered fails. */
  close(): void {
    this.#courier.close();
  }

  async #display(request: StoreRequest): Promise<string> {
    const answer = await this.ask(request);
    return answer.kind === "display" ? answer.text : refuse(answer);
  }
}

/** A peer has answered something else; what it did, if anything, nobody knows. */
function refuse({ kind }: Answer): never {
  throw new StoreError("not-understood", `the peer answers with ${kind}, which is no answer to the request`, false);
}

function readAddress(text: string): Address {
  const address = parseAddress(text);
  if (address !== undefined) return address;
  throw new StoreError("unreachable", `${text} is no address: it is an IP address and a port, as 127.0.0.1:7001`, true);
}
