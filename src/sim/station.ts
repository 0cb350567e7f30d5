import type { Address } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Stream } from "./stream.ts";

/** Whatever listens at an address of a world, as the network sees it. */
export interface Station {
  readonly address: Address;
  /** Whether a process is there: else connections are refused and packets are nobody's. */
  readonly isUp: boolean;
  /** Somebody has connected; the number of the connection here. */
  accept(from: Address, stream: Stream): SessionId;
  /** A connection that was dialled from here stands. */
  connected(session: SessionId, to: Address): void;
  /** Bytes have come on a connection; `sent`: what they were before something damaged them on their way, else null. */
  receive(session: SessionId, bytes: Buffer, sent: Buffer | null): void;
  /** A connection is gone, or could not be made. */
  disconnected(session: SessionId, reason: string): void;
  /** A UDP packet has come. */
  packet(from: Address, bytes: Buffer): void;
}
