import type { SessionId } from "../../core/protocol.ts";
import type { Answer, Request } from "../../core/request.ts";
import type { Origin } from "./work.ts";

/** A place among the answers that a connection is owed; null while there is no answer. */
interface Slot {
  answer: Answer | null;
}

/** The connection of one client: what it is owed, in order, and the session that it has opened or resumed. */
export class Client {
  readonly connection: SessionId;
  readonly origin: Origin = { latest: null, hasRoom: true, isGone: false };
  /** The client's session, which outlives connections; null before it has asked for one. */
  session: number | null = null;
  /** Said behind a request for a session or of a lock: what it means depends on the outcome. */
  backlog: Request[] | null = null;
  /** The lock that it lets go when all that it asked before is answered, and who is told then. */
  unlocking: { readonly name: string; readonly answer: (answer: Answer) => void } | null = null;
  /** What it is told last, as it lost a lock; null while it has not. */
  lost: Answer | null = null;
  /** It has said that it goes. */
  isLeaving = false;
  #owed: Slot[] = [];
  #first = 0;
  #unanswered = 0;

  constructor(connection: SessionId) {
    this.connection = connection;
  }

  /** Whether everything that it asked is answered, and the answers taken. */
  get isServed(): boolean {
    return this.#first === this.#owed.length && this.backlog === null;
  }

  /** Whether a lock is to be let go now: nothing that was asked before is open. */
  get isToUnlock(): boolean {
    return this.unlocking !== null && this.#unanswered === 1;
  }

  /** Takes the next place among the answers. */
  owe(): (answer: Answer) => void {
    const slot: Slot = { answer: null };
    this.#owed.push(slot);
    this.#unanswered += 1;
    return (answer) => {
      if (slot.answer === null) this.#unanswered -= 1;
      slot.answer = answer;
    };
  }

  /** The answers that may go out: all up to the first that is missing. */
  take(): readonly Answer[] {
    const ready: Answer[] = [];
    for (let slot = this.#owed[this.#first]; slot?.answer != null; slot = this.#owed[this.#first]) {
      ready.push(slot.answer);
      this.#first += 1;
    }
    if (this.#first === this.#owed.length) {
      this.#owed = [];
      this.#first = 0;
    } else if (this.#first > 64) {
      this.#owed = this.#owed.slice(this.#first);
      this.#first = 0;
    }
    return ready;
  }
}
