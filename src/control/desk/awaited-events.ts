import type { PeerEvent } from "../../peer/peer-event.ts";
import type { Clockwork } from "./clockwork.ts";

/** What is waited for: events that answer what was asked. */
export class AwaitedEvents {
  readonly #clockwork: Clockwork;
  readonly #waiting = new Set<(event: PeerEvent) => void>();

  constructor(clockwork: Clockwork) {
    this.#clockwork = clockwork;
  }

  /** Something has happened. */
  tell(event: PeerEvent): void {
    for (const hear of this.#waiting) hear(event);
  }

  /** What the first event means for which `meaningOf` finds a meaning; undefined when none comes in time. */
  next<T>(meaningOf: (event: PeerEvent) => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const end = (meaning: T | undefined): void => {
        callOff();
        this.#waiting.delete(hear);
        resolve(meaning);
      };
      const hear = (event: PeerEvent): void => {
        const meaning = meaningOf(event);
        if (meaning !== undefined) end(meaning);
      };
      const callOff = this.#clockwork.after(timeoutMs, () => end(undefined));
      this.#waiting.add(hear);
    });
  }
}
