import { type Address, isUsable, parseAddress } from "../core/address.ts";
import type { TableEntry } from "../protocols/discovery/message.ts";
import type { PeerView } from "./peer-view.ts";

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
