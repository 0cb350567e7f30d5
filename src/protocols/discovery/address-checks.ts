import { type Address, isUsable } from "../../core/address.ts";

/** Health checks under way, at most. */
export const MAX_IN_FLIGHT = 64;

/** Addresses that wait for a check, at most; further ones are dropped, for gossip repeats itself. */
export const MAX_QUEUED = 1024;

/** An address that did not answer is not asked again on hearsay for so long. */
const REFUSED_MS = 5000;

/** A health check that nobody reported on counts as unanswered. */
const CHECK_TIMEOUT_MS = 5000;

/** The addresses that want a health check, in the order in which they were named, a few at a time. */
export class AddressChecks {
  readonly #own: Address;
  readonly #queue = new Set<Address>();
  /** When each is given up; oldest first. */
  readonly #inFlight = new Map<Address, number>();
  /** Until when each is left alone; oldest first. */
  readonly #refused = new Map<Address, number>();

  constructor(own: Address) {
    this.#own = own;
  }

  /** Monotonic ms at which the oldest check is given up; Infinity with none under way. */
  get deadline(): number {
    for (const until of this.#inFlight.values()) return until;
    return Number.POSITIVE_INFINITY;
  }

  /** Asks for a check of an address that somebody spoke of, unless it has just failed one. */
  consider(address: Address, now: number): void {
    if ((this.#refused.get(address) ?? now) <= now) this.want(address);
  }

  /** Asks for a check in any case; false if there will be none. */
  want(address: Address): boolean {
    if (address === this.#own || !isUsable(address)) return false;
    if (this.#inFlight.has(address) || this.#queue.has(address)) return true;
    if (this.#queue.size >= MAX_QUEUED) return false;
    this.#queue.add(address);
    return true;
  }

  /** Whose turn it is: from now on they are under way. */
  start(now: number): Address[] {
    const started: Address[] = [];
    for (const address of this.#queue) {
      if (this.#inFlight.size >= MAX_IN_FLIGHT) break;
      this.#queue.delete(address);
      this.#inFlight.set(address, now + CHECK_TIMEOUT_MS);
      started.push(address);
    }
    return started;
  }

  /** Takes a result; false if this check was not ours or is long over. */
  settle(address: Address, answered: boolean, now: number): boolean {
    if (!this.#inFlight.delete(address)) return false;
    this.#refused.delete(address);
    if (!answered) this.#refuse(address, now);
    return true;
  }

  /** The checks that nobody reported on in time; to be settled as unanswered. */
  overdue(now: number): Address[] {
    return [...this.#inFlight].filter(([, until]) => until <= now).map(([address]) => address);
  }

  clear(): void {
    this.#queue.clear();
    this.#inFlight.clear();
  }

  #refuse(address: Address, now: number): void {
    this.#refused.set(address, now + REFUSED_MS);
    if (this.#refused.size <= MAX_QUEUED) return;
    for (const oldest of this.#refused.keys()) {
      this.#refused.delete(oldest);
      return;
    }
  }
}
