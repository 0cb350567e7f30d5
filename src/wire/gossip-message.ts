import { type Address, endpointOf } from "../core/address.ts";
import { InvariantViolation } from "../core/assert.ts";
import { type Codec, type Decoded, decode, encode } from "./codec.ts";
import { IPV4_BYTES, IPV6_BYTES, readEndpoint, whole, writeEndpoint } from "./gossip-endpoint.ts";
import { REVISED_TYPE, readRevised, writeRevised } from "./gossip-revised.ts";
import { asBuffer, type Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** What peers of the gossip dialect say to each other. The IDs' counters are their places in the list. */
export type PeerGossip =
  | { readonly kind: "pull"; readonly address: Address }
  | { readonly kind: "response"; readonly ids: readonly Address[] }
  | { readonly kind: "push"; readonly address: Address; readonly ids: readonly Address[] };

/** What a local program and its peer say to each other in the gossip dialect. */
export type GossipApi =
  /** Spread `data` over at most `ttl` hops; 0 for no limit. It is a view of the bytes that came, not a copy. */
  | { readonly kind: "announce"; readonly ttl: number; readonly dataType: number; readonly data: Uint8Array }
  /** Tell this program of data of this type. */
  | { readonly kind: "notify"; readonly dataType: number }
  /** Data of a type that the program asked for; it answers with a validation of the same message ID. */
  | {
      readonly kind: "notification";
      readonly messageId: number;
      readonly dataType: number;
      readonly data: Uint8Array;
    }
  /** Whether the data of a notification is well-formed, so that it is spread on. */
  | { readonly kind: "validation"; readonly messageId: number; readonly valid: boolean };

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
  announce: 500,
  notify: 501,
  notification: 502,
  validation: 503,
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
      writer.u8(message.ttl);
      writer.u8(0);
      writer.u16(message.dataType);
      writer.bytes(message.data);
      break;
    case "notify":
      writer.u16(0);
      writer.u16(message.dataType);
      break;
    case "notification":
      writer.u16(message.messageId);
      writer.u16(message.dataType);
      writer.bytes(message.data);
      break;
    case "validation":
      writer.u16(message.messageId);
      writer.u16(message.valid ? 1 : 0);
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
    case TYPE.announce:
      return whole(body, readAnnounce);
    case TYPE.notify:
      return whole(body, readNotify);
    case TYPE.notification:
      return whole(body, readNotification);
    case TYPE.validation:
      return whole(body, readValidation);
    case TYPE.pull:
      return inEitherFamily(body, readPull);
    case TYPE.push:
      // A response is its count and IDs of 8 or 20 bytes each; a push has 6 or 18 bytes more in front.
      return inEitherFamily(body, body.length % 4 === 0 ? readPush : readResponse);
    case TYPE.send:
      return whole(body, readSend);
    default:
      return undefined;
  }
}

/**
 * What `read` makes of all of the body as IPv4 or, failing that, as IPv6. Both fit only where somebody chose an IPv6
 * address and port 1 so that they do; it is read as IPv4.
 */
function inEitherFamily<T>(body: Buffer, read: (reader: Reader, ipBytes: number) => T): T | undefined {
  return whole(body, (reader) => read(reader, IPV4_BYTES)) ?? whole(body, (reader) => read(reader, IPV6_BYTES));
}

function readAnnounce(reader: Reader): GossipSend["announce"] {
  const ttl = reader.u8();
  reader.u8(); // reserved
  return { kind: "announce", ttl, dataType: reader.u16(), data: reader.bytes(reader.remaining) };
}

function readNotify(reader: Reader): GossipMessage {
  reader.u16(); // reserved
  return { kind: "notify", dataType: reader.u16() };
}

function readNotification(reader: Reader): GossipMessage {
  const messageId = reader.u16();
  return { kind: "notification", messageId, dataType: reader.u16(), data: reader.bytes(reader.remaining) };
}

function readValidation(reader: Reader): GossipMessage {
  const messageId = reader.u16();
  // Only the lowest bit is ours; the others are reserved.
  return { kind: "validation", messageId, valid: (reader.u16() & 1) === 1 };
}

/** A SEND in a SEND is none: what nests is not followed, however deep it goes. */
function readSend(reader: Reader): GossipMessage {
  const size = reader.remaining;
  if (reader.u16() !== size || reader.u16() !== TYPE.announce) reader.fail("no ANNOUNCE in a SEND");
  return { kind: "send", announce: readAnnounce(reader) };
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
