import type { Effects } from "../../core/effects.ts";
import type { OfficeHolder, OfficeRow } from "../../core/job.ts";
import { Lease } from "./lease.ts";
import type { OfficePhase, OfficeSpeech } from "./message.ts";
import { Possession } from "./possession.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** After the order has failed to take an operation it is given it again, ms. */
export const ORDER_RETRY_MS = 50;

/** That this peer leads. */
export interface Leadership {
  readonly term: number;
  /** Monotonic ms at which it heard so. */
  readonly electedAt: number;
  /** What its voters said: see "leader" among the commands. */
  readonly quietMs: number | null;
}

/** This peer on its way into the office in one term, and in it. Instants are monotonic ms. */
export class Tenure {
  readonly term: number;
  /** When it set out. */
  readonly since: number;
  readonly #leadership: Leadership;
  readonly #options: OfficeSpeech["options"];
  readonly #effects: Effects<OfficeSpeech>;
  readonly #lease: Lease;
  #enteredAt: number | null = null;
  #possession: Possession | null = null;
  /** When to submit that the office is taken; Infinity while an answer is due. */
  #submitAt: number;
  /** Null as long as it is not ours in the order. */
  #waitUntil: number | null = null;

  /** Sets out. */
  constructor(
    leadership: Leadership,
    options: OfficeSpeech["options"],
    effects: Effects<OfficeSpeech>,
    draw: () => number,
    now: number,
  ) {
    const { leaseMs, address } = options;
    this.term = leadership.term;
    this.since = now;
    this.#leadership = leadership;
    this.#options = options;
    this.#effects = effects;
    this.#lease = new Lease(leaseMs, draw);
    this.#submitAt = now;
    if (address !== null) effects.event({ kind: "address-prepared", address });
  }

  /** When it was entered; null before. */
  get enteredAt(): number | null {
    return this.#enteredAt;
  }

  /** Until when this peer may act; null while it may not. */
  get leaseUntil(): number | null {
    return this.#enteredAt === null ? null : this.#lease.until;
  }

  /** Until when it waits for leases of earlier terms; null as long as the order has not given it the office. */
  get waitUntil(): number | null {
    return this.#waitUntil;
  }

  /** The address as it is asked for; null where none is. */
  get possession(): Possession | null {
    return this.#possession;
  }

  /** How far it has come. */
  phase(now: number): OfficePhase {
    if (this.#enteredAt !== null) return "in-office";
    if (this.#waitUntil === null) return "asking";
    return now < this.#waitUntil ? "waiting" : "confirming";
  }

  /** When time alone brings something about. */
  deadline(now: number): number {
    if (this.#waitUntil === null) return this.#submitAt;
    const { deadline, until } = this.#lease;
    if (this.#enteredAt === null) return Math.min(deadline, this.#waitUntil > now ? this.#waitUntil : NEVER);
    return Math.min(deadline, until, this.#possession?.deadline ?? NEVER);
  }

  /** Whether it was in office and its lease is over. */
  isExpired(now: number): boolean {
    return this.#enteredAt !== null && now >= this.#lease.until;
  }

  /** The order has not taken the operation. */
  notTaken(now: number): void {
    this.#submitAt = now + ORDER_RETRY_MS;
  }

  /** Whether the lease of a peer in office lasts longer from now on. */
  confirm(ticket: number, now: number): boolean {
    if (!this.#lease.confirm(ticket, now) || this.#enteredAt === null) return false;
    const { term } = this;
    const { until } = this.#lease;
    this.#effects.event({ kind: "office-open", term, until });
    this.#possession?.extend(until);
    return true;
  }

  /** Whether this peer leads still is not known, for the moment. */
  refuse(ticket: number): void {
    this.#lease.refuse(ticket);
  }

  /** Does all that has become possible; `row` is what the order holds of the office. */
  settle(row: OfficeRow | null, now: number): void {
    if (row === null || row.term < this.term) return this.#submit(now);
    this.#waitUntil = this.#endOfOthers(row.predecessor);
    // Asked for while it still waits, it is there when the wait is over.
    this.#lease.begin(now);
    const ticket = this.#lease.ask(now);
    if (ticket !== null) this.#effects.event({ kind: "confirmation-wanted", ticket });
    if (this.#enteredAt !== null) this.#possession?.tick(this.#lease.until, now);
    else if (now >= this.#waitUntil && now < this.#lease.until) this.#enter(now);
  }

  #submit(now: number): void {
    if (now < this.#submitAt) return;
    this.#submitAt = NEVER;
    const { peer: holder, leaseMs } = this.#options;
    this.#effects.event({ kind: "submit-broker", request: { kind: "take-office", holder, term: this.term, leaseMs } });
  }

  /** When all leases of earlier terms have ended. */
  #endOfOthers(predecessor: OfficeHolder | null): number {
    if (predecessor === null || predecessor.released) return this.since;
    const { drift, leaseReads } = this.#options;
    const { electedAt, quietMs } = this.#leadership;
    const deductionMs = leaseReads ? 0 : (quietMs ?? 0);
    return electedAt + Math.max(0, predecessor.leaseMs * (1 + drift) - deductionMs);
  }

  #enter(now: number): void {
    const { term } = this;
    const { until } = this.#lease;
    this.#enteredAt = now;
    this.#effects.event({ kind: "office-open", term, until });
    this.#effects.event({ kind: "office-entered", term, waitedMs: now - this.since });
    const { address } = this.#options;
    if (address !== null) this.#possession = new Possession(address, term, this.#effects, until, now);
  }
}
