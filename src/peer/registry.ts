import type { DiscoverySpeech } from "../protocols/discovery/message.ts";
import type { GossipSpeech } from "../protocols/gossip/message.ts";
import type { HealthSpeech } from "../protocols/health/message.ts";
import type { LinkSpeech } from "../protocols/link/message.ts";
import type { MembershipSpeech } from "../protocols/membership/message.ts";
import type { RaftSpeech } from "../protocols/raft/message.ts";

/** What each protocol of a peer speaks: a line a protocol. */
export interface Speeches {
  link: LinkSpeech;
  discovery: DiscoverySpeech;
  health: HealthSpeech;
  membership: MembershipSpeech;
  gossip: GossipSpeech;
  raft: RaftSpeech;
}

/** The name of a protocol. */
export type ProtocolName = keyof Speeches;

type Tagged<Part extends "message" | "record" | "command"> = {
  [K in ProtocolName]: { readonly protocol: K } & { readonly [P in Part]: Speeches[K][P] };
}[ProtocolName];

/** A message of any protocol, with its name. */
export type AnyMessage = Tagged<"message">;

/** A record of any protocol, or of the peer itself. */
export type AnyRecord = Tagged<"record"> | { readonly protocol: "peer"; readonly record: PeerRecord };

/** A command to any protocol. */
export type AnyCommand = Tagged<"command">;

/** What the peer as a whole keeps on disk. */
export type PeerRecord =
  | { readonly kind: "identity"; readonly peer: string }
  /** No Lamport time above this was ever used. */
  | { readonly kind: "lamport"; readonly ceiling: number };
