import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { NoticeState } from "./message.ts";
import { NOTICE_HEAD_BYTES, type Notice } from "./notice.ts";
import type { SequenceSet } from "./sequence-set.ts";

/** Who brought a notice: a peer, a program (by its session), or null for the person here and other networks. */
export type Source = PeerId | SessionId | null;

/** What one life of one origin announced of one data type, as far as it has come here. */
export interface Stream {
  readonly origin: PeerId;
  readonly life: number;
  readonly dataType: number;
  /** Who brought its first notice. */
  readonly source: Source;
  /** Sequence numbers that have come, whatever became of them. */
  readonly seen: SequenceSet;
  /** What is held, by sequence number. */
  readonly held: Map<number, Entry>;
  /** Sequence numbers of what is held and may go on. */
  readonly offered: SequenceSet;
  /** The highest Lamport time in it. */
  lamport: number;
  /** When something of it was last accepted; monotonic ms. */
  changedAt: number;
}

/** A notice as this peer knows it. */
export interface Entry {
  readonly notice: Notice;
  readonly stream: Stream;
  readonly source: Source;
  /** Monotonic ms. */
  readonly firstSeenAt: number;
  state: NoticeState;
  /** Programs that have been notified and have not answered. */
  waiting: number;
  /** The copy that goes on; null where it goes no further. */
  forward: Notice | null;
  duplicates: number;
  sentTo: number;
  /** Peers that sent a copy or pulled one; null for none besides the source. */
  holders: Set<PeerId> | null;
}

/** What a notice counts for where bytes are limited. */
export function bytesOf({ data }: Notice): number {
  return NOTICE_HEAD_BYTES + data.length;
}

/** The copy that a peer passes on: one link more, one less to cross; null where it may cross no more. */
export function onward(notice: Notice): Notice | null {
  if (notice.ttl === 1) return null;
  return { ...notice, ttl: Math.max(0, notice.ttl - 1), hops: Math.min(255, notice.hops + 1) };
}

/** The copy with which an origin begins: its TTL as given. */
export function firstCopy(notice: Notice): Notice {
  return { ...notice, hops: 1 };
}

/** A peer known to have a notice, besides its source. */
export function noteHolder(entry: Entry, peer: PeerId): void {
  entry.holders ??= new Set();
  entry.holders.add(peer);
}

/** The data as bytes of its own, unless it is most of what it is a view of: a view keeps all of that alive. */
export function owned(data: Uint8Array): Uint8Array {
  return data.length * 2 >= data.buffer.byteLength ? data : Buffer.from(data);
}
