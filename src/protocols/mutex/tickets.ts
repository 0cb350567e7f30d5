import { isLockName, MAX_LOCK_NAME, MAX_LOCKS } from "../../core/lock.ts";
import type { ErrorCode } from "../../core/request.ts";
import type { Ticket } from "./message.ts";

/** Tickets that may wait for one lock at one peer, at most. */
export const MAX_TICKETS = 256;

/** Whoever waits here for a lock. */
interface Waiting {
  readonly ticket: Ticket;
  /** Monotonic ms. */
  readonly since: number;
}

/** A lock that is wanted here: by the first ticket of its queue, for which it is held. */
export interface Wanted {
  readonly name: string;
  readonly queue: Waiting[];
  /** The Lamport time since which this peer wants it. */
  timestamp: number;
  held: { readonly since: number; readonly token: number } | null;
  /** Who was last told to stand in the way. */
  blockedBy: readonly string[];
}

/** Why a ticket is not taken. */
export interface TicketRefusal {
  readonly code: ErrorCode;
  readonly because: string;
}

/** Who wants which lock at this peer; for each lock the peer asks the others once, for the first in the queue. */
export class Tickets {
  readonly #byName = new Map<string, Wanted>();

  /** All that is wanted here. */
  get all(): Iterable<Wanted> {
    return this.#byName.values();
  }

  /** Who wants a lock here; undefined where nobody does. */
  of(name: string): Wanted | undefined {
    return this.#byName.get(name);
  }

  /** Why a ticket cannot be taken for a lock; undefined where it can. */
  refuse(ticket: Ticket, name: string): TicketRefusal | undefined {
    if (!isLockName(name)) {
      const because = `a lock's name has 1 to ${MAX_LOCK_NAME} characters, none of them a control character`;
      return { code: "malformed", because };
    }
    const wanted = this.#byName.get(name);
    if (wanted === undefined) {
      if (this.#byName.size < MAX_LOCKS) return undefined;
      return { code: "full", because: `${MAX_LOCKS} locks are in use here: no more may be` };
    }
    if (wanted.queue.some((each) => each.ticket === ticket)) {
      return { code: "exists", because: `${name} is asked for already` };
    }
    if (wanted.queue.length < MAX_TICKETS) return undefined;
    return { code: "full", because: `${MAX_TICKETS} wait here for ${name}: no more may` };
  }

  /** Takes a ticket; whether it is the first for its lock. */
  add(ticket: Ticket, name: string, now: number): boolean {
    const waiting = { ticket, since: now };
    const wanted = this.#byName.get(name);
    if (wanted !== undefined) {
      wanted.queue.push(waiting);
      return false;
    }
    this.#byName.set(name, { name, queue: [waiting], timestamp: 0, held: null, blockedBy: [] });
    return true;
  }

  /** Takes a ticket out; nobody wants its lock here any more if it was the last. */
  remove(ticket: Ticket, name: string): void {
    const wanted = this.#byName.get(name);
    if (wanted === undefined) return;
    const at = wanted.queue.findIndex((each) => each.ticket === ticket);
    if (at >= 0) wanted.queue.splice(at, 1);
    if (wanted.queue.length === 0) this.#byName.delete(name);
  }
}
