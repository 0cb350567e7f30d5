import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
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

/** The vocabulary of push/pull gossip. */
export interface GossipSpeech {
  message: PeerGossip;
  record: never;
  command: /** Somebody answered a health check at this address. */
    | { readonly kind: "verified"; readonly address: Address }
    /** Nobody answers there any more, or its peer has left. */
    | { readonly kind: "expired"; readonly address: Address }
    /** Exchange with a random peer now. */
    | { readonly kind: "exchange" };
  event: /** An ID that nobody here has verified: its address wants a health check. */
    | { readonly kind: "id-heard"; readonly address: Address; readonly from: PeerId }
    | { readonly kind: "id-added" | "id-removed"; readonly address: Address }
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
    /** Responses that we did not ask for, or no longer waited for; they are ignored. */
    readonly unexpected: number;
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
  };
}
