import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { PeerGossip } from "../../wire/gossip-message.ts";

/** An ID of the gossip protocol: an address, with its place in the list. */
export interface GossipId {
  readonly counter: number;
  readonly address: Address;
}

/** One exchange with another peer. */
export interface Exchange {
  /** Monotonic ms. */
  readonly at: number;
  readonly peer: PeerId;
  readonly direction: "out" | "in";
  readonly kind: "pull" | "response" | "push";
  /** IDs carried. */
  readonly ids: number;
}

/** IDs refused, by why. */
export interface Refusals {
  /** Unspecified, multicast or broadcast. */
  readonly unusable: number;
  /** Beyond what is held, or waits to be verified, in all, of one source, in one subnet. */
  readonly room: number;
  readonly source: number;
  readonly subnet: number;
  /** Pushed in a round with too many pushes. */
  readonly round: number;
}

/** The vocabulary of push/pull gossip. */
export interface GossipSpeech {
  message: PeerGossip;
  record: never;
  command: /** Somebody answered a health check at this address. */
    | { readonly kind: "verified"; readonly address: Address }
    /** These answer in a network of another make; programs that ask are told of them too, linked peers never. */
    | { readonly kind: "neighbours"; readonly addresses: readonly Address[] }
    /** Nobody answers there any more, or its peer has left. */
    | { readonly kind: "expired"; readonly address: Address }
    /** Exchange with a random peer now. */
    | { readonly kind: "exchange" };
  event: /** An ID that nobody here has verified: its address wants a health check. `from` is null for a program. */
    | { readonly kind: "id-heard"; readonly address: Address; readonly from: PeerId | null }
    | { readonly kind: "id-added" | "id-removed"; readonly address: Address }
    /** A program's connection has pulled for the first time, as peers do; it says to be at this address. */
    | { readonly kind: "program-pulled"; readonly session: SessionId; readonly address: Address }
    | ({ readonly kind: "exchanged" } & { readonly exchange: Exchange });
  view: {
    readonly ids: readonly GossipId[];
    /** Exchanges that we began. */
    readonly rounds: number;
    /** Messages of each kind, sent and received. */
    readonly pushes: number;
    readonly pulls: number;
    readonly responses: number;
    /** IDs dropped because they can be nobody's, or for want of room. */
    readonly refused: number;
    readonly refusedBecause: Refusals;
    /** Responses that we did not ask for, or no longer waited for; they are ignored. */
    readonly unexpected: number;
    /** Messages dropped because their sender said too much, or pushed more than its share. */
    readonly overRate: number;
    /** Rounds in which more pushes came than a round may have, so that they were not used. */
    readonly ignoredRounds: number;
    readonly lastRoundIgnored: boolean;
    /** Distinct IDs in the sample of all that were ever verified. */
    readonly sampleSize: number;
    /** Newest last; at most 16. */
    readonly exchanges: readonly Exchange[];
  };
  options: {
    /** Our own; told, but never held. */
    readonly address: Address;
    /** Between two exchanges that we begin; each time a quarter more or less. */
    readonly intervalMs: number;
    /** IDs held, at most. */
    readonly capacity: number;
    /** Of them, told by one source, and in one /24 or /64 (not on loopback), at most. */
    readonly perSource: number;
    readonly perSubnet: number;
    /** Pushes in one round, at most: with one more its pushes are not used. */
    readonly pushesPerRound: number;
    /** Samplers of all IDs that were ever verified. */
    readonly samplers: number;
    /** Messages that one peer, or one program's connection, may say. */
    readonly rate: { readonly perSecond: number; readonly burst: number };
  };
}
