import type { Address } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";

/** A connection, as the stations at its ends see it. */
export interface Wire {
  /** Sends bytes from one end to the other, as one piece. */
  send(from: Station, bytes: Buffer): void;
  /** One end closes or crashes: the other hears of it after all that was sent before. */
  end(from: Station, reason: string): void;
}

/** Whatever listens at an address of a world, as the network sees it. */
export interface Station {
  readonly address: Address;
  /** Whether a process is there: else connections are refused and packets are nobody's. */
  readonly isUp: boolean;
  /** Somebody has connected; the number of the connection here. */
  accept(from: Address, stream: Wire): SessionId;
  /** A connection that was dialled from here stands. */
  connected(session: SessionId, to: Address): void;
  /** Bytes have come on a connection; `sent`: what they were before something damaged them on their way, else null. */
  receive(session: SessionId, bytes: Buffer, sent: Buffer | null): void;
  /** A connection is gone, or could not be made. */
  disconnected(session: SessionId, reason: string): void;
  /** A UDP packet has come. */
  packet(from: Address, bytes: Buffer): void;
}

/** An address that one station after another may have, besides its own. */
export interface Lent extends Station {
  /** The own address of whoever has it: what is wrong with the ways to that is wrong with the ways to this one. */
  readonly home: Address;
}
