import type { Socket } from "node:net";

/** The connections that came in through the address: when it is gone they are reset, so that nothing more is said on them. */
export class Visitors {
  readonly #accept: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();

  constructor(accept: (socket: Socket) => void) {
    this.#accept = accept;
  }

  /** Somebody came in. */
  admit(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // Without a listener a reset of this connection would end the process.
    socket.on("error", () => {});
    socket.setNoDelay(true);
    // Programs that half-close after their last request still get their answers; one that was handed over has forgotten that.
    socket.allowHalfOpen = true;
    this.#accept(socket);
  }

  /** Everybody is turned out, at once: whoever has asked something does not know whether it was done. */
  turnOut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }
}
