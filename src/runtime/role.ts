import type { Socket } from "node:net";
import { LINK_FRAME } from "../protocols/link/message.ts";
import { HEADER_BYTES, MAX_PAYLOAD_BYTES } from "../wire/frame.ts";

/** A connection that has not said by then who dials is closed. */
const ROLE_TIMEOUT_MS = 5000;

const TYPE_AT = 1;
const LENGTH_AT = 6;

/** Where in a connection its HELLO says who dials: behind the two versions. */
const ROLE_AT = HEADER_BYTES + 2;
const CLIENT_ROLE = 1;

/** Who takes a connection, with the bytes that it has already said. */
type Taker = (socket: Socket, first: Buffer) => void;

/**
 * Hands a connection that speaks frames to whoever takes peers, or, where its HELLO is that of a program, to whoever
 * takes programs. It waits for that HELLO no longer than `timeoutMs`.
 */
export function partByRole(
  socket: Socket,
  first: Buffer,
  takers: { readonly peer: Taker; readonly client: Taker },
  timeoutMs = ROLE_TIMEOUT_MS,
): void {
  let said = first;
  const done = (act: () => void): void => {
    clearTimeout(timer);
    socket.off("data", onData).off("end", onEnd).off("close", onEnd);
    act();
  };
  const look = (): void => {
    const role = roleIn(said);
    if (role !== "undecided") done(() => takers[role](socket, said));
  };
  const onData = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]);
    look();
  };
  const onEnd = (): void => done(() => socket.destroy());
  const timer = setTimeout(onEnd, timeoutMs);
  socket.on("data", onData).on("end", onEnd).on("close", onEnd);
  look();
}

/** Who dials, as far as the first bytes tell; what begins no HELLO is left to those who take peers. */
function roleIn(said: Buffer): "peer" | "client" | "undecided" {
  if (said.length > TYPE_AT && said[TYPE_AT] !== LINK_FRAME.hello) return "peer";
  if (said.length >= LENGTH_AT + 3 && said.readUIntBE(LENGTH_AT, 3) > MAX_PAYLOAD_BYTES) return "peer";
  if (said.length <= ROLE_AT) return "undecided";
  return said[ROLE_AT] === CLIENT_ROLE ? "client" : "peer";
}
