/**
 * The bytes of a recording, big endian: all that happened to one or many peers of one run, and what they told.
 *
 * It begins with 10 bytes:
 *
 * | size | field                           |
 * | ---- | ------------------------------- |
 * | 8    | "p2p-rec" and a line feed       |
 * | 2    | version of the format, now 1    |
 *
 * Then blocks, each written as a whole when 64 KiB have come together:
 *
 * | size | field                                                                             |
 * | ---- | --------------------------------------------------------------------------------- |
 * | 4    | length of the content                                                             |
 * | 4    | CRC-32 of the 4 bytes before                                                      |
 * | 4    | CRC-32 of the content, begun with that of the block before, at first with that of the 10 bytes |
 * | ...  | content                                                                           |
 *
 * The length has a checksum of its own, so that a damaged one does not look like a recording that was cut off. As every
 * checksum begins with the one before, no block can be missing, moved, or another recording's.
 *
 * The first block is, in every version of the format, a JSON object: free-form facts such as what wrote the recording
 * and what was run. The others hold entries. One without content ends the recording; where none does, the recording was
 * cut off, and is good up to its last whole block. All entries that one input leads to are in one block.
 *
 * Every entry begins with 11 bytes:
 *
 * | size | field                                                      |
 * | ---- | ---------------------------------------------------------- |
 * | 1    | kind                                                       |
 * | 2    | which peer, by a number of the recording's own             |
 * | 8    | instant, monotonic ms, an IEEE 754 double                  |
 *
 * What follows depends on the kind. A text is a length u32 and UTF-8, JSON is such a text (`exact-json.ts`), an address
 * is as on the wire. Records are a count u32, then each its tag u8, length u32 and bytes, as in the journal.
 *
 * | kind | name         | then                                                                                     |
 * | ---- | ------------ | ---------------------------------------------------------------------------------------- |
 * | 1    | started      | a life begins: its options as JSON, the records of earlier lives                         |
 * | 2    | ended        | the process ended: u8 1 and a text that says how the peer failed, or u8 0 where it did not |
 * | 3    | timeout      | input                                                                                    |
 * | 4    | saved        | input: up to which token, u64                                                            |
 * | 5    | resumed      | input: the gap in ms, a double                                                           |
 * | 6    | session-up   | input: session u64, address                                                              |
 * | 7    | session-down | input: session u64, reason as text                                                       |
 * | 8    | message      | input: session u64, whether it has an envelope u8, length u16 and bytes of the frame     |
 * | 9    | packet       | input: address, 17 bytes                                                                 |
 * | 10   | command      | input: JSON of the protocol's name and the command                                       |
 * | 11   | faults       | input: JSON of the fault command                                                         |
 * | 12   | restored     | input: peer ID u64, records                                                              |
 * | 13   | event        | what the peer told at its latest input, as JSON                                          |
 * | 14   | hash         | the hash of its state after that, 8 bytes (`state-hash.ts`)                              |
 * | 15   | long-message | input: as a message, where it is longer than a frame; length u32 and bytes of its frames |
 * | 16   | program-up   | input: session u64, address                                                              |
 * | 17   | program      | input: session u64, length u32 and bytes of messages of the classic gossip dialect       |
 * | 18   | client-up    | input: session u64, address                                                              |
 * | 19   | client       | input: JSON of a list of connections, and what was asked on each                         |
 * | 20   | caller-up    | input: session u64, address                                                              |
 * | 21   | calls        | input: session u64, JSON of what a program asks in frames                                |
 *
 * Instants of one peer never go back.
 */
import {
  bool,
  bytes,
  type Codec,
  fixedBytes,
  list,
  mapped,
  optional,
  struct,
  type TypeOf,
  text,
  u8,
  u16,
  u64,
  union,
  variant,
} from "../wire/codec.ts";
import { MAX_FRAME_BYTES } from "../wire/frame.ts";
import { HEALTH_PACKET_BYTES } from "../wire/health-packet.ts";
import { address, peerId } from "../wire/identity.ts";
import { MAX_FRAMES_BYTES } from "../wire/more.ts";
import { asBuffer } from "../wire/reader.ts";

/** What a recording begins with, before its version. */
export const MAGIC = Buffer.from("p2p-rec\n");

/** Version of the format that this program writes, and the only one that it reads. */
export const FORMAT_VERSION = 1;

/** Bytes before the first block. */
export const PROLOGUE_BYTES = MAGIC.length + 2;

/** Bytes of a block before its content. */
export const BLOCK_HEAD_BYTES = 12;

/** The longest content of a block that is read, in bytes; room for a large disk that a peer starts from. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

/** The longest facts that are read, in bytes. */
export const MAX_FACTS_BYTES = 64 * 1024;

/** Free-form facts about a recording: what wrote it, what was run, from which seed. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

const bits = new DataView(new ArrayBuffer(8));

const double: Codec<number> = {
  write: (writer, value) => {
    bits.setFloat64(0, value);
    writer.u32(bits.getUint32(0));
    writer.u32(bits.getUint32(4));
  },
  read: (reader) => {
    bits.setUint32(0, reader.u32());
    bits.setUint32(4, reader.u32());
    const value = bits.getFloat64(0);
    if (!Number.isFinite(value)) reader.fail("a time that is no number");
    return value;
  },
};

const hash: Codec<string> = mapped(
  fixedBytes(8),
  (hex: string) => Buffer.from(hex, "hex"),
  (raw) => asBuffer(raw).toString("hex"),
  "no hash",
);

const anyText = text(MAX_BLOCK_BYTES);
const records = list(struct({ tag: u8, bytes: bytes(MAX_BLOCK_BYTES) }), MAX_BLOCK_BYTES);
const common = { peer: u16, at: double };
const session = { ...common, session: u64 };

/** One thing that a recording holds. */
export const entry = union({
  started: variant(1, { ...common, options: anyText, records }),
  ended: variant(2, { ...common, failure: optional(anyText) }),
  timeout: variant(3, common),
  saved: variant(4, { ...common, upTo: u64 }),
  resumed: variant(5, { ...common, gapMs: double }),
  "session-up": variant(6, { ...session, address }),
  "session-down": variant(7, { ...session, reason: anyText }),
  message: variant(8, { ...session, hasEnvelope: bool, frame: bytes(MAX_FRAME_BYTES) }),
  packet: variant(9, { ...common, from: address, packet: fixedBytes(HEALTH_PACKET_BYTES) }),
  command: variant(10, { ...common, command: anyText }),
  faults: variant(11, { ...common, command: anyText }),
  restored: variant(12, { ...common, id: peerId, records }),
  event: variant(13, { ...common, event: anyText }),
  hash: variant(14, { ...common, hash }),
  "long-message": variant(15, { ...session, hasEnvelope: bool, frames: bytes(MAX_FRAMES_BYTES) }),
  "program-up": variant(16, { ...session, address }),
  program: variant(17, { ...session, said: bytes(MAX_BLOCK_BYTES) }),
  "client-up": variant(18, { ...session, address }),
  client: variant(19, { ...common, asked: anyText }),
  "caller-up": variant(20, { ...session, address }),
  calls: variant(21, { ...session, calls: anyText }),
});

/** An entry as a value. Bytes in one that was read are views of its block. */
export type Entry = TypeOf<typeof entry>;

/** The kinds of entries that are inputs of a peer. */
export type InputEntry = Exclude<Entry, { readonly kind: "started" | "ended" | "event" | "hash" }>;
