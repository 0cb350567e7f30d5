import { connectStore } from "../../src/client/store-client.ts";
import type { PeerProcess } from "../support/processes.ts";
import { pause } from "./bare.ts";
import { VALUE_BYTES } from "./store-load.ts";

/** The light load before the end: writes, one at a time, and how long nothing is asked in between, ms. */
const WRITES_BEFORE = 20;
const PAUSE_MS = 2;

/** No write may take so long. */
const LIMIT_MS = 20_000;

/** How a peer is ended, or made to stand still. */
export type Signal = "SIGKILL" | "SIGSTOP";

/**
 * Ends a leader under a light load of one client that knows all peers; milliseconds from the signal until the client's next
 * write is acknowledged.
 *
 * @param onEnded is called after the signal
 */
export async function writeGapMs(
  peers: readonly PeerProcess[],
  leader: PeerProcess,
  signal: Signal,
  onEnded: () => void = () => {},
): Promise<number> {
  const others = peers.filter((peer) => peer !== leader);
  // Whom a client is connected to that stands still it leaves after a silence of its own, which says nothing of the peers.
  const order = signal === "SIGKILL" ? [leader, ...others] : [...others, leader];
  const client = await connectStore(
    order.map(({ port }) => `127.0.0.1:${port}`),
    { timeoutMs: LIMIT_MS },
  );
  const write = () => client.write("key", "x".repeat(VALUE_BYTES));
  for (let written = 0; written < WRITES_BEFORE; written++) {
    await write();
    await pause(PAUSE_MS);
  }
  const signalledAt = performance.now();
  leader.signal(signal);
  onEnded();
  await write();
  const tookMs = performance.now() - signalledAt;
  client.close();
  return tookMs;
}
