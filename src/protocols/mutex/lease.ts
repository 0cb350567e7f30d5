import type { LockClaim, LockHolder, LockRow } from "../../core/lock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Answer, LockOperation } from "../../core/request.ts";
import { Expiry } from "./expiry.ts";
import type { MutexSpeech } from "./message.ts";
import { type Ground, type Sight, UNKNOWN, type Want, type Way } from "./way.ts";

/** What came to nothing for the moment is asked again after so long, ms. */
const RETRY_MS = 500;

/** Claims that the order is still to be rid of, at most. */
const MAX_LEFT = 4096;

/** The share of a lease after which its holder gives it up by itself: clocks may differ by as much as is left. */
const HOLDER_SHARE = 0.9;

const NEVER = Number.POSITIVE_INFINITY;

type Command = MutexSpeech["command"];

/** What this peer wants or holds. Instants are monotonic ms. */
interface Own {
  readonly ticket: number;
  /** When it was first asked for: what the order did about it was after that. */
  readonly askedAt: number;
  /** Whether the order was seen to have it. */
  isKnown: boolean;
  /** Null as long as it is not ours in the order. */
  token: number | null;
  /** Whether it is held: somebody here was told so. */
  holds: boolean;
  /** Until when it is ours for sure. */
  goodUntil: number;
  /** When to ask next, for the lock or for a renewal; Infinity while an answer is due. */
  nextAt: number;
  /** When the renewal was sent whose answer is due. */
  renewingSince: number;
}

/** Of which we are rid, but for the order, which may think otherwise: its name, and when to say so next. */
interface Left {
  readonly name: string;
  nextAt: number;
}

/**
 * Locks by leases in the total order. What the algorithms without one cannot survive, a holder that crashed, is overcome
 * here: a lock that is not renewed in time goes to the next.
 *
 * Source: Gray, Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency", SOSP 1989,
 * section 3; fencing tokens as Chubby's sequencers (Burrows, OSDI 2006, section 2.4).
 *
 * Peers say nothing to each other: they submit operations to the order (acquire, renew, release, expire) and hear what became
 * of the locks in it. A holder renews at a third of the lease. The peer that leads submits that a lease has ended when by its
 * own clock so much time has passed since it applied the latest renewal, or since it became the leader; that is void where a
 * renewal stands before it in the order. The holder counts from when it sent the latest renewal that was answered, which is
 * before any peer applied it, and gives the lock up at nine tenths: before anybody else can have it.
 *
 * Assumptions: for as long as a lease lasts, the monotonic clocks of two peers advance alike within a tenth, standing still
 * and suspended machines included. A holder that is stopped cannot give anything up while it stands still, and what it has
 * sent by then may come late: so whoever is written to under a lock must refuse the token of an earlier holder. The token is
 * the index of the command that made a holder one, so it grows without any assumption.
 *
 * Liveness: while the order has a leader and a quorum. What is left in the order of an earlier life of this peer is
 * released when it is seen.
 */
export class Lease implements Way {
  readonly #ground: Ground;
  readonly #leaseMs: number;
  readonly #own = new Map<string, Own>();
  readonly #rows = new Map<string, LockRow>();
  readonly #left = new Map<number, Left>();
  readonly #expiry: Expiry;

  constructor(ground: Ground, leaseMs: number) {
    this.#ground = ground;
    this.#leaseMs = leaseMs;
    this.#expiry = new Expiry(ground);
  }

