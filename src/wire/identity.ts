import { type Address, type Endpoint, endpointOf, formatAddress } from "../core/address.ts";
import { type ClusterId, type PeerId, parseClusterId, parsePeerId } from "../core/peer-id.ts";
import { type Codec, fixedBytes, mapped } from "./codec.ts";
import { asBuffer } from "./reader.ts";

/** A peer ID as two numbers of 32 bits, and the latest one that was turned into text or back: mostly it comes again. */
interface Halves {
  readonly high: number;
  readonly low: number;
  readonly id: PeerId;
}

let latest: Halves = { high: -1, low: -1, id: "" as PeerId };

/** A peer ID: 8 bytes, not zero. */
export const peerId: Codec<PeerId> = {
  write: (w, id) => {
    if (latest.id !== id) {
      latest = { high: Number.parseInt(id.slice(0, 8), 16), low: Number.parseInt(id.slice(8), 16), id };
    }
    w.u32(latest.high);
    w.u32(latest.low);
  },
  read: (r) => {
    const high = r.u32();
    const low = r.u32();
    if (latest.high === high && latest.low === low && r.failure === undefined) return latest.id;
    const id = r.failure === undefined ? parsePeerId(hexOf(high) + hexOf(low)) : undefined;
    if (id === undefined) r.fail("peer ID of zero");
    else latest = { high, low, id };
    // After a failure the value is never looked at.
    return id as PeerId;
  },
};

/** A cluster ID: 8 bytes; zero means "seeking". */
export const clusterId: Codec<ClusterId> = mapped(
  fixedBytes(8),
  (id: ClusterId) => Buffer.from(id, "hex"),
  (raw) => parseClusterId(hex(raw)),
  "no cluster ID",
);

/**
 * An address: family (u8, 4 or 6), then 4 or 16 bytes of IP, then the port (u16, not 0). An IPv4-mapped IPv6 address is
 * read as the IPv4 one that it means.
 */
export const address: Codec<Address> = {
  write: (w, value) => {
    const { ip, port } = endpointOf(value);
    w.u8(ip.length === 4 ? 4 : 6);
    w.bytes(ip);
    w.u16(port);
  },
  read: (r) => {
    const family = r.u8();
    if (family !== 4 && family !== 6) r.fail(`address family ${family}`);
    const endpoint: Endpoint = { ip: r.bytes(family === 4 ? 4 : 16), port: r.u16() };
    if (endpoint.port === 0) r.fail("port 0");
    return r.failure === undefined ? formatAddress(endpoint) : ("" as Address);
  },
};

function hexOf(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function hex(raw: Uint8Array): string {
  return asBuffer(raw).toString("hex");
}
