import type { ElectionMessage } from "./election.ts";

/** Messages that are kept, at most: the latest ones. */
const MAX_MESSAGES = 32;

/** The messages of the latest election, sent and received, as one peer saw them. */
export class ElectionMessages {
  #messages: ElectionMessage[] = [];

  /** Oldest first, at most 32. */
  get all(): readonly ElectionMessage[] {
    return this.#messages.slice();
  }

  /** Another election begins: the messages of the one before are dropped. */
  begin(): void {
    this.#messages = [];
  }

  /** Keeps a message of the election under way. */
  note(message: ElectionMessage): void {
    if (this.#messages.length === MAX_MESSAGES) this.#messages.shift();
    this.#messages.push(message);
  }
}