  get deadline(): number {
    let earliest = this.#expiry.deadline;
    for (const { nextAt, goodUntil } of this.#own.values()) earliest = Math.min(earliest, nextAt, goodUntil);
    for (const { nextAt } of this.#left.values()) earliest = Math.min(earliest, nextAt);
    return earliest;
  }

  /** A command that concerns leases alone. */
  obey(command: Extract<Command, { readonly kind: "leader" | "locks" | "answered" }>): void {
    switch (command.kind) {
      case "leader":
        return this.#expiry.lead(command.leader === this.#ground.peer, this.#rows.values());
      case "answered":
        return this.#answered(command.request, command.answer);
      case "locks": {
        const changed = new Set(command.changes.map(({ name }) => name));
        const gone = command.all ? [...this.#rows.keys()].filter((name) => !changed.has(name)) : [];
        for (const name of gone) this.#changed(name, null);
        for (const { name, row } of command.changes) this.#changed(name, row);
        // The order holds nothing of what was asked before, if it was forgotten.
        if (command.all) for (const [name, own] of this.#own) this.#compare(name, own);
      }
    }
  }

  want(name: string): number {
    const ticket = this.#ground.tick();
    const { now } = this.#ground;
    const own: Own = {
      ...{ ticket, askedAt: now, isKnown: false, token: null, holds: false },
      ...{ goodUntil: NEVER, nextAt: NEVER, renewingSince: now },
    };
    this.#own.set(name, own);
    this.#acquire(name, own);
    return ticket;
  }

  leave(name: string): void {
    const own = this.#own.get(name);
    if (own === undefined) return;
    this.#own.delete(name);
    this.#releaseOf(name, own.ticket);
  }

  wants(): readonly Want[] {
    return [];
  }

  hear(): void {
    // Peers say nothing of leases to each other.
  }

  unlinked(): void {
    // Only the order counts.
  }

  othersChanged(): void {
    // Only the order counts.
  }

  forget(): void {
    // The order tells that it was forgotten.
  }

  settle(): void {
    const { now } = this.#ground;
    this.#expiry.settle();
    for (const [name, own] of this.#own) {
      if (own.holds && now >= own.goodUntil) this.#lose(name, own, "its lease was not renewed in time");
      else if (now >= own.nextAt && own.token === null) this.#acquire(name, own);
      else if (now >= own.nextAt && own.token !== null) this.#renew(name, own, own.token);
    }
    for (const [ticket, left] of this.#left) if (now >= left.nextAt) this.#release(ticket, left);
  }

  awaits(name: string): readonly PeerId[] {
    const owner = this.#rows.get(name)?.holder.owner;
    const own = this.#own.get(name);
    return own === undefined || own.holds || owner === undefined || owner === this.#ground.peer ? [] : [owner];
  }

  debtors(): readonly PeerId[] {
    return [];
  }

  names(): Iterable<string> {
    return this.#rows.keys();
  }

  see(name: string): Sight {
    const row = this.#rows.get(name);
    const own = this.#own.get(name);
    if (row === undefined) return UNKNOWN;
    const queue = [row.holder, ...row.waiting].map(({ owner, ticket }) => ({ peer: owner, timestamp: ticket }));
    const leaseUntil = own?.holds === true ? own.goodUntil : null;
    return { ...UNKNOWN, holder: row.holder.owner, token: row.holder.token, queue, leaseUntil };
  }

  #changed(name: string, row: LockRow | null): void {
    if (row === null) this.#rows.delete(name);
    else this.#rows.set(name, row);
    this.#expiry.note(name, row);
    const own = this.#own.get(name);
    for (const { owner, ticket } of claimsOf(row)) {
      if (owner === this.#ground.peer && ticket !== own?.ticket) this.#releaseOf(name, ticket);
    }
    if (own !== undefined) this.#compare(name, own);
  }

  /** Holds what we want to what the order says. */
  #compare(name: string, own: Own): void {
    const row = this.#rows.get(name) ?? null;
    const isOurs = ({ owner, ticket }: LockClaim): boolean => owner === this.#ground.peer && ticket === own.ticket;
    if (row !== null && isOurs(row.holder)) this.#won(name, own, row.holder);
    else if (own.holds) this.#lose(name, own, "its lease has expired");
    else if (claimsOf(row).some(isOurs)) Object.assign(own, { isKnown: true, nextAt: NEVER });
    else if (own.isKnown) {
      // It fell out with an expired lease of ours: it is asked for again, behind the others.
      Object.assign(own, { isKnown: false, token: null });
      this.#acquire(name, own);
    }
  }

  #won(name: string, own: Own, { token }: LockHolder): void {
    if (own.token !== null) return;
    Object.assign(own, { isKnown: true, token });
    // Whoever has waited for long does not know since when it is the holder: from now on it must be renewed to be sure.
    if (this.#ground.now < own.askedAt + this.#leaseMs / 3) this.#extend(name, own, own.askedAt);
    else this.#renew(name, own, token);
  }

  #extend(name: string, own: Own, sentAt: number): void {
    own.goodUntil = sentAt + this.#leaseMs * HOLDER_SHARE;
    own.nextAt = sentAt + this.#leaseMs / 3;
    if (own.holds || own.token === null) return;
    own.holds = true;
    this.#ground.enter(name, own.token);
  }

  #lose(name: string, own: Own, because: string): void {
    this.#own.delete(name);
    this.#releaseOf(name, own.ticket);
    this.#ground.lose(name, because);
  }

  #acquire(name: string, own: Own): void {
    own.nextAt = NEVER;
    const { peer: owner } = this.#ground;
    this.#ground.submit({ kind: "acquire-lock", name, owner, ticket: own.ticket, leaseMs: this.#leaseMs });
  }

  #renew(name: string, own: Own, token: number): void {
    own.nextAt = NEVER;
    own.renewingSince = this.#ground.now;
    this.#ground.submit({ kind: "renew-lock", name, token });
  }

