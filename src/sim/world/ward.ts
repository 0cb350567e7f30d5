import type { SessionId } from "../../core/protocol.ts";
import type { FaultyPeer } from "../../peer/faulty-peer.ts";
import type { AnyCommand } from "../../peer/registry.ts";
import type { Station } from "../network/station.ts";

/** A peer, as those see it who do for it what it asks of the world. */
export interface Ward extends Station {
  /** Its host's monotonic clock, ms. */
  readonly now: number;
  /** The machine of its process, which must run. */
  readonly machine: FaultyPeer;
  /** How many times as long as usual it computes. */
  readonly slowness: number;
  command(content: AnyCommand): void;
  /** Breaks a connection, and tells the peer. */
  breakOff(session: SessionId, reason: string): void;
}
