import type { PeerId } from "../core/peer-id.ts";
import type { OrderEvent } from "../core/total-order.ts";
import type { FaultEvent } from "../faults/message.ts";
import type { BrokerSpeech, WorkAct } from "../protocols/broker/message.ts";
import type { BullySpeech } from "../protocols/bully/message.ts";
import type { DiscoverySpeech } from "../protocols/discovery/message.ts";
import type { FixedSpeech } from "../protocols/fixed/message.ts";
import type { ForeignSpeech } from "../protocols/foreign/message.ts";
import type { GossipSpeech } from "../protocols/gossip/message.ts";
import type { HealthSpeech } from "../protocols/health/message.ts";
import type { LinkSpeech } from "../protocols/link/message.ts";
import type { MembershipSpeech } from "../protocols/membership/message.ts";
import type { MutexSpeech } from "../protocols/mutex/message.ts";
import type { NotificationSpeech } from "../protocols/notification/message.ts";
import type { AddressAct, OfficeSpeech } from "../protocols/office/message.ts";
import type { RaftSpeech } from "../protocols/raft/message.ts";
import type { ServiceSpeech } from "../protocols/service/message.ts";
import type { ZabSpeech } from "../protocols/zab/message.ts";

/** What protocols ask of the world outside of the peer. */
export type Act = AddressAct | WorkAct;

/** Events by which protocols of one peer work together; nobody else is told of them. */
type InternalKind =
  | OrderEvent["kind"]
  | "order-wanted"
  | "cluster-resumed"
  | "link-disordered"
  | "lock-wanted"
  | "unlock-wanted"
  | "locks-changed"
  | "broker-changed"
  | "own-answered"
  | "submit-broker"
  | "confirmation-wanted"
  | "office-open"
  | "office-shut"
  | "office-demanded"
  | "link-worn"
  | Act["kind"]
  | "granted"
  | "refused"
  | "revoked"
  | "submit";

/** Every event that a protocol of this peer can tell, each with its `kind`. */
export type ProtocolEvent = Exclude<AnyEvent, { readonly kind: InternalKind }>;

/** Every event that goes through the wiring. */
export type AnyEvent =
  | LinkSpeech["event"]
  | DiscoverySpeech["event"]
  | HealthSpeech["event"]
  | MembershipSpeech["event"]
  | GossipSpeech["event"]
  | NotificationSpeech["event"]
  | ForeignSpeech["event"]
  | RaftSpeech["event"]
  | BullySpeech["event"]
  | FixedSpeech["event"]
  | ZabSpeech["event"]
  | MutexSpeech["event"]
  | OfficeSpeech["event"]
  | BrokerSpeech["event"]
  | ServiceSpeech["event"];

/** What the peer as a whole tells. */
export type OwnEvent =
  | { readonly kind: "started"; readonly peer: PeerId; readonly incarnation: number }
  | { readonly kind: "resumed"; readonly gapMs: number }
  /** Leaving is complete: the process may end. */
  | { readonly kind: "left" };

/** One line of a peer's story: timeline, headless output and, later, recordings are made of these. */
export interface PeerEvent {
  /** Monotonic ms. */
  readonly now: number;
  readonly lamport: number;
  /** Happens all the time; no news for a timeline. */
  readonly routine: boolean;
  readonly event: ProtocolEvent | OwnEvent | FaultEvent;
}