  /** The order is to be rid of a claim of ours, unless it was told so. */
  #releaseOf(name: string, ticket: number): void {
    if (this.#left.has(ticket)) return;
    // What is passed over here is released when the order is seen to have it.
    for (const oldest of this.#left.keys()) {
      if (this.#left.size < MAX_LEFT) break;
      this.#left.delete(oldest);
    }
    const left: Left = { name, nextAt: NEVER };
    this.#left.set(ticket, left);
    this.#release(ticket, left);
  }

  #release(ticket: number, left: Left): void {
    left.nextAt = NEVER;
    this.#ground.submit({ kind: "release-lock", name: left.name, owner: this.#ground.peer, ticket });
  }

  #answered(request: LockOperation, answer: Answer): void {
    const { now } = this.#ground;
    switch (request.kind) {
      case "acquire-lock": {
        const own = this.#own.get(request.name);
        if (own?.ticket !== request.ticket || own.isKnown) return;
        if (answer.kind === "error" && isForGood(answer)) this.#refused(request.name, answer);
        // Also where it was taken: it may have fallen out again before the order was seen to have it.
        else own.nextAt = now + RETRY_MS;
        return;
      }
      case "renew-lock": {
        const own = this.#own.get(request.name);
        if (own?.token !== request.token) return;
        if (answer.kind === "locked") this.#extend(request.name, own, own.renewingSince);
        // Where it is lost for good, the locks tell so themselves, or time does.
        else own.nextAt = now + RETRY_MS;
        return;
      }
      case "release-lock": {
        const left = this.#left.get(request.ticket);
        if (left === undefined) return;
        if (answer.kind === "error") left.nextAt = now + RETRY_MS;
        else this.#left.delete(request.ticket);
        return;
      }
      case "expire-lock":
        // Asked again by itself, where it has not.
        return;
    }
  }

  #refused(name: string, { code, message }: Extract<Answer, { kind: "error" }>): void {
    this.#own.delete(name);
    this.#ground.refuse(name, code, message);
  }
}

function claimsOf(row: LockRow | null): readonly LockClaim[] {
  return row === null ? [] : [row.holder, ...row.waiting];
}

/** Whether asking again would come to nothing as well. */
function isForGood({ code }: Extract<Answer, { kind: "error" }>): boolean {
  return code === "full" || code === "malformed" || code === "too-large";
}
