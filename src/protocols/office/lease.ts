const NEVER = Number.POSITIVE_INFINITY;

/** The share of a lease after which it is asked for anew: three questions in a row may be lost. */
const RENEWAL_SHARE = 1 / 4;

/**
 * What a leader knows of how long it may act as one: for `leaseMs` from the instant of asking whether it leads still,
 * once that is confirmed. However late the answer comes, nobody who was in the quorum then had voted for another before
 * the question was asked. Instants are monotonic ms.
 */
export class Lease {
  readonly #leaseMs: number;
  readonly #draw: () => number;
  /** Questions without an answer: when each was asked. */
  readonly #asked = new Map<number, number>();
  #nextAskAt = NEVER;
  #until = Number.NEGATIVE_INFINITY;

  /**
   * @param draw a ticket that nobody else has, and this peer had never before
   */
  constructor(leaseMs: number, draw: () => number) {
    this.#leaseMs = leaseMs;
    this.#draw = draw;
  }

  /** Until when it counts; minus infinity before the first. */
  get until(): number {
    return this.#until;
  }

  /** When to ask next. */
  get deadline(): number {
    return this.#nextAskAt;
  }

  /** From now on it is asked for. */
  begin(now: number): void {
    if (this.#nextAskAt === NEVER) this.#nextAskAt = now;
  }

  /** The ticket of a question where one is due, else null. */
  ask(now: number): number | null {
    if (now < this.#nextAskAt) return null;
    // Whatever came of those, it would be over by now.
    for (const [ticket, askedAt] of this.#asked) if (askedAt + this.#leaseMs <= now) this.#asked.delete(ticket);
    this.#nextAskAt = now + this.#leaseMs * RENEWAL_SHARE;
    const ticket = this.#draw();
    this.#asked.set(ticket, now);
    return ticket;
  }

  /** A question was answered with yes; whether the lease lasts longer for it. Unknown tickets say nothing. */
  confirm(ticket: number, now: number): boolean {
    const askedAt = this.#asked.get(ticket);
    if (askedAt === undefined) return false;
    this.#asked.delete(ticket);
    const until = askedAt + this.#leaseMs;
    if (until <= this.#until || until <= now) return false;
    this.#until = until;
    return true;
  }

  /** A question was answered with no: it is asked again when the next is due. */
  refuse(ticket: number): void {
    this.#asked.delete(ticket);
  }
}
