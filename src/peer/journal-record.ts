import { assert } from "../core/assert.ts";
import { BROADCASTS } from "../core/modes.ts";
import type { Codec } from "../wire/codec.ts";
import { choice, decode, encode, text, u64, union, variant } from "../wire/codec.ts";
import { peerId } from "../wire/identity.ts";
import { type AnyRecord, type PeerRecord, type ProtocolName, protocolNames, protocols } from "./registry.ts";

/** One record as the journal holds it: whose it is, and its bytes. */
export interface JournalRecord {
  /** 0 is the peer's own; else the protocol's first frame type. Append-only, like those. */
  readonly tag: number;
  readonly bytes: Uint8Array;
}

const OWN_TAG = 0;

const ENSEMBLE_HASH_BYTES = 16;

const ownRecord: Codec<PeerRecord> = union({
  identity: variant(1, { peer: peerId }),
  lamport: variant(2, { ceiling: u64 }),
  order: variant(3, { broadcast: choice(BROADCASTS), ensemble: text(ENSEMBLE_HASH_BYTES) }),
});

const tagOf = new Map<ProtocolName, number>(protocolNames.map((name) => [name, protocols[name].framing.types[0] ?? 0]));
const protocolOfTag = new Map<number, ProtocolName>([...tagOf].map(([name, tag]) => [tag, name]));
assert(protocolOfTag.size === protocolNames.length, "two protocols share a frame type");

/** A record as bytes for the journal. */
export function encodeRecord(entry: AnyRecord): JournalRecord {
  if (entry.protocol === "peer") return { tag: OWN_TAG, bytes: encode(ownRecord, entry.record) };
  const codec: Codec<unknown> = protocols[entry.protocol].record;
  return { tag: tagOf.get(entry.protocol) ?? OWN_TAG, bytes: encode(codec, entry.record) };
}

/** A record from the journal's bytes; undefined where they stand for none, which means that the state is corrupt. */
export function decodeRecord({ tag, bytes }: JournalRecord): AnyRecord | undefined {
  if (tag === OWN_TAG) {
    const own = decode(ownRecord, bytes);
    return own.kind === "value" ? { protocol: "peer", record: own.value } : undefined;
  }
  const protocol = protocolOfTag.get(tag);
  if (protocol === undefined) return undefined;
  const codec: Codec<unknown> = protocols[protocol].record;
  const decoded = decode(codec, bytes);
  return decoded.kind === "value" ? ({ protocol, record: decoded.value } as AnyRecord) : undefined;
}
