import { get } from "node:http";
import { type Address, hostOf, isUsable, parseAddress, portOf } from "../core/address.ts";
import type { PeerView } from "../peer/peer-view.ts";
import type { TableEntry } from "../protocols/discovery/message.ts";

/** A table that is not there by then is given up. */
const FETCH_TIMEOUT_MS = 2000;

/** The largest table that is read. */
const MAX_TABLE_BYTES = 512 * 1024;

/** Entries of a table that are looked at. */
const MAX_ENTRIES = 1024;

/** The network table, as `GET /v1/table` serves it: who is known, this peer included. */
export interface NetworkTable {
  readonly cluster: string | null;
  readonly peers: readonly {
    readonly id: string;
    readonly name: string;
    readonly address: Address;
    readonly status: string;
    readonly incarnation: number;
  }[];
}

/** The table of a peer as it sees the network. Who has left is not in it. */
export function networkTable({ self, peers }: PeerView): NetworkTable {
  const { id, name, address, incarnation, clusterId } = self;
  const others = peers.filter(({ status }) => status !== "left");
  return {
    cluster: clusterId,
    peers: [
      { id, name, address, status: "healthy", incarnation },
      ...others.map((peer) => ({
        id: peer.id,
        name: peer.name,
        address: peer.address,
        status: peer.status,
        incarnation: peer.incarnation,
      })),
    ],
  };
}

/**
 * Fetches the table of the peer at `from`: fixed path, no redirects, bounded in size and time. Only addresses that
 * can be a peer's are taken from it; rejects with one line that says what went wrong.
 */
export function fetchTable(from: Address): Promise<readonly TableEntry[]> {
  return new Promise((resolve, reject) => {
    const request = get({ host: hostOf(from), port: portOf(from), path: "/v1/table", agent: false });
    const deadline = setTimeout(
      () => request.destroy(new Error(`no table within ${FETCH_TIMEOUT_MS} ms`)),
      FETCH_TIMEOUT_MS,
    );
    request.once("close", () => clearTimeout(deadline));
    request.once("error", reject);
    request.once("response", (response) => {
      if (response.statusCode !== 200) {
        request.destroy(new Error(`answered ${response.statusCode ?? "nothing"} instead of a table`));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > MAX_TABLE_BYTES) request.destroy(new Error(`table over ${MAX_TABLE_BYTES} bytes`));
      });
      response.once("error", reject);
      response.once("end", () => {
        const entries = parseTable(Buffer.concat(chunks).toString("utf8"));
        if (entries === undefined) reject(new Error("answered something that is no table"));
        else resolve(entries);
      });
    });
  });
}

/** The usable addresses of a table; undefined if the text is none. */
export function parseTable(text: string): readonly TableEntry[] | undefined {
  const peers = peersOf(text);
  if (peers === undefined) return undefined;
  return peers.slice(0, MAX_ENTRIES).flatMap((entry): TableEntry[] => {
    const text = typeof entry === "object" && entry !== null && "address" in entry ? entry.address : undefined;
    const address = typeof text === "string" ? parseAddress(text) : undefined;
    return address !== undefined && isUsable(address) ? [{ address }] : [];
  });
}

function peersOf(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("peers" in value)) return undefined;
    return Array.isArray(value.peers) ? value.peers : undefined;
  } catch {
    return undefined;
  }
}
