import type { Socket } from "node:net";
import type { AddressAct, AddressReport } from "../../protocols/office/message.ts";

/** Holds the virtual address on this machine, for a peer whose monotonic clock is `performance.now()`. */
export interface VirtualAddress {
  /** Does what the office asks for. What comes of it is reported later, never from inside this call. */
  act(act: AddressAct): void;
  /** Lets go of everything, and settles when that is done. */
  close(): Promise<void>;
}

/** For whom it is held. */
export interface AddressUser {
  /** Gives the office a report. */
  give(report: AddressReport): void;
  /** Takes a connection that came in through the address, of which nothing was read. It is reset when the address goes. */
  accept(socket: Socket): void;
  /** Shows a line to whoever runs the peer. */
  say(line: string): void;
}
