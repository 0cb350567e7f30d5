import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { FaultyPeer } from "../../peer/faulty-peer.ts";
import type { FaultyEffect, FaultyInput, PeerOptions } from "../../peer/machine.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import type { Wire } from "../network/station.ts";

/** A peer of a world as those see it who watch it. */
export interface ObservedPeer {
  readonly address: Address;
  readonly port: number;
  /** Who it is, or was in its latest life. */
  readonly id: PeerId;
  /** Its host's monotonic clock, ms. */
  readonly now: number;
  /** The machine of its process, which must run. */
  readonly machine: FaultyPeer;
}

/** A message that leaves a peer on a connection, as one piece of bytes. */
export interface Sent {
  readonly stream: Wire;
  /** As the peer asked for it; with `corruption` its bytes are damaged. */
  readonly message: Extract<FaultyEffect, { kind: "message" }>;
  readonly bytes: Buffer;
}

/** Bytes that came on a connection of a peer, and what they were taken for. */
export interface Received {
  readonly session: SessionId;
  readonly stream: Wire;
  /** Who is at the other end. */
  readonly remote: Address;
  readonly bytes: Buffer;
  /** What was sent, where something damaged it on its way; else null. */
  readonly sent: Buffer | null;
  readonly inputs: readonly Extract<FaultyInput, { kind: "message" }>[];
  /** Why the connection is closed for it; undefined while all is well. */
  readonly failure: string | undefined;
}

/** Whoever watches the peers of a world: invariants, hashes, recordings. It changes nothing. */
export interface Observer {
  /** A process begins, with what was on its disk. */
  started?(peer: ObservedPeer, options: PeerOptions, records: readonly AnyRecord[]): void;
  /** Something has happened to a peer, at `now` by its host's clock, and it has asked for this. */
  stepped?(peer: ObservedPeer, input: FaultyInput, now: number, effects: readonly FaultyEffect[]): void;
  /** It has failed at an input: a broken invariant of its own, which ends the run. */
  failed?(peer: ObservedPeer, input: FaultyInput, now: number, failure: string): void;
  /** Bytes leave on a connection that it still has, perhaps to be lost with it. */
  sent?(peer: ObservedPeer, sent: Sent): void;
  received?(peer: ObservedPeer, received: Received): void;
  /** A process has ended. */
  ended?(peer: ObservedPeer): void;
}
