import type { ElectionMessage } from "../../core/election.ts";
import { ElectionMessages } from "../../core/election-messages.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { RaftMessage } from "./message.ts";

/** The questions and answers of the latest election as this peer saw them. */
export class ElectionRecord {
  readonly #messages = new ElectionMessages();
  /** The term that the latest election is about. */
  #term = 0;

  /** Oldest first. */
  get messages(): readonly ElectionMessage[] {
    return this.#messages.all;
  }

  /** A message was sent or has come; those that belong to no election are passed over. A later term is another election. */
  note(at: number, from: PeerId, to: PeerId, message: RaftMessage): void {
    const text = textOf(message);
    if (text === null) return;
    const isQuestion = message.kind === "pre-vote" || message.kind === "request-vote";
    if (isQuestion && message.term > this.#term) {
      this.#term = message.term;
      this.#messages.begin();
    }
    this.#messages.note({ at, from, to, kind: message.kind, text });
  }
}

/** What a message of an election says; null for any other. */
function textOf(message: RaftMessage): string | null {
  switch (message.kind) {
    case "pre-vote":
    case "request-vote":
      return `term ${message.term}, log up to ${message.lastLogIndex} of term ${message.lastLogTerm}`;
    case "pre-vote-answer":
    case "vote-answer":
      return `term ${message.term}, ${message.granted ? "granted" : "refused"}`;
    default:
      return null;
  }
}
