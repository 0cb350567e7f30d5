import type { Socket } from "node:net";

/** A connection on which nothing happens is asked whether its other end is there still. */
const KEEP_ALIVE_MS = 60_000;

/** Who is told of what happens on the connection of a program. */
interface Attendant {
  readonly onData: (chunk: Buffer) => void;
  /** It has taken all that it was given. */
  readonly onDrain: () => void;
  /** The other side says no more. */
  readonly onEnd: () => void;
  /** Nothing has come and nothing has left for as long as was asked. */
  readonly onQuiet: () => void;
  /** It is gone; may be told twice. */
  readonly onLost: (reason: string) => void;
}

/** Listens to the connection of a program, which is kept however long nothing is said on it. */
export function attend(socket: Socket, quietMs: number, attendant: Attendant): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setTimeout(quietMs);
  socket.on("timeout", attendant.onQuiet);
  socket.on("data", attendant.onData);
  socket.on("drain", attendant.onDrain);
  socket.on("end", attendant.onEnd);
  socket.on("error", (error) => attendant.onLost(error.message));
  socket.on("close", () => attendant.onLost("closed"));
}
