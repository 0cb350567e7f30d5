import type { PeerId } from "../../core/peer-id.ts";
import type { Codec } from "../../wire/codec.ts";
import { peerId } from "../../wire/identity.ts";
import type { Reader } from "../../wire/reader.ts";
import type { Writer } from "../../wire/writer.ts";

/** Bytes of a notice beside its data. */
export const NOTICE_HEAD_BYTES = 28;

/** Bytes of data in a notice, at most: what an ANNOUNCE holds. */
export const MAX_DATA_BYTES = 65_527;

/** Notices in one message, at most. */
export const MAX_NOTICES = 1024;

/**
 * Data of a type, on its way to all who subscribe that type. Its notice ID has 64 bits: life, data type and sequence. With
 * the origin it names the notice for ever.
 */
export interface Notice {
  /** Who announced it; where `life` is 0, the fingerprint of a notice of another network. */
  readonly origin: PeerId;
  /** Which life of the origin, 1 to 65,535. */
  readonly life: number;
  readonly dataType: number;
  /** 1, 2, 3, ... per origin, life and data type. */
  readonly sequence: number;
  /** How many links it may still cross, this one included; 0 for no limit. */
  readonly ttl: number;
  /** Links that it has crossed, 255 at most. */
  readonly hops: number;
  /** The origin's Lamport time when it was announced. */
  readonly lamport: number;
  /** Of one that came: a view of the bytes that came. */
  readonly data: Uint8Array;
}

/** The notice ID as 16 hex digits. */
export function noticeIdOf({ life, dataType, sequence }: Notice): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  return hex(life, 4) + hex(dataType, 4) + hex(sequence, 8);
}

/** Count u16 and notices, of which each says: origin, life, data type, sequence, TTL, hops, Lamport time, data. */
export const noticeList: Codec<readonly Notice[]> = { write: writeNotices, read: readNotices };

function writeNotices(writer: Writer, notices: readonly Notice[]): void {
  writer.u16(notices.length);
  for (const { origin, life, dataType, sequence, ttl, hops, lamport, data } of notices) {
    peerId.write(writer, origin);
    writer.u16(life);
    writer.u16(dataType);
    writer.u32(sequence);
    writer.u8(ttl);
    writer.u8(hops);
    writer.u64(lamport);
    writer.u16(data.length);
    writer.bytes(data);
  }
}

function readNotices(reader: Reader): readonly Notice[] {
  const count = reader.u16();
  if (count > MAX_NOTICES) reader.fail(`${count} notices where ${MAX_NOTICES} fit`);
  const notices: Notice[] = [];
  for (let i = 0; i < count && reader.failure === undefined; i++) notices.push(readNotice(reader));
  return notices;
}

function readNotice(reader: Reader): Notice {
  const origin = peerId.read(reader);
  const life = reader.u16();
  const dataType = reader.u16();
  const sequence = reader.u32();
  const ttl = reader.u8();
  const hops = reader.u8();
  const lamport = reader.u64();
  const data = reader.bytes(reader.u16());
  if (sequence === 0) reader.fail("sequence 0");
  if (data.length === 0) reader.fail("a notice without data");
  if (data.length > MAX_DATA_BYTES) reader.fail("a notice of too many bytes");
  return { origin, life, dataType, sequence, ttl, hops, lamport, data };
}
