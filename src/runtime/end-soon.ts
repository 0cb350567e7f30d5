import type { Socket } from "node:net";

/** What was sent before a close has this long to leave, unless told otherwise. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Ends our side of a connection once all that was written has left, gives the other a moment to do the same, then lets go.
 *
 * @param closing holds it until then
 */
export function endSoon(socket: Socket, closing: Set<Socket>, timeoutMs = CLOSE_TIMEOUT_MS): void {
  if (socket.destroyed) return;
  closing.add(socket);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.once("close", () => {
    clearTimeout(timer);
    closing.delete(socket);
  });
  if (socket.connecting) socket.destroy();
  else {
    socket.resume();
    socket.once("end", () => socket.destroySoon());
    socket.end();
    if (socket.readableEnded) socket.destroySoon();
  }
}

/** Settles when all of these are gone. */
export async function allClosed(closing: ReadonlySet<Socket>): Promise<void> {
  await Promise.all(
    [...closing].map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()))),
  );
}

/**
 * Ends every connection in order, and settles when they are gone, a second later at most.
 *
 * @param closing those that are ending already
 * @param dismiss lets what is queued on one leave, and ends it then
 */
export async function endAll<C extends { readonly socket: Socket }>(
  connections: readonly C[],
  closing: ReadonlySet<Socket>,
  dismiss: (connection: C) => void,
): Promise<void> {
  const sockets = new Set([...closing, ...connections.map(({ socket }) => socket)]);
  const tooLate = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, CLOSE_TIMEOUT_MS);
  for (const connection of connections) dismiss(connection);
  await allClosed(sockets);
  clearTimeout(tooLate);
}
