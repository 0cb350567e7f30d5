import { InvariantViolation } from "../core/assert.ts";
import { API_TYPE, apiBodyBytes, type GossipApi, storeApiBody } from "./gossip-api.ts";
import {
  encodeGossip,
  GOSSIP_HEADER_BYTES,
  type GossipDialect,
  type GossipMessage,
  isGossipApi,
  MAX_GOSSIP_BYTES,
} from "./gossip-message.ts";

/**
 * The bytes of several messages of the gossip dialect, one behind the other, made in one go.
 *
 * @throws InvariantViolation as `encodeGossip` does
 */
export function encodeTalk(messages: readonly GossipMessage[], dialect: GossipDialect = "classic"): Buffer {
  const others: Buffer[] = [];
  let size = 0;
  for (const message of messages) {
    if (isGossipApi(message)) size += sizeOf(message);
    else {
      const bytes = encodeGossip(message, dialect);
      others.push(bytes);
      size += bytes.length;
    }
  }
  const talk = Buffer.allocUnsafe(size);
  let at = 0;
  let other = 0;
  for (const message of messages) {
    if (isGossipApi(message)) at = store(talk, at, message);
    else {
      const bytes = others[other++] as Buffer;
      talk.set(bytes, at);
      at += bytes.length;
    }
  }
  return talk;
}

function sizeOf(message: GossipApi): number {
  const size = GOSSIP_HEADER_BYTES + apiBodyBytes(message);
  if (size > MAX_GOSSIP_BYTES) throw new InvariantViolation(`${message.kind} of ${size} bytes`);
  return size;
}

/** Stores a message; where it ends. */
function store(talk: Buffer, at: number, message: GossipApi): number {
  const end = at + sizeOf(message);
  talk.writeUInt16BE(end - at, at);
  talk.writeUInt16BE(API_TYPE[message.kind], at + 2);
  storeApiBody(talk, at + GOSSIP_HEADER_BYTES, message);
  return end;
}
