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

/** Settles when all of these are gone; those that are not a second later are let go of. */
export function allClosed(sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const open = new Set([...sockets].filter(({ closed }) => !closed));
    const tooLate = setTimeout(() => {
      for (const socket of open) socket.destroy();
      // One whose reset the system refused never tells that it is gone.
      resolve();
    }, CLOSE_TIMEOUT_MS);
    const settle = (): void => {
      if (open.size > 0) return;
      clearTimeout(tooLate);
      resolve();
    };
    for (const socket of open) {
      socket.once("close", () => {
        open.delete(socket);
        settle();
      });
    }
    settle();
  });
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
  for (const connection of connections) dismiss(connection);
  await allClosed(sockets);
}
