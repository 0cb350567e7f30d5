import type { Address } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { PeerInput } from "../peer/machine.ts";
import type { PeerEvent } from "../peer/peer-event.ts";

/** How a world behaves. Times are virtual milliseconds. */
export interface WorldOptions {
  readonly seed: number;
  /** One way, for packets and streams alike. */
  readonly latencyMs: number;
  /** From a save to its acknowledgement. */
  readonly diskMs: number;
  /** Share of UDP packets that are lost, 0 to 1. */
  readonly packetLoss: number;
}

/** A peer as its connections see it. */
export interface Station {
  readonly address: Address;
  /** The number of its next accepted connection. */
  nextAccepted(): SessionId;
  /** It now has a connection. */
  attach(session: SessionId, wire: Wire): void;
  /** It has that connection no more. */
  detach(session: SessionId): void;
  give(input: PeerInput): void;
}

/** A connection as its two peers see it. */
export interface Wire {
  /** Sends bytes from one end to the other. */
  send(from: Station, bytes: Buffer): void;
  /** One end closes or crashes: the other hears of it after all that was sent before. */
  end(from: Station, reason: string): void;
}

/** The world as its parts see it. */
export interface Environment {
  readonly options: WorldOptions;
  readonly random: Random;
  /** Virtual monotonic ms. */
  readonly now: number;
  /** Plans something for a time after now. */
  after(delayMs: number, action: () => void): void;
  /** Whoever listens at an address; undefined if nobody does. */
  at(address: Address): Station | undefined;
  /** Whether everything from one address to another is silenced. */
  isCut(from: Address, to: Address): boolean;
  /** Opens a connection. */
  connect(from: Station, session: SessionId, to: Address): void;
  /** Notes what the peer at an address tells, and does what its driver would do. */
  note(address: Address, event: PeerEvent): void;
}
