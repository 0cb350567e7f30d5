import type { BroadcastKind } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import { broker } from "../protocols/broker/definition.ts";
import type { BrokerSpeech } from "../protocols/broker/message.ts";
import { bully } from "../protocols/bully/definition.ts";
import type { BullySpeech } from "../protocols/bully/message.ts";
import type { Definition } from "../protocols/definition.ts";
import { discovery } from "../protocols/discovery/definition.ts";
import type { DiscoverySpeech } from "../protocols/discovery/message.ts";
import { fixed } from "../protocols/fixed/definition.ts";
import type { FixedSpeech } from "../protocols/fixed/message.ts";
import { foreign } from "../protocols/foreign/definition.ts";
import type { ForeignSpeech } from "../protocols/foreign/message.ts";
import { gossip } from "../protocols/gossip/definition.ts";
import type { GossipSpeech } from "../protocols/gossip/message.ts";
import { health } from "../protocols/health/definition.ts";
import type { HealthSpeech } from "../protocols/health/message.ts";
import { link } from "../protocols/link/definition.ts";
import type { LinkSpeech } from "../protocols/link/message.ts";
import { membership } from "../protocols/membership/definition.ts";
import type { MembershipSpeech } from "../protocols/membership/message.ts";
import { mutex } from "../protocols/mutex/definition.ts";
import type { MutexSpeech } from "../protocols/mutex/message.ts";
import { notification } from "../protocols/notification/definition.ts";
import type { NotificationSpeech } from "../protocols/notification/message.ts";
import { office } from "../protocols/office/definition.ts";
import type { OfficeSpeech } from "../protocols/office/message.ts";
import { raft } from "../protocols/raft/definition.ts";
import type { RaftSpeech } from "../protocols/raft/message.ts";
import { service } from "../protocols/service/definition.ts";
import type { ServiceSpeech } from "../protocols/service/message.ts";
import { zab } from "../protocols/zab/definition.ts";
import type { ZabSpeech } from "../protocols/zab/message.ts";

/** What each protocol of a peer speaks: a line a protocol. */
export interface Speeches {
  link: LinkSpeech;
  discovery: DiscoverySpeech;
  health: HealthSpeech;
  membership: MembershipSpeech;
  gossip: GossipSpeech;
  raft: RaftSpeech;
  service: ServiceSpeech;
  notification: NotificationSpeech;
  foreign: ForeignSpeech;
  bully: BullySpeech;
  fixed: FixedSpeech;
  zab: ZabSpeech;
  mutex: MutexSpeech;
  office: OfficeSpeech;
  broker: BrokerSpeech;
}

/** The name of a protocol. */
export type ProtocolName = keyof Speeches;

/** How each protocol speaks and starts: a line a protocol. Timeouts that fall due together fire in this order. */
export const protocols: { readonly [K in ProtocolName]: Definition<Speeches[K]> } = {
  link,
  discovery,
  health,
  membership,
  gossip,
  raft,
  service,
  notification,
  foreign,
  bully,
  fixed,
  zab,
  mutex,
  office,
  broker,
};

/** The names, in the registry's order. */
export const protocolNames = Object.keys(protocols) as readonly ProtocolName[];

type Tagged<Part extends "message" | "record" | "command" | "event"> = {
  [K in ProtocolName]: { readonly protocol: K } & { readonly [P in Part]: Speeches[K][P] };
}[ProtocolName];

/** A message of any protocol, with its name. */
export type AnyMessage = Tagged<"message">;

/** A command to any protocol. */
export type AnyCommand = Tagged<"command">;

/** A record of any protocol, or of the peer itself. */
export type AnyRecord = Tagged<"record"> | { readonly protocol: "peer"; readonly record: PeerRecord };

/** What the peer as a whole keeps on disk. */
export type PeerRecord =
  | { readonly kind: "identity"; readonly peer: PeerId }
  /** No Lamport time above this was ever used. */
  | { readonly kind: "lamport"; readonly ceiling: number }
  /** What put changes into order, and a hash of its ensemble; not written where it is Raft's log. */
  | { readonly kind: "order"; readonly broadcast: BroadcastKind; readonly ensemble: string };
