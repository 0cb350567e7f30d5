import type { SessionId } from "../../core/protocol.ts";
import type { FaultyInput } from "../../peer/machine.ts";

/** A peer's end of a connection that is no link: what it makes of the bytes that come. */
export interface Speech {
  /** How the peer is told that the connection stands. */
  readonly opening: "program-up" | "client-up" | "caller-up";
  /** Why the connection is closed; undefined while all is well. */
  readonly failure: string | undefined;
  /** Bytes have come: they wait until they are taken. */
  push(bytes: Buffer): void;
  /** Lets what comes wait, or no more. */
  read(on: boolean): void;
  /** The next input for the peer in what has come; undefined where there is none, or none is to be read. */
  take(session: SessionId): FaultyInput | undefined;
}
