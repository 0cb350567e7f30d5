import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { BullySpeech, LossCause } from "./message.ts";

/** Who leads, as far as this peer knows: one at a time, each lost before the next is elected. */
export class Office {
  readonly #effects: Effects<BullySpeech>;
  readonly #leaderTimeoutMs: number;
  #leader: PeerId | null = null;
  #previous: PeerId | null = null;
  #since: number | null = null;
  #heardAt: number | null = null;
  #deadline = Number.POSITIVE_INFINITY;
  #over: PeerId | null = null;

  constructor(effects: Effects<BullySpeech>, leaderTimeoutMs: number) {
    this.#effects = effects;
    this.#leaderTimeoutMs = leaderTimeoutMs;
  }

  get leader(): PeerId | null {
    return this.#leader;
  }

  /** Monotonic ms at which this leader became known. */
  get since(): number | null {
    return this.#since;
  }

  /** Monotonic ms at which any leader was last heard. */
  get heardAt(): number | null {
    return this.#heardAt;
  }

  /** Monotonic ms at which the leader has been silent for too long. */
  get deadline(): number {
    return this.#leader === null ? Number.POSITIVE_INFINITY : this.#deadline;
  }

  /** The leader became known. */
  fill(leader: PeerId, over: PeerId | null, now: number): void {
    this.#leader = leader;
    this.#over = over;
    this.#since = now;
    this.heard(now);
    this.#effects.event({ kind: "leader-elected", leader, previous: this.#previous });
    this.#previous = leader;
  }

  /** The leader was heard, or (it is this peer) still leads. */
  heard(now: number): void {
    this.#heardAt = now;
    this.await(now);
  }

  /** Gives the leader time anew. */
  await(now: number): void {
    this.#deadline = now + this.#leaderTimeoutMs;
  }

  /** There is no leader any more, or this peer no longer believes in it. */
  vacate(because: LossCause): void {
    if (this.#leader === null) return;
    this.#effects.event({ kind: "leader-lost", leader: this.#leader, because });
    this.#leader = null;
    this.#over = null;
    this.#since = null;
  }

  /** The working leader that this one has just taken over from. Later it may lead again, and be a rival. */
  over(now: number): PeerId | null {
    return this.isFresh(now) ? this.#over : null;
  }

  /** Whether it is too early to say that another who claims to lead has not just heard of this leader. */
  isFresh(now: number): boolean {
    return this.#since !== null && now - this.#since < this.#leaderTimeoutMs;
  }
}
