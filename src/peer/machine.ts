import type { Address } from "../core/address.ts";
import type { Modes } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Answer, Asked } from "../core/request.ts";
import type { FaultCommand } from "../faults/message.ts";
import type { Answers, Calls } from "../protocols/broker/message.ts";
import type { GossipMessage } from "../wire/gossip-message.ts";
import type { HealthPacket } from "../wire/health-packet.ts";
import type { Act, PeerEvent } from "./peer-event.ts";
import type { AnyCommand, AnyMessage, AnyRecord, ProtocolName, Speeches } from "./registry.ts";

/** Lamport time and link sequence: what precedes every payload between peers once HELLO is done. */
export interface Envelope {
  readonly lamport: number;
  /** Per link and direction, from 1 up; a gap is a lost message. */
  readonly sequence: number;
}

/** All that can happen to a peer; the driver and the simulator feed it nothing else. */
export type PeerInput =
  | {
      readonly kind: "message";
      readonly session: SessionId;
      readonly content: AnyMessage;
      /** Null on messages of the link itself before and including HELLO. */
      readonly envelope: Envelope | null;
    }
  | { readonly kind: "packet"; readonly from: Address; readonly packet: HealthPacket }
  | { readonly kind: "session-up"; readonly session: SessionId; readonly address: Address }
  /** The connection of a program that speaks the gossip dialect stands. */
  | { readonly kind: "program-up"; readonly session: SessionId; readonly address: Address }
  /** What a program has said, in one go. */
  | { readonly kind: "program"; readonly session: SessionId; readonly said: readonly GossipMessage[] }
  /** The connection of a client of the replicated store stands. */
  | { readonly kind: "client-up"; readonly session: SessionId; readonly address: Address }
  /** What clients ask, in one go. */
  | { readonly kind: "client"; readonly asked: Asked }
  /** The connection of a program that speaks frames stands. */
  | { readonly kind: "caller-up"; readonly session: SessionId; readonly address: Address }
  /** What such a program asks, in one go. */
  | { readonly kind: "calls"; readonly session: SessionId; readonly calls: Calls["calls"] }
  | { readonly kind: "session-down"; readonly session: SessionId; readonly reason: string }
  | { readonly kind: "saved"; readonly upTo: number }
  | { readonly kind: "command"; readonly content: AnyCommand }
  | { readonly kind: "resumed"; readonly gapMs: number }
  | { readonly kind: "timeout" };

/** All that a peer can ask for. The driver carries it out, in order, and decides nothing. */
export type PeerEffect =
  | {
      readonly kind: "message";
      readonly session: SessionId;
      readonly content: AnyMessage;
      readonly envelope: Envelope | null;
      /** Flip bits of the frame, where this number says: a fault does it. */
      readonly corruption?: number;
    }
  | { readonly kind: "packet"; readonly to: Address; readonly packet: HealthPacket }
  /** Make these durable, in order; then tell by "saved" with this token or a later one. */
  | { readonly kind: "save"; readonly records: readonly AnyRecord[]; readonly token: number }
  /** Open a connection, on which frames are spoken, or the gossip dialect; the answer is an up or a down. */
  | {
      readonly kind: "dial";
      readonly session: SessionId;
      readonly address: Address;
      readonly as: "link" | "program";
    }
  | { readonly kind: "close"; readonly session: SessionId; readonly reason: string }
  /** Tell a program something, in one go. */
  | { readonly kind: "program"; readonly session: SessionId; readonly said: readonly GossipMessage[] }
  /** Answer a client, in the order of its requests. */
  | { readonly kind: "client"; readonly session: SessionId; readonly answers: readonly Answer[] }
  /** Answer a program that speaks frames, in any order. */
  | { readonly kind: "answers"; readonly session: SessionId; readonly answers: Answers["answers"] }
  /** Do something in the world outside: an adapter does, and tells by a command. */
  | { readonly kind: "act"; readonly act: Act }
  /** Let what a program says wait, or read on. */
  | { readonly kind: "reading"; readonly session: SessionId; readonly on: boolean }
  | { readonly kind: "event"; readonly event: PeerEvent };

/** All that can happen to a peer with faults. */
export type FaultyInput =
  | PeerInput
  | { readonly kind: "faults"; readonly command: FaultCommand }
  /** What the disk holds, and whose it is, as asked for by the effect "restore". */
  | { readonly kind: "restored"; readonly id: PeerId; readonly records: readonly AnyRecord[] };

/** All that a peer with faults can ask for. */
export type FaultyEffect =
  | PeerEffect
  /** The machine is gone: what has not reached the disk never will. */
  | { readonly kind: "crash" }
  /** Read the disk and tell by "restored". */
  | { readonly kind: "restore" };

/** How a peer is made. */
export interface PeerOptions {
  readonly id: PeerId;
  readonly name: string;
  readonly address: Address;
  /** Seeds all randomness. */
  readonly seed: number;
  /** Found a cluster at once and never yield it. */
  readonly found: boolean;
  readonly seeds: readonly Address[];
  readonly scan: readonly Address[];
  /** How it agrees with others, where that is not as usual. */
  readonly modes?: Modes;
  /** Options of protocols that are not to be what they usually are. */
  readonly tuning?: Tuning;
}

/** Options of protocols, by name. */
export type Tuning = { readonly [K in ProtocolName]?: Partial<Speeches[K]["options"]> };
