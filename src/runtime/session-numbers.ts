import type { SessionId } from "../core/protocol.ts";

/** Numbers the connections that are accepted: even, each once, whoever takes them. */
export class SessionNumbers {
  #last: SessionId = 0;

  next(): SessionId {
    this.#last += 2;
    return this.#last;
  }
}
