import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import { bool, type Codec, list, struct, u16, u32, u64, union, variant } from "../../wire/codec.ts";
import type { GossipApi } from "../../wire/gossip-api.ts";
import { peerId } from "../../wire/identity.ts";
import { type Framing, oneFrameType } from "../definition.ts";
import { type Notice, noticeList } from "./notice.ts";

/** Data types that one message names, at most. */
export const MAX_TYPES = 4096;

/** Streams that one digest or pull names, at most. */
export const MAX_STREAMS = 512;

/** Ranges of sequence numbers of one stream that a digest or a pull names, at most. */
export const MAX_RANGES = 8;

/** Sequence numbers from the first to the last, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Notices of one stream: what one life of one origin announced of one data type, numbered from 1. */
export interface Extract {
  readonly origin: PeerId;
  readonly life: number;
  readonly dataType: number;
  readonly ranges: readonly Range[];
}

const range: Codec<Range> = struct({ first: u32, last: u32 });

const extracts: Codec<readonly Extract[]> = list(
  struct({ origin: peerId, life: u16, dataType: u16, ranges: list(range, MAX_RANGES) }),
  MAX_STREAMS,
);

const dataTypes = list(u16, MAX_TYPES);

/** What peers say to each other. */
const spreading = union({
  /** The data types that somebody here subscribes. */
  interests: variant(1, { dataTypes }),
  /** Notices as they come; `offset` counts the bytes that were pushed on this link before them (`Neighbour`). */
  push: variant(2, { offset: u64, notices: noticeList }),
  /** Everything pushed up to this offset has come. */
  received: variant(3, { offset: u64 }),
  /** Push no more of this data type: it comes another way. */
  prune: variant(4, { dataType: u16 }),
  /** Interests, and what is held and may be pulled; a stream of many ranges comes in several extracts in a row. */
  digest: variant(5, { dataTypes, offers: extracts }),
  /** What is missing here; `graft`: and push what follows. */
  pull: variant(6, { graft: bool, wanted: extracts }),
  /** What was pulled; `more`: the rest is to be pulled again. */
  pulled: variant(7, { more: bool, notices: noticeList }),
});

/** A message between peers. */
export type Spreading = typeof spreading extends Codec<infer M> ? M : never;

/** What a local program said in one go, or is told in one. */
export interface Talk {
  readonly kind: "talk";
  readonly said: readonly GossipApi[];
}

/** The messages in frames of type 0x25; what programs say has bytes of its own. */
export const notificationFraming: Framing<Spreading | Talk> = oneFrameType(0x25, {
  // A talk goes to a session and never to a peer: to write it here is a bug, which the codec of the union finds.
  write: (writer, message) => spreading.write(writer, message as Spreading),
  read: (reader) => spreading.read(reader),
});

/** Why a notice spreads no further. */
export type Rejection = "invalid" | "unanswered" | "subscriber-gone";

/** Whether a notice spreads: still being validated here, or what came of it. */
export type NoticeState = "pending" | "accepted" | "rejected";

