import { type Address, endpointOf } from "../core/address.ts";
import { InvariantViolation } from "../core/assert.ts";
import { type Codec, type Decoded, decode, encode } from "./codec.ts";
import { API_TYPE, apiBodyBytes, type GossipApi, readApi, storeApiBody } from "./gossip-api.ts";
import { IPV4_BYTES, IPV6_BYTES, readEndpoint, whole, writeEndpoint } from "./gossip-endpoint.ts";
import { REVISED_TYPE, readRevised, writeRevised } from "./gossip-revised.ts";
import { asBuffer, type Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** What peers of the gossip dialect say to each other. The IDs' counters are their places in the list. */
export type PeerGossip =
  | { readonly kind: "pull"; readonly address: Address }
  | { readonly kind: "response"; readonly ids: readonly Address[] }
  | { readonly kind: "push"; readonly address: Address; readonly ids: readonly Address[] };

/** What a program announced, on its way through a network of the revised dialect. */
export interface GossipSend {
  readonly kind: "send";
  readonly announce: Extract<GossipApi, { readonly kind: "announce" }>;
}

/** Every message of the gossip dialect. */
export type GossipMessage = PeerGossip | GossipApi | GossipSend;

/** Which numbers and forms the messages between peers have: as first written, or as later revised. */
export type GossipDialect = "classic" | "revised";

/** Bytes of size and type, with which every message begins. */
export const GOSSIP_HEADER_BYTES = 4;

/** Bytes of the largest message, its header included. */
export const MAX_GOSSIP_BYTES = 65_535;

/** Bytes of the largest data that a SEND holds: around them stand its own header and an ANNOUNCE. */
export const MAX_SEND_DATA_BYTES = MAX_GOSSIP_BYTES - 3 * GOSSIP_HEADER_BYTES;

/**
 * The message types as first written; a response and a push share theirs and are told apart by the length of the body
 * modulo 4. SEND came with the revision, and has its number here too: recordings keep every message in this form.
 */
const TYPE = {
  ...API_TYPE,
  pull: 505,
  response: 506,
  push: 506,
  send: 507,
} as const satisfies Record<GossipMessage["kind"], number>;

/**
 * A message of the gossip dialect, from its size field to its end, as all that is left of the reader.
 * Writing throws InvariantViolation where addresses of both families meet in one message (`splitByFamily`), where the
 * revised dialect has no place for what it says (an IPv6 address, the IDs of a push), or the message is longer than
 * `MAX_GOSSIP_BYTES`.
 */
const gossipMessages: { readonly [D in GossipDialect]: Codec<GossipMessage> } = {
  classic: gossipMessage("classic"),
  revised: gossipMessage("revised"),
};

function gossipMessage(dialect: GossipDialect): Codec<GossipMessage> {
  return {
    write: (writer, message) => writeMessage(writer, message, dialect),
    read: (reader) => readMessage(reader, dialect),
  };
}

/** The classic `gossipMessages` for what peers say to each other; a message of the API is malformed. */
export const peerGossip: Codec<PeerGossip> = {
  write: gossipMessages.classic.write,
  read: (reader) => {
    const message = gossipMessages.classic.read(reader);
    if (reader.failure === undefined && !isPeerGossip(message)) reader.fail(`${message.kind} where peers speak`);
    // After a failure the value is never looked at.
    return message as PeerGossip;
  },
};

/** The bytes of one message; see `gossipMessages` for what it throws. */
export function encodeGossip(message: GossipMessage, dialect: GossipDialect = "classic"): Buffer {
  return encode(gossipMessages[dialect], message);
}

/** The message that the whole of `bytes` is. */
export function decodeGossip(bytes: Uint8Array, dialect: GossipDialect = "classic"): Decoded<GossipMessage> {
  return decode(gossipMessages[dialect], bytes);
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

function writeMessage(writer: Writer, message: GossipMessage, dialect: GossipDialect): void {
  const body = new Writer();
  const revised = dialect === "revised" && isPeerGossip(message);
  if (revised) writeRevised(body, message);
  else writeBody(body, message);
  const size = GOSSIP_HEADER_BYTES + body.length;
  if (size > MAX_GOSSIP_BYTES) throw new InvariantViolation(`${message.kind} of ${size} bytes`);
  writer.u16(size);
  writer.u16(revised ? REVISED_TYPE[message.kind] : TYPE[message.kind]);
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
    case "send":
      writeMessage(writer, message.announce, "classic");
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

function ipBytesOf(address: Address | undefined): number {
  return address === undefined ? IPV4_BYTES : endpointOf(address).ip.length;
}

function readMessage(reader: Reader, dialect: GossipDialect): GossipMessage {
  const size = reader.u16();
  const type = reader.u16();
  if (size < GOSSIP_HEADER_BYTES) reader.fail(`size of ${size} bytes, less than its header`);
  const body = asBuffer(reader.bytes(size - GOSSIP_HEADER_BYTES));
  const message = reader.failure === undefined ? readBody(type, body, dialect) : undefined;
  if (message === undefined) reader.fail(`no message of type ${type} has these ${body.length} bytes`);
  // After a failure the value is never looked at.
  return message as GossipMessage;
}

/** The message of a body that is there in full; undefined where it is none. */
function readBody(type: number, body: Buffer, dialect: GossipDialect): GossipMessage | undefined {
  if (dialect === "revised" && type >= REVISED_TYPE.pull && type <= REVISED_TYPE.push) return readRevised(type, body);
  switch (type) {
    case TYPE.pull:
      return inEitherFamily(body, readPull);
    case TYPE.push:
      // A response is its count and IDs of 8 or 20 bytes each; a push has 6 or 18 bytes more in front.
      return inEitherFamily(body, body.length % 4 === 0 ? readPush : readResponse);
    case TYPE.send:
      return readSend(body);
    default:
      return readApi(type, body, 0);
  }
}

/**
 * What `read` makes of all of the body as IPv4 or, failing that, as IPv6. Both fit only where somebody chose an IPv6
 * address and port 1 so that they do; it is read as IPv4.
 */
function inEitherFamily<T>(body: Buffer, read: (reader: Reader, ipBytes: number) => T): T | undefined {
  return whole(body, (reader) => read(reader, IPV4_BYTES)) ?? whole(body, (reader) => read(reader, IPV6_BYTES));
}

/** A SEND in a SEND is none: what nests is not followed, however deep it goes. */
function readSend(body: Buffer): GossipMessage | undefined {
  if (body.length < GOSSIP_HEADER_BYTES || body.readUInt16BE(0) !== body.length) return undefined;
  const announce = readApi(body.readUInt16BE(2), body, GOSSIP_HEADER_BYTES);
  return announce?.kind === "announce" ? { kind: "send", announce } : undefined;
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
