import type { PeerId } from "../../core/peer-id.ts";
import type { ElectionCard, RaftSpeech } from "./message.ts";
import type { RaftState } from "./state.ts";

type LossCause = Extract<RaftSpeech["event"], { readonly kind: "leader-lost" }>["because"];

/** What a peer knows of its leader, itself included, and whether it has reason to doubt it. */
export class LeaderContact {
  readonly #state: RaftState;
  readonly #startedAt: number;
  #leader: PeerId | null = null;
  #previous: PeerId | null = null;
  #since: number | null = null;
  #heardAt: number | null = null;
  #standby: PeerId | null = null;
  /** The link to the leader broke, and it was not heard since the link came back. */
  #linkBroke = false;
  #linkUp = true;

  constructor(state: RaftState, now: number) {
    this.#state = state;
    this.#startedAt = now;
  }

  /** The leader of the current term, as far as known. */
  get leader(): PeerId | null {
    return this.#leader;
  }

  /** The latest leader known, whatever became of it. */
  get latest(): PeerId | null {
    return this.#leader ?? this.#previous;
  }

  /** Monotonic ms at which this leader became known. */
  get since(): number | null {
    return this.#since;
  }

  /** Monotonic ms at which any leader was last heard. */
  get heardAt(): number | null {
    return this.#heardAt;
  }

  /** Whom the leader named to ask first if its link breaks. */
  get standby(): PeerId | null {
    return this.#standby;
  }

  /** Whether a broken link hints that the leader is gone. */
  get linkBroke(): boolean {
    return this.#linkBroke;
  }

  /**
   * This term's leader became known.
   *
   * @param quietMs where it is this peer: for how long its voters had heard no earlier leader; null where that is not known
   */
  meet(leader: PeerId, card: ElectionCard, now: number, quietMs: number | null): void {
    this.#leader = leader;
    this.#since = now;
    this.#heardAt = now;
    this.#linkUp = true;
    const { currentTerm: term, self, effects } = this.#state;
    const election = leader === self ? card : null;
    effects.event({ kind: "leader-elected", term, leader, election, previous: this.#previous, quietMs });
    this.#previous = leader;
  }

  /** The leader was heard, or its peer still leads. */
  hear(standby: PeerId | null, now: number): void {
    this.#standby = standby;
    this.#heardAt = now;
    // What was on its way when the link broke says nothing of now.
    if (this.#linkUp) this.#linkBroke = false;
  }

  /** There is no leader any more, or this peer no longer believes in it. */
  lose(because: LossCause): void {
    if (this.#leader === null) return;
    const { currentTerm: term, effects } = this.#state;
    effects.event({ kind: "leader-lost", term, leader: this.#leader, because });
    this.#leader = null;
    this.#since = null;
    this.#standby = null;
    this.#linkBroke = false;
  }

  /** A link stands or is gone; whether this one just broke and it was the leader's. */
  linkChanged(peer: PeerId, up: boolean): boolean {
    if (peer !== this.#leader) return false;
    const broke = this.#linkUp && !up;
    this.#linkUp = up;
    // Voters that let a broken link count for more than the clock would break a leader's lease.
    if (this.#hasLeases) return false;
    this.#linkBroke ||= broke;
    return broke;
  }

  /**
   * Whether a vote must be refused because the leader was heard within the least election timeout (dissertation
   * 4.2.3). A broken link is better evidence than the clock.
   */
  holds(now: number): boolean {
    const { electionTimeoutMs } = this.#state.options;
    // An answer is a promise to a leader whose lease goes on: also where it came from an earlier life, and whatever
    // this peer has learnt of that leader since.
    if (this.#hasLeases && now - Math.max(this.#startedAt, this.#heardAt ?? 0) < electionTimeoutMs) return true;
    return this.#leader !== null && !this.#linkBroke && this.silentMs(now) < electionTimeoutMs;
  }

  get #hasLeases(): boolean {
    return this.#state.options.reads === "lease";
  }

  /** How long no leader was heard; Infinity if none ever was. */
  silentMs(now: number): number {
    return this.#heardAt === null ? Number.POSITIVE_INFINITY : now - this.#heardAt;
  }
}
