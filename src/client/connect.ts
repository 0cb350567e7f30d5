/**
 * What programs import: `import { connect } from "p2p-node"`. A client of the pool of workers, and what is needed to make and to
 * read boards.
 */
import { randomBytes } from "node:crypto";
import { type Address, parseAddress } from "../core/address.ts";
import type { PeerId } from "../core/peer-id.ts";
import { programHello } from "../protocols/link/program-hello.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Pool } from "./pool.ts";
import { PoolError } from "./pool-error.ts";

export { type Band, blankBand, countAlive, flip, isAlive, type Topology } from "../core/board.ts";
export type { JobId, JobState } from "../core/job.ts";
export type { NewJob, Pool, Screenshot, Slice, Sliced } from "./pool.ts";
export { PoolError, type PoolErrorCode } from "./pool-error.ts";
export type { Standing } from "./standing.ts";

/** How a client asks, where it is not to be as usual. */
export interface ConnectOptions {
  /** A request that has no outcome by then fails, ms; 10 s where nothing is said. */
  readonly timeoutMs?: number;
  /** Closes the client when it is aborted, while it connects and later. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/**
 * Connects to a pool, by its virtual address or by that of any of its peers, which says who is in office.
 *
 * @param address `127.0.0.1:7001` or `[::1]:7001`
 * @throws PoolError where nobody answers there in time
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Pool> {
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  const place = parseAddress(address);
  if (place === undefined) {
    const hint = "it is an IP address and a port, as 127.0.0.1:7001";
    throw new PoolError("unreachable", `${address} is no address: ${hint}`, false);
  }
  const dispatcher = new Dispatcher(place, helloOf());
  const pool = new Pool(dispatcher, timeoutMs);
  const close = (): void => pool.close();
  signal?.addEventListener("abort", close, { once: true });
  if (signal?.aborted === true) close();
  try {
    await pool.ping();
    return pool;
  } catch (error) {
    signal?.removeEventListener("abort", close);
    pool.close();
    throw error;
  }
}

/** A program is somebody else each time, belongs to no cluster and listens nowhere. */
function helloOf(): Buffer {
  // The highest bit set, it is never zero, which is nobody.
  const id = randomBytes(8);
  id[0] = (id[0] ?? 0) | 0x80;
  const asker = { peer: id.toString("hex") as PeerId, cluster: null, incarnation: 0, name: "program" };
  return programHello(asker, "127.0.0.1:1" as Address);
}
