import { InvariantViolation } from "../core/assert.ts";

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

/** The message types of the API. */
export const API_TYPE = {
  announce: 500,
  notify: 501,
  notification: 502,
  validation: 503,
} as const satisfies Record<GossipApi["kind"], number>;

/** Bytes of a body beside its data. */
const FIELD_BYTES = 4;

// Of these there are tens of thousands a second on a connection, so their bytes are stored and taken one by one: a
// Writer and a Reader for each would cost several times as much.

/** Bytes of the body of a message. */
export function apiBodyBytes(message: GossipApi): number {
  return "data" in message ? FIELD_BYTES + message.data.length : FIELD_BYTES;
}

/**
 * Stores the body of a message from `at` on, where there is room for it.
 *
 * @throws InvariantViolation where a field is out of its range
 */
export function storeApiBody(target: Buffer, at: number, message: GossipApi): void {
  switch (message.kind) {
    case "announce":
      // TTL u8, and a reserved byte of zero.
      storeU16(target, at, message.ttl * 0x100);
      storeU16(target, at + 2, message.dataType);
      target.set(message.data, at + FIELD_BYTES);
      break;
    case "notify":
      storeU16(target, at, 0);
      storeU16(target, at + 2, message.dataType);
      break;
    case "notification":
      storeU16(target, at, message.messageId);
      storeU16(target, at + 2, message.dataType);
      target.set(message.data, at + FIELD_BYTES);
      break;
    case "validation":
      storeU16(target, at, message.messageId);
      storeU16(target, at + 2, message.valid ? 1 : 0);
      break;
  }
}

/** The message of a type whose body is `bytes` from `at` to `end`; undefined where it is none of the API. Never throws. */
export function readApi(type: number, bytes: Buffer, at: number, end: number): GossipApi | undefined {
  const size = end - at;
  if (size < FIELD_BYTES) return undefined;
  const first = takeU16(bytes, at);
  const second = takeU16(bytes, at + 2);
  switch (type) {
    case API_TYPE.announce:
      return { kind: "announce", ttl: first >> 8, dataType: second, data: bytes.subarray(at + FIELD_BYTES, end) };
    case API_TYPE.notification:
      return { kind: "notification", messageId: first, dataType: second, data: bytes.subarray(at + FIELD_BYTES, end) };
    case API_TYPE.notify:
      return size === FIELD_BYTES ? { kind: "notify", dataType: second } : undefined;
    case API_TYPE.validation:
      // Only the lowest bit is ours; the others are reserved.
      return size === FIELD_BYTES ? { kind: "validation", messageId: first, valid: (second & 1) === 1 } : undefined;
    default:
      return undefined;
  }
}

function storeU16(target: Buffer, at: number, value: number): void {
  if ((value & 0xffff) !== value) throw new InvariantViolation(`${value} is not 0 to 65535`);
  target[at] = value >>> 8;
  target[at + 1] = value & 0xff;
}

function takeU16(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) * 0x100 + (bytes[at + 1] ?? 0);
}
