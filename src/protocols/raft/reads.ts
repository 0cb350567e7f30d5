import type { PeerId } from "../../core/peer-id.ts";
import { reachedByMajority } from "../../core/quorum.ts";
import { ReadQueue } from "../../core/read-queue.ts";
import type { Replication } from "./replication.ts";
import type { RaftState } from "./state.ts";

/**
 * The part of the least election timeout for which a quorum's answers are a lease. Clocks may run at rates that differ
 * by a tenth, no more, and must not stand still while others go on (a suspended machine).
 */
const LEASE_PART = 0.9;

/**
 * Linearizable reads (dissertation 6.4): whoever has applied the commit index as it was when a read came may answer it,
 * once it is sure that nobody else had been elected by then: by a round of heartbeats that a majority answers, or by
 * a lease that the latest answers of a majority make, as nobody in it votes within an election timeout of them.
 */
export class Reads {
  readonly #state: RaftState;
  readonly #replication: Replication;
  readonly #queue = new ReadQueue();
  #isLeaseVoid = false;

  constructor(state: RaftState, replication: Replication) {
    this.#state = state;
    this.#replication = replication;
  }

  /** Takes a read; "readable" follows, or "not-readable" where this peer leads no more. */
  ask(ticket: number): void {
    if (this.#queue.isFull) this.#refuse(ticket, "busy");
    else this.#queue.add(ticket);
  }

  /**
   * From now on a lease counts for nothing in this term: a successor was named, and whenever the word reaches it, it is
   * elected whatever others promised.
   */
  voidLease(): void {
    this.#isLeaseVoid = true;
  }

  /** Answers the reads that may be answered; sends a round of heartbeats for those that came since the latest. */
  settle(now: number): void {
    // Until an entry of this term is committed, a new leader does not know what is (section 8).
    if (this.#queue.hasFresh && this.#knowsCommits) this.#begin(now);
    if (this.#queue.isWaiting) this.#answerConfirmed();
  }

  /** This peer leads no more. */
  end(): void {
    for (const ticket of this.#queue.takeAll()) this.#refuse(ticket, "not-leader");
  }

  get #knowsCommits(): boolean {
    const { log, commitIndex, currentTerm } = this.#state;
    return commitIndex >= log.baseIndex && log.termAt(commitIndex) === currentTerm;
  }

  #begin(now: number): void {
    const index = this.#state.commitIndex;
    const fresh = this.#queue.takeFresh();
    if (this.#holdsLease(now)) {
      for (const ticket of fresh) this.#answer(ticket, index);
      return;
    }
    const round = this.#replication.round + 1;
    this.#replication.askVoters(now);
    this.#queue.wait(fresh, index, round);
  }

  #answerConfirmed(): void {
    const confirmed = this.#ofMajority((peer) => this.#replication.of(peer)?.answeredRound ?? 0);
    for (const { ticket, index } of this.#queue.takeConfirmed(confirmed)) this.#answer(ticket, index);
  }

  #holdsLease(now: number): boolean {
    const { reads, electionTimeoutMs } = this.#state.options;
    if (reads !== "lease" || this.#isLeaseVoid) return false;
    const since = this.#ofMajority((peer) => this.#replication.of(peer)?.answeredSentAt ?? Number.NEGATIVE_INFINITY);
    return now < since + LEASE_PART * electionTimeoutMs;
  }

  /** What a majority of the voters has reached; this peer itself has all. */
  #ofMajority(reached: (peer: PeerId) => number): number {
    const { self, log } = this.#state;
    const { voters } = log.configuration;
    return reachedByMajority(voters.map((voter) => (voter === self ? Number.POSITIVE_INFINITY : reached(voter))));
  }

  #answer(ticket: number, index: number): void {
    this.#state.effects.event({ kind: "readable", ticket, index });
  }

  #refuse(ticket: number, because: "not-leader" | "busy"): void {
    this.#state.effects.event({ kind: "not-readable", ticket, because });
  }
}
