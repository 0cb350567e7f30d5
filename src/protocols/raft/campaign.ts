import type { PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import type { ElectionCard, ElectionCause } from "./message.ts";

/**
 * One campaign of this peer: a pre-vote (dissertation 9.6), which changes nobody's term, then the vote (section 5.2).
 * Its own configuration decides who is asked and what a majority is.
 */
export class Campaign {
  /** The term that this peer would lead. */
  readonly term: number;
  readonly because: ElectionCause;
  readonly startedAt: number;
  /** Whether its start was told; a pre-vote that is tried over and over is no news. */
  isTold = false;
  readonly #self: PeerId;
  readonly #voters: readonly PeerId[];
  #phase: "pre-vote" | "vote" = "pre-vote";
  readonly #yes = new Set<PeerId>();
  readonly #no = new Set<PeerId>();
  #leaderHeardAt: number | null = Number.NEGATIVE_INFINITY;

  /**
   * @param now monotonic ms
   */
  constructor(self: PeerId, voters: readonly PeerId[], term: number, because: ElectionCause, now: number) {
    this.#self = self;
    this.#voters = voters;
    this.term = term;
    this.because = because;
    this.startedAt = now;
  }

  get phase(): "pre-vote" | "vote" {
    return this.#phase;
  }

  /** Whom to ask. */
  get others(): readonly PeerId[] {
    return this.#voters.filter((voter) => voter !== this.#self);
  }

  /** Voters that have not answered in this phase. */
  get silent(): readonly PeerId[] {
    return this.#voters.filter((voter) => !this.#yes.has(voter) && !this.#no.has(voter));
  }

  /** Whether a majority has answered, whatever it said. */
  get hasQuorum(): boolean {
    return this.#yes.size + this.#no.size >= majority(this.#voters.length);
  }

  /**
   * Monotonic ms at which an earlier leader was last heard by any who said yes; null where one of them does not know, as it
   * has heard none in this life.
   */
  get leaderHeardAt(): number | null {
    return this.#leaderHeardAt;
  }

  /** Starts the pre-vote (again), or the vote: earlier answers count no more. */
  ask(phase: "pre-vote" | "vote"): void {
    this.#phase = phase;
    this.#yes.clear();
    this.#no.clear();
    this.#leaderHeardAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Counts an answer; the first one of each voter counts.
   *
   * @param leaderHeardAt monotonic ms at which that voter had last heard a leader; null if never
   */
  count(voter: PeerId, granted: boolean, leaderHeardAt: number | null): void {
    if (!this.silent.includes(voter)) return;
    if (!granted) {
      this.#no.add(voter);
      return;
    }
    this.#yes.add(voter);
    if (leaderHeardAt === null || this.#leaderHeardAt === null) this.#leaderHeardAt = null;
    else this.#leaderHeardAt = Math.max(leaderHeardAt, this.#leaderHeardAt);
  }

  /** Won as soon as a majority said yes, lost as soon as none can any more. */
  verdict(): "open" | "won" | "lost" {
    const needed = majority(this.#voters.length);
    if (this.#yes.size >= needed) return "won";
    return this.#voters.length - this.#no.size < needed ? "lost" : "open";
  }

  /** The campaign as it is shown. */
  card(outcome: ElectionCard["outcome"], endedAt: number | null): ElectionCard {
    return {
      term: this.term,
      because: this.because,
      asker: this.#self,
      yes: [...this.#yes].sort(),
      no: [...this.#no].sort(),
      silent: this.silent,
      startedAt: this.startedAt,
      endedAt,
      outcome,
    };
  }
}

/** What a voter shows of an election that another peer holds. */
export function cardOfAnother(term: number, asker: PeerId, yes: readonly PeerId[], now: number): ElectionCard {
  return { term, because: null, asker, yes, no: [], silent: [], startedAt: now, endedAt: null, outcome: "running" };
}
