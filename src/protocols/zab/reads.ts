import { ReadQueue } from "../../core/read-queue.ts";
import type { ZabState } from "./state.ts";

/** What reads need of the epoch that this peer leads. */
interface Epoch {
  /** Sends all members a round, and answers with its number. */
  ask(): number;
  /** The latest round that a majority has answered, each still of this epoch. */
  confirmed(): number;
}

/**
 * Linearizable reads, which the paper leaves out: whoever has applied all that was committed when a read came may answer
 * it, once a quorum has said after that it is still of this epoch. For as long as it is, no later one is established.
 */
export class Reads {
  readonly #state: ZabState;
  readonly #queue = new ReadQueue();

  constructor(state: ZabState) {
    this.#state = state;
  }

  /** Whether some wait for the answers to a round. */
  get isWaiting(): boolean {
    return this.#queue.isWaiting;
  }

  /** Takes a read; "readable" follows, or "not-readable" where this peer leads no more. */
  ask(ticket: number): void {
    if (this.#queue.isFull) this.#state.effects.event({ kind: "not-readable", ticket, because: "busy" });
    else this.#queue.add(ticket);
  }

  /** Sends a round for the reads that came since the latest, and answers those that may be answered. */
  settle(epoch: Epoch): void {
    if (this.#queue.hasFresh) this.#queue.wait(this.#queue.takeFresh(), this.#state.commitIndex, epoch.ask());
    if (!this.#queue.isWaiting) return;
    for (const { ticket, index } of this.#queue.takeConfirmed(epoch.confirmed()))
      this.#state.effects.event({ kind: "readable", ticket, index });
  }

  /** This peer leads no more. */
  end(): void {
    for (const ticket of this.#queue.takeAll())
      this.#state.effects.event({ kind: "not-readable", ticket, because: "not-leader" });
  }
}
