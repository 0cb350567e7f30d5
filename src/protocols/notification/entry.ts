import type { PeerId } from "../../core/peer-id.ts";
import type { Held } from "./held.ts";
import type { NoticeState } from "./message.ts";
import { NOTICE_HEAD_BYTES, type Notice } from "./notice.ts";
import type { SequenceSet } from "./sequence-set.ts";

/** Who brought a notice: a peer, or null where it was announced here or came from another network. */
export type Source = PeerId | null;

/** What one life of one origin announced of one data type, as far as it has come here. */
export interface Stream {
  /** Its name as a key: `nameOf`. */
  readonly key: string;
  readonly origin: PeerId;
  readonly life: number;
  readonly dataType: number;
  /** Who brought its first notice. */
  readonly source: Source;
  /** What is not younger than this Lamport time may have come before the stream was forgotten the last time. */
  readonly floor: number;
  /** Sequence numbers that have come, whatever became of them. */
  readonly seen: SequenceSet;
  /** What is held, by sequence number. */
  readonly held: Held<Entry>;
  /** Sequence numbers of what is held and may go on. */
  readonly offered: SequenceSet;
  /** The highest Lamport time in it. */
  lamport: number;
  /** When something of it last came; monotonic ms. */
  arrivedAt: number;
  /** When something of it was last accepted; monotonic ms. */
  changedAt: number;
}

/** A notice as this peer knows it. */
export interface Entry {
  notice: Notice;
  readonly stream: Stream;
  readonly source: Source;
  /** Monotonic ms. */
  readonly firstSeenAt: number;
  state: NoticeState;
  /** Programs that have been notified and have not answered. */
  waiting: number;
  /** The TTL of the copies that go on; null where it goes no further. */
  onwardTtl: number | null;
  duplicates: number;
  sentTo: number;
  /** Peers that sent a copy or pulled one; null for none besides the source. */
  holders: Set<PeerId> | null;
}

/** What a notice counts for where bytes are limited. */
export function bytesOf({ data }: Notice): number {
  return NOTICE_HEAD_BYTES + data.length;
}

/** The TTL with which a peer passes a notice on: one less, and 0 (no limit) as 0; null where it goes no further. */
export function onwardTtl({ ttl }: Notice): number | null {
  return ttl === 1 ? null : Math.max(0, ttl - 1);
}

/** The copy of an entry that goes on. Made when it leaves, so that it is gone when it has. */
export function copyOf({ notice, onwardTtl }: Entry): Notice {
  const { origin, life, dataType, sequence, hops, lamport, data } = notice;
  return { origin, life, dataType, sequence, ttl: onwardTtl ?? 0, hops: Math.min(255, hops + 1), lamport, data };
}

/** A peer known to have a notice, besides its source. */
export function noteHolder(entry: Entry, peer: PeerId): void {
  entry.holders ??= new Set();
  entry.holders.add(peer);
}

/** Gives an entry data of its own, where little else of what it is a view of is kept: a view keeps all of that alive. */
export function detach(entry: Entry): void {
  entry.notice = { ...entry.notice, data: Buffer.from(entry.notice.data) };
}
