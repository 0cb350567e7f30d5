import type { Address } from "../../core/address.ts";
import { InvariantViolation } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { GossipDialect, GossipMessage } from "../../wire/gossip-message.ts";
import { type Framing, oneFrameType } from "../definition.ts";

/** Its messages go to connections of programs, in the bytes of the gossip dialect; on a link the type is reserved. */
export const foreignFraming: Framing<GossipMessage> = oneFrameType(0x26, {
  write: () => {
    throw new InvariantViolation("a message of another network on a link");
  },
  read: (reader) => {
    reader.fail("a message of another network on a link");
    // After a failure the value is never looked at.
    return { kind: "notify", dataType: 0 };
  },
});

/** Data of a type, as two networks hand it to each other. */
export interface ForeignNotice {
  readonly dataType: number;
  /** How many connections it may still cross, 0 for no limit; the one that it came on included. */
  readonly ttl: number;
  readonly data: Uint8Array;
}

/** What is being done about an address of the other network. */
export type PlaceState =
  /** Nothing, until the time has come to dial. */
  | "waiting"
  | "dialling"
  /** The connection stands; a RESPONSE to our PULL is due. */
  | "asked"
  /** It has answered. */
  | "neighbour";

/** Why a neighbour is one no more. */
export type LossReason = "closed" | "silent";

/** What is counted since the start. */
export interface ForeignCounts {
  /** Copies sent to neighbours. */
  readonly sent: number;
  /** Notices that came from the other network for the first time. */
  readonly received: number;
  /** Copies of notices that were here already. */
  readonly duplicates: number;
  /** Messages beyond what one connection may say, or may be told. */
  readonly overRate: number;
  /** Responses that nobody asked for, and messages that have no place between networks. */
  readonly unexpected: number;
  /** Addresses that can be nobody's, or for which there was no room, and notices without data or too long to send. */
  readonly refused: number;
}

/** The vocabulary of a member of another network. */
export interface ForeignSpeech {
  message: GossipMessage;
  record: never;
  command: /** Notices that were accepted here; whoever has them already does not get them. */
    | { readonly kind: "spread"; readonly notices: readonly Accepted[] }
    /** Somebody said that a peer of the other network is at this address. */
    | { readonly kind: "consider"; readonly address: Address }
    /** Who dialled us on this connection speaks as a peer of the other network, and says to be at this address. */
    | { readonly kind: "welcome"; readonly session: SessionId; readonly address: Address };
  event: /** A peer of the other network answered there, or does so no more. */
    | { readonly kind: "neighbour-verified"; readonly address: Address }
    | { readonly kind: "neighbour-lost"; readonly address: Address; readonly because: LossReason }
    /** The other network has sent this, and not just before. */
    | ({ readonly kind: "foreign-notice" } & ForeignNotice);
  view: {
    /** Whether it takes part in a network of the revised dialect at all. */
    readonly active: boolean;
    readonly bootstrapper: Address | null;
    /** Whom it deals with now, neighbours and those who may become some; as many as its degree. */
    readonly neighbours: readonly { readonly address: Address; readonly state: PlaceState }[];
    /** Peers of the other network that dialled us; they are told of notices like neighbours. */
    readonly callers: number;
    /** Addresses that are known, neighbours included. */
    readonly known: number;
    readonly counts: ForeignCounts;
  };
  options: {
    /** Our own, which is told. */
    readonly address: Address;
    /** Dialled first, and for ever; null where others come to us. */
    readonly bootstrapper: Address | null;
    /** In the classic one there is no other network, and nothing is done. */
    readonly dialect: GossipDialect;
    /** Connections kept to peers of the other network, at most. */
    readonly degree: number;
    /** Between two messages to some neighbour; each time a quarter more or less. */
    readonly intervalMs: number;
    readonly dialTimeoutMs: number;
    /** A PULL that is not answered by then is not answered: its connection is closed. */
    readonly responseTimeoutMs: number;
    /** Messages that one connection may say, and notices that it may be told. */
    readonly rate: { readonly perSecond: number; readonly burst: number };
    /** Notices that are remembered, so that they are not taken or sent twice: so many at most, and so long. */
    readonly windowSize: number;
    readonly windowMs: number;
  };
}

/** A notice that was accepted here. */
export interface Accepted extends ForeignNotice {
  /** Whether it has come over a link; announced here it has crossed none yet. */
  readonly received: boolean;
}