/** The vocabulary of notification. */
export interface NotificationSpeech {
  message: Spreading | Talk;
  record: never;
  command: /** The person at this peer announces something; `ttl` as in ANNOUNCE. */
    | { readonly kind: "announce"; readonly dataType: number; readonly ttl: number; readonly data: Uint8Array }
    /** The person at this peer wants to see a data type, and finds all of it valid; or no more. */
    | { readonly kind: "subscribe" | "unsubscribe"; readonly dataType: number }
    /** A network of another make has sent this, which nobody here may have seen yet. */
    | { readonly kind: "import"; readonly dataType: number; readonly ttl: number; readonly data: Uint8Array };
  event: /** A program (null: the person at this peer) wants a data type, or no more. */
    | { readonly kind: "type-subscribed"; readonly dataType: number; readonly session: SessionId | null }
    | {
        readonly kind: "type-unsubscribed";
        readonly dataType: number;
        readonly session: SessionId | null;
        /** Why the connection of the program has ended; null where the person has changed their mind. */
        readonly because: string | null;
      }
    /** Somebody here has announced these. */
    | { readonly kind: "notices-announced"; readonly count: number; readonly notices: readonly Notice[] }
    /** These came for the first time; `from` is null for another network. */
    | {
        readonly kind: "notices-received";
        readonly from: PeerId | null;
        readonly count: number;
        readonly notices: readonly Notice[];
      }
    /** Everybody who was notified here found them valid, so they spread on. */
    | { readonly kind: "notices-accepted"; readonly count: number; readonly notices: readonly Notice[] }
    | { readonly kind: "notice-rejected"; readonly notice: Notice; readonly because: Rejection }
    /** The connection of a program is closed. */
    | { readonly kind: "program-refused"; readonly session: SessionId; readonly reason: string };
  view: NotificationView;
  options: {
    readonly peer: PeerId;
    /** Which life of this peer it is: its incarnation at the start, when this is asked once. */
    readonly life: () => number;
    /** The Lamport time as it stands. */
    readonly lamport: () => number;
    /** Whether notices of other networks come in at this very peer. */
    readonly isGateway: boolean;
    /** How many random peers a notice is pushed to at first. */
    readonly degree: number;
    /** Notices held for others to pull, at most. */
    readonly cacheSize: number;
    /** Bytes of data held for others to pull, at most. */
    readonly cacheBytes: number;
    /** Close the connection of a program at whatever is refused. */
    readonly strict: boolean;
    /** A notified program that has not answered by then counts as not valid. */
    readonly validationTimeoutMs: number;
    /** Notifications that a program has not answered, at most; one more and it is disconnected. */
    readonly queueSize: number;
    /** Bytes of their data, at most. */
    readonly queueBytes: number;
    /** Between something new and telling others of it, and between digests while there is news. */
    readonly digestIntervalMs: number;
    /** Between digests in the long run, while anything is held or subscribed. */
    readonly idleDigestIntervalMs: number;
    /** A peer that has not sent what was pulled by then is not waited for. */
    readonly pullTimeoutMs: number;
    /** Bytes pushed to a peer that it has not confirmed, at most: more, and it has to pull. */
    readonly windowBytes: number;
    /** What a program may announce: notices a second, and at once. More waits unread. */
    readonly programRate: Rate;
    /** What a peer may push: notices a second, and at once. More is dropped, and pulled later. */
    readonly peerRate: Rate;
  };
}

/** A token bucket. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What is shown of notification. */
export interface NotificationView {
  /** Newest last; at most 64. */
  readonly notices: readonly {
    readonly notice: Notice;
    /** Null where it was announced here or came from another network. */
    readonly from: PeerId | null;
    /** Monotonic ms. */
    readonly firstSeenAt: number;
    readonly state: NoticeState;
    /** Peers that it was pushed to or pulled by. */
    readonly sentTo: number;
    /** Peers that are known to have it, this one included. */
    readonly knownAt: number;
    /** Peers that could have it: those that subscribe its type, this one and its origin included. */
    readonly knownOf: number;
    readonly duplicates: number;
  }[];
  /** At most 64. */
  readonly subscribers: readonly {
    /** Null for the person at this peer. */
    readonly session: SessionId | null;
    readonly dataTypes: readonly number[];
    /** Notifications without an answer yet. */
    readonly queued: number;
    readonly queuedBytes: number;
    readonly delivered: number;
  }[];
  /** Who subscribes what, as far as it is known; at most 64. */
  readonly types: readonly { readonly dataType: number; readonly here: number; readonly peers: readonly PeerId[] }[];
  readonly cached: { readonly notices: number; readonly bytes: number };
  readonly counts: NotificationCounts;
}

/** What is counted since the start. */
export interface NotificationCounts {
  /** Notices announced here. */
  readonly announced: number;
  /** Notices that came for the first time, and how many of them were pulled. */
  readonly received: number;
  readonly pulled: number;
  /** Copies of notices that were here already. */
  readonly duplicates: number;
  /** Copies sent. */
  readonly sent: number;
  /** Notifications to local programs, and to the person here. */
  readonly delivered: number;
  /** Notices that were not valid, that a program did not answer, and whose program went. */
  readonly invalid: number;
  readonly unanswered: number;
  readonly abandoned: number;
  /** Messages of programs that were refused. */
  readonly refused: number;
  /** Notices of peers that were refused: too old, from the future, or beyond what a peer may push. */
  readonly unwelcome: number;
  /** Notices given up because the cache was full. */
  readonly evicted: number;
}
