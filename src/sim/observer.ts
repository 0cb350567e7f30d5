import type { SessionId } from "../core/protocol.ts";
import type { FaultyEffect, FaultyInput, PeerOptions } from "../peer/machine.ts";
import type { AnyRecord } from "../peer/registry.ts";
import type { SimulatedPeer } from "./simulated-peer.ts";

/** Bytes that came on a connection of a peer, and what they were taken for. */
export interface Received {
  readonly session: SessionId;
  readonly bytes: Buffer;
  /** What was sent, where something damaged it on its way; else null. */
  readonly sent: Buffer | null;
  readonly inputs: readonly FaultyInput[];
  /** Why the connection is closed for it; undefined while all is well. */
  readonly failure: string | undefined;
}

/** Whoever watches the peers of a world: invariants, hashes, recordings. It changes nothing. */
export interface Observer {
  /** A process begins, with what was on its disk. */
  started?(peer: SimulatedPeer, options: PeerOptions, records: readonly AnyRecord[]): void;
  /** Something has happened to a peer, at `now` by its host's clock, and it has asked for this. */
  stepped?(peer: SimulatedPeer, input: FaultyInput, now: number, effects: readonly FaultyEffect[]): void;
  /** It has failed at an input: a broken invariant of its own, which ends the run. */
  failed?(peer: SimulatedPeer, input: FaultyInput, now: number, failure: string): void;
  received?(peer: SimulatedPeer, received: Received): void;
  /** A process has ended. */
  ended?(peer: SimulatedPeer): void;
}
