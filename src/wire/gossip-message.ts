import { type Address, endpointOf, formatAddress } from "../core/address.ts";
import { InvariantViolation } from "../core/assert.ts";
import { type Codec, type Decoded, decode, encode } from "./codec.ts";
import { API_TYPE, apiBodyBytes, type GossipApi, readApi, storeApiBody } from "./gossip-api.ts";
import { asBuffer, Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** What peers of the gossip dialect say to each other. The IDs' counters are their places in the list. */
export type PeerGossip =
  | { readonly kind: "pull"; readonly address: Address }
  | { readonly kind: "response"; readonly ids: readonly Address[] }
  | { readonly kind: "push"; readonly address: Address; readonly ids: readonly Address[] };

/** Every message of the gossip dialect. */
export type GossipMessage = PeerGossip | GossipApi;

/** Which numbers and forms the messages between peers have: as first written, or as later revised. */
export type GossipDialect = "classic" | "revised";

/** Bytes of size and type, with which every message begins. */
export const GOSSIP_HEADER_BYTES = 4;

/** Bytes of the largest message, its header included. */
export const MAX_GOSSIP_BYTES = 65_535;

/** The message types; a response and a push share theirs and are told apart by the length of the body modulo 4. */
const TYPE = {
  ...API_TYPE,
  pull: 505,
  response: 506,
  push: 506,
} as const satisfies Record<GossipMessage["kind"], number>;

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

/**
 * A message of the gossip dialect, from its size field to its end, as all that is left of the reader.
 * Writing throws InvariantViolation where addresses of both families meet in one message (`splitByFamily`) or the
 * message is longer than `MAX_GOSSIP_BYTES`.
 */
const gossipMessage: Codec<GossipMessage> = { write: writeMessage, read: readMessage };

/** `gossipMessage` for what peers say to each other; a message of the API is malformed. */
export const peerGossip: Codec<PeerGossip> = {
  write: writeMessage,
  read: (reader) => {
    const message = readMessage(reader);
    if (reader.failure === undefined && !isPeerGossip(message)) reader.fail(`${message.kind} where peers speak`);
    // After a failure the value is never looked at.
    return message as PeerGossip;
  },
};

/** The bytes of one message; see `gossipMessage` for what it throws. */
export function encodeGossip(message: GossipMessage): Buffer {
  return encode(gossipMessage, message);
}

/** The message that the whole of `bytes` is. */
export function decodeGossip(bytes: Uint8Array): Decoded<GossipMessage> {
  return decode(gossipMessage, bytes);
}

/** Whether a message is one between peers. */
export function isPeerGossip(message: GossipMessage): message is PeerGossip {
  return message.kind === "pull" || message.kind === "response" || message.kind === "push";
}

/** Whether a message is one of the API, between a program and its peer. */
export function isGossipApi(message: GossipMessage): message is GossipApi {
  return message.kind in API_TYPE;
}

/** Addresses by their family, each in the order given: one message holds IDs of one family only. */
export function splitByFamily(addresses: readonly Address[]): {
  readonly ipv4: readonly Address[];
  readonly ipv6: readonly Address[];
} {
  const isIpv6 = (address: Address) => address.startsWith("[");
  return { ipv4: addresses.filter((address) => !isIpv6(address)), ipv6: addresses.filter(isIpv6) };
}

function writeMessage(writer: Writer, message: GossipMessage): void {
  const body = new Writer();
  writeBody(body, message);
  const size = GOSSIP_HEADER_BYTES + body.length;
  if (size > MAX_GOSSIP_BYTES) throw new InvariantViolation(`${message.kind} of ${size} bytes`);
  writer.u16(size);
  writer.u16(TYPE[message.kind]);
  writer.bytes(body.take());
}

function writeBody(writer: Writer, message: GossipMessage): void {
  switch (message.kind) {
    case "announce":
    case "notify":
    case "notification":
    case "validation":
      writeApi(writer, message);
      break;
    case "pull":
      writeEndpoint(writer, message.address, ipBytesOf(message.address));
      break;
    case "response":
      writeIds(writer, message.ids, ipBytesOf(message.ids[0]));
      break;
    case "push":
      writeEndpoint(writer, message.address, ipBytesOf(message.address));
      writeIds(writer, message.ids, ipBytesOf(message.address));
      break;
  }
}

function writeApi(writer: Writer, message: GossipApi): void {
  const body = Buffer.allocUnsafe(apiBodyBytes(message));
  storeApiBody(body, 0, message);
  writer.bytes(body);
}

function writeIds(writer: Writer, ids: readonly Address[], ipBytes: number): void {
  writer.u16(ids.length);
  for (const [counter, id] of ids.entries()) {
    writer.u16(counter);
    writeEndpoint(writer, id, ipBytes);
  }
}

function writeEndpoint(writer: Writer, address: Address, ipBytes: number): void {
  const { ip, port } = endpointOf(address);
  if (ip.length !== ipBytes) throw new InvariantViolation(`${address} in a message of the other address family`);
  writer.bytes(ip);
  writer.u16(port);
}

function ipBytesOf(address: Address | undefined): number {
  return address === undefined ? IPV4_BYTES : endpointOf(address).ip.length;
}

function readMessage(reader: Reader): GossipMessage {
  const size = reader.u16();
  const type = reader.u16();
  if (size < GOSSIP_HEADER_BYTES) reader.fail(`size of ${size} bytes, less than its header`);
  const body = asBuffer(reader.bytes(size - GOSSIP_HEADER_BYTES));
  const message = reader.failure === undefined ? readBody(type, body) : undefined;
  if (message === undefined) reader.fail(`no message of type ${type} has these ${body.length} bytes`);
  // After a failure the value is never looked at.
  return message as GossipMessage;
}

/** The message of a body that is there in full; undefined where it is none. */
function readBody(type: number, body: Buffer): GossipMessage | undefined {
  switch (type) {
    case TYPE.pull:
      return inEitherFamily(body, readPull);
    case TYPE.push:
      // A response is its count and IDs of 8 or 20 bytes each; a push has 6 or 18 bytes more in front.
      return inEitherFamily(body, body.length % 4 === 0 ? readPush : readResponse);
    default:
      return readApi(type, body, 0, body.length);
  }
}

/**
 * What `read` makes of all of the body as IPv4 or, failing that, as IPv6. Both fit only where somebody chose an IPv6
 * address and port 1 so that they do; it is read as IPv4.
 */
function inEitherFamily<T>(body: Buffer, read: (reader: Reader, ipBytes: number) => T): T | undefined {
  return whole(body, (reader) => read(reader, IPV4_BYTES)) ?? whole(body, (reader) => read(reader, IPV6_BYTES));
}

function whole<T>(body: Buffer, read: (reader: Reader) => T): T | undefined {
  const reader = new Reader(body);
  const value = read(reader);
  return reader.failure === undefined && reader.remaining === 0 ? value : undefined;
}

function readPull(reader: Reader, ipBytes: number): GossipMessage {
  return { kind: "pull", address: readEndpoint(reader, ipBytes) };
}

function readResponse(reader: Reader, ipBytes: number): GossipMessage {
  const ids = readIds(reader, ipBytes);
  checkFamily(reader, ids);
  return { kind: "response", ids };
}

function readPush(reader: Reader, ipBytes: number): GossipMessage {
  const address = readEndpoint(reader, ipBytes);
  const ids = readIds(reader, ipBytes);
  checkFamily(reader, [address, ...ids]);
  return { kind: "push", address, ids };
}

/** An IPv4-mapped address among others of IPv6 makes a message of both families, which could not be written again. */
function checkFamily(reader: Reader, addresses: readonly Address[]): void {
  const { ipv4, ipv6 } = splitByFamily(addresses);
  if (ipv4.length > 0 && ipv6.length > 0) reader.fail("addresses of both families");
}

function readIds(reader: Reader, ipBytes: number): readonly Address[] {
  const count = reader.u16();
  if (reader.remaining !== count * (ipBytes + 4)) reader.fail("a count that the length belies");
  const ids: Address[] = [];
  for (let counter = 0; counter < count && reader.failure === undefined; counter++) {
    if (reader.u16() !== counter) reader.fail("a counter out of order");
    ids.push(readEndpoint(reader, ipBytes));
  }
  return ids;
}

function readEndpoint(reader: Reader, ipBytes: number): Address {
  const ip = reader.bytes(ipBytes);
  const port = reader.u16();
  if (port === 0) reader.fail("port 0");
  // After a failure the value is never looked at.
  return reader.failure === undefined ? formatAddress({ ip, port }) : ("" as Address);
}
