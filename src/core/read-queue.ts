/** Reads that wait for a round, at most: each stands for all that were asked together. */
export const MAX_READS = 1024;

/** A read that waits until this peer is known to lead still. */
interface Read {
  readonly ticket: number;
  readonly index: number;
  /** A majority must answer this round, which was sent after the read came, or a later one. */
  readonly round: number;
}

/** The reads of a leader: those that came since the latest round, and those that wait for the answers to one. */
export class ReadQueue {
  #fresh: number[] = [];
  #waiting: Read[] = [];

  /** Whether no more are taken. */
  get isFull(): boolean {
    return this.#fresh.length + this.#waiting.length >= MAX_READS;
  }

  /** Whether some came since the latest round. */
  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  /** Whether some wait for the answers to a round. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes a read. */
  add(ticket: number): void {
    this.#fresh.push(ticket);
  }

  /** Hands over those that came since the latest round. */
  takeFresh(): readonly number[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** These may be answered at `index` once a majority has answered `round`. */
  wait(tickets: readonly number[], index: number, round: number): void {
    for (const ticket of tickets) this.#waiting.push({ ticket, index, round });
  }

  /** Hands over those whose round is answered, where a majority has answered `round`. */
  takeConfirmed(round: number): readonly Read[] {
    const unconfirmed = this.#waiting.findIndex((read) => read.round > round);
    return this.#waiting.splice(0, unconfirmed < 0 ? this.#waiting.length : unconfirmed);
  }

  /** Hands over all: nobody here answers them any more. */
  takeAll(): readonly number[] {
    const all = [...this.takeFresh(), ...this.#waiting.map(({ ticket }) => ticket)];
    this.#waiting = [];
    return all;
  }
}
