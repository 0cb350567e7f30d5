/**
 * The office: which peer may act for the pool, hand work out and hold its virtual address.
 *
 * Source: leases after Gray, Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache
 * Consistency", SOSP 1989; the wait of a successor as for the leases of Ongaro's dissertation 2014, section 6.4.1.
 *
 * It sends no messages. All goes through the total order:
 *
 * | in the order        | by                            | effect                                           |
 * | ------------------- | ----------------------------- | ------------------------------------------------ |
 * | take-office         | whoever leads                 | it is the holder by the order, with its term     |
 * | a linearizable read | the holder                    | it leads still: its lease counts from the asking |
 * | leave-office        | a holder whose address is gone | its successor does not wait                     |
 *
 * Safety: no two peers are in office, or hold the address, at one instant. Let P enter in term T, and S in a later one.
 *
 * 1. S finds P in the order. P has entered after its own take-office was decided, so that stands in the order before the
 *    one of S, and what the order holds of the office names P, or somebody between them, as the predecessor.
 * 2. P's lease counts from an instant a of asking, and lasts `leaseMs` on P's clock. For a to count, a quorum has answered
 *    P in term T after a. Whoever elected S is a quorum too, so some voter v is of both, P itself perhaps. Had v voted for S
 *    first, it had not answered P any more; so it heard P after a, and voted later. So a is not after v last heard a leader
 *    before S. Where v was started anew in between it cannot tell, and nothing is deducted. ZAB tells nothing: nothing is
 *    deducted. Where reads go by a lease of their own, no quorum answers after a; but S was elected after a, so it is safe
 *    to deduct nothing.
 * 3. So P's lease ends at the latest `leaseMs`, on P's clock, after an earlier leader was last heard by any of S's voters.
 *    S waits until electedAt + leaseMs * (1 + drift) - quietMs, on its own clock; `leaseMs` as the order holds it, and
 *    quietMs not more than what passed, on the clock of v, from then until S was elected.
 * 4. With drift: be p, s, v the rates of the three clocks, and no one more than (1 + d) times another. From v's last
 *    hearing S waits, in real time, q / v + (L (1 + d) - q) / s, where L is leaseMs and q is quietMs, at most L (1 + d).
 *    That is linear in q; for q = 0 it is L (1 + d) / s >= L / p, and for q = L (1 + d) it is L (1 + d) / v >= L / p.
 *    A larger q needs no wait, and q / v > L / p. So it is never less than what P's lease takes.
 * 5. A released predecessor needs no wait: it said so when its address was gone, and it had entered, so leases before its
 *    own were over as well. Who has not entered never says so; and then S waits as if for P, for 2 and 3 hold of every P,
 *    whoever came between.
 *
 * A peer that stood still looks at its clock before anything else, so it acts on no lease that is over. Whoever holds the
 * address for it (AddressAct) goes by the same clock and lets go by itself.
 *
 * Assumptions: `drift` is the same on all peers; clocks run on while a process stands still. Whole machines that are
 * stopped, clock and all, are out of scope here: what is said in their term is void in the order all the same.
 *
 * Liveness: while there is a leader that its quorum hears. Where there is nothing to do, nobody holds a lease.
 */
import { Effects } from "../../core/effects.ts";
import type { OfficeHolder, OfficeRow } from "../../core/job.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import type { Departure } from "./departure.ts";
import type { AddressReport, OfficeSpeech } from "./message.ts";
import { type Leadership, ORDER_RETRY_MS, Tenure } from "./tenure.ts";

const NEVER = Number.POSITIVE_INFINITY;

type Command = OfficeSpeech["command"];
type Named<K extends Command["kind"]> = Extract<Command, { readonly kind: K }>;
type LeavingCause = Extract<OfficeSpeech["event"], { readonly kind: "office-left" }>["because"];

/** The machine. */
export class Office implements Protocol<OfficeSpeech> {
  readonly #options: OfficeSpeech["options"];
  readonly #effects = new Effects<OfficeSpeech>();
  #now = 0;
  /** Null while this peer does not lead. */
  #leadership: Leadership | null = null;
  #row: OfficeRow | null = null;
  #isDemanded = false;
  #hasLeft = false;
  #tenure: Tenure | null = null;
  #departure: Departure | null = null;
  /** The latest term in which this peer was in office, and is no more; 0 for none. */
  #enteredTerm = 0;
  /** When to say that it is over; Infinity while an answer is due. */
  #releaseAt = NEVER;
  #tickets = 0;
  #renewals = 0;
  #expiries = 0;

  constructor(options: OfficeSpeech["options"]) {
    this.#options = options;
  }

  get deadline(): number {
    if (this.#departure !== null) return this.#departure.goneBy;
    return Math.min(this.#tenure?.deadline(this.#now) ?? NEVER, this.#owesRelease ? this.#releaseAt : NEVER);
  }

  step(input: Input<OfficeSpeech>, now: number): readonly Effect<OfficeSpeech>[] {
    this.#now = now;
    // Before anything else: time may have passed of which nothing was noticed.
    if (this.#tenure?.isExpired(now) === true) this.#expire(this.#tenure);
    if (input.kind === "command") this.#obey(input.command);
    this.#settle();
    return this.#effects.take();
  }

  checkpoint(): readonly never[] {
    return [];
  }

  view(): OfficeSpeech["view"] {
    const { address, driver, leaseMs } = this.#options;
    const [tenure, departure, row] = [this.#tenure, this.#departure, this.#row];
    return {
      phase: departure !== null ? "leaving" : (tenure?.phase(this.#now) ?? "idle"),
      address,
      driver,
      holdsAddress: (departure ?? tenure)?.possession?.isHeld ?? false,
      holder: row === null ? null : holderOf(row),
      term: (departure ?? tenure)?.term ?? 0,
      waitUntil: tenure?.phase(this.#now) === "waiting" ? tenure.waitUntil : null,
      leaseUntil: tenure?.leaseUntil ?? null,
      leaseMs,
      since: tenure?.enteredAt ?? null,
      renewals: this.#renewals,
      expiries: this.#expiries,
    };
  }

  #obey(command: Command): void {
    switch (command.kind) {
      case "leader":
        return this.#lead(command);
      case "row":
        this.#row = command.row;
        return;
      case "demand":
        this.#isDemanded = command.on;
        return;
      case "answered":
        return this.#answered(command);
      case "readable":
        if (this.#tenure?.confirm(command.ticket, this.#now) === true) this.#renewals += 1;
        return;
      case "not-readable":
        return this.#tenure?.refuse(command.ticket);
      case "address-taken":
      case "address-refused":
      case "address-gone":
        return this.#hearOfAddress(command);
      case "leave":
        this.#hasLeft = true;
        return;
      case "forget":
        return this.#forget();
    }
  }

  #lead({ leader, term, quietMs }: Named<"leader">): void {
    if (leader !== this.#options.peer) this.#leadership = null;
    // What is said again does not begin again.
    else if (this.#leadership?.term !== term) this.#leadership = { term, electedAt: this.#now, quietMs };
  }

  #answered({ request, answer }: Named<"answered">): void {
    if (answer.kind !== "error") return;
    if (request.kind === "leave-office") this.#releaseAt = this.#now + ORDER_RETRY_MS;
    else if (request.kind === "take-office" && request.term === this.#tenure?.term) this.#tenure.notTaken(this.#now);
  }

  #hearOfAddress(command: AddressReport): void {
    const { term } = command;
    if (this.#departure?.term === term && command.kind === "address-gone") return this.#depart(command.because);
    const possession = this.#tenure?.term === term ? this.#tenure.possession : undefined;
    if (command.kind === "address-taken") possession?.taken(this.#now);
    else possession?.refused(command.because, this.#now);
  }

  #forget(): void {
    this.#leadership = null;
    if (this.#tenure !== null) this.#leave(this.#tenure, "forgotten");
    this.#row = null;
    // The order that this was said in is forgotten too.
    this.#enteredTerm = 0;
  }

  #expire(tenure: Tenure): void {
    this.#expiries += 1;
    this.#leave(tenure, "lease-expired");
  }

  /** Acts no more, at once; the address is let go. */
  #leave(tenure: Tenure, because: LeavingCause): void {
    const { term, enteredAt, leaseUntil, possession } = tenure;
    this.#tenure = null;
    if (enteredAt === null || leaseUntil === null) return;
    this.#enteredTerm = term;
    this.#releaseAt = this.#now;
    this.#effects.event({ kind: "office-shut" });
    this.#effects.event({ kind: "office-left", term, because });
    if (possession === null) return;
    this.#effects.event({ kind: "address-unwanted", term });
    this.#departure = { term, possession, goneBy: leaseUntil + this.#options.leaseMs };
  }

  /** The address is gone. */
  #depart(because: string): void {
    this.#departure?.possession.lost(because);
    this.#departure = null;
  }

  #settle(): void {
    const obstacle = this.#obstacle();
    if (this.#tenure !== null && obstacle !== null) this.#leave(this.#tenure, obstacle);
    if (this.#departure !== null && this.#now >= this.#departure.goneBy) this.#depart("its lease is over");
    if (this.#departure !== null) return;
    if (this.#owesRelease && this.#now >= this.#releaseAt) this.#release();
    if (this.#leadership === null || this.#obstacle() !== null) return;
    this.#tenure ??= new Tenure(this.#leadership, this.#options, this.#effects, () => this.#drawTicket(), this.#now);
    this.#tenure.settle(this.#row, this.#now);
  }

  #drawTicket(): number {
    this.#tickets -= 1;
    return this.#tickets;
  }

  /** Why this peer is not to be in office; null where nothing stands in the way. */
  #obstacle(): LeavingCause | null {
    const [leadership, row] = [this.#leadership, this.#row];
    if (this.#hasLeft) return "left";
    if (leadership === null || (this.#tenure !== null && this.#tenure.term !== leadership.term)) return "leader-lost";
    if (row !== null && row.term >= leadership.term) {
      const isOurs = row.term === leadership.term && row.holder === this.#options.peer && !row.released;
      if (!isOurs) return "superseded";
    }
    return this.#isDemanded || this.#options.address !== null ? null : "no-demand";
  }

  /** Whether the order still holds that this peer may be in the office, or have the address, of which it is rid for good. */
  get #owesRelease(): boolean {
    const [term, row] = [this.#enteredTerm, this.#row];
    if (term === 0 || row === null) return false;
    const isOurs = (each: OfficeHolder | null): boolean =>
      each !== null && each.term === term && each.holder === this.#options.peer && !each.released;
    const mayComeAgain = this.#leadership?.term === term && !this.#hasLeft;
    return isOurs(row.predecessor) || (isOurs(row) && !mayComeAgain);
  }

  #release(): void {
    this.#releaseAt = NEVER;
    const { peer: holder } = this.#options;
    this.#effects.event({ kind: "submit-broker", request: { kind: "leave-office", holder, term: this.#enteredTerm } });
  }
}

function holderOf({ holder, term, leaseMs, released }: OfficeRow): OfficeHolder {
  return { holder, term, leaseMs, released };
}
