import type { PeerId } from "../../core/peer-id.ts";

/** One election that this peer holds: it awaits answers, and once somebody objects, a coordinator. */
export class Campaign {
  /** The working leader that was heard meanwhile and ranks lower. */
  over: PeerId | null = null;
  readonly #awaited: Set<PeerId>;
  readonly #objectors = new Set<PeerId>();
  #isBarred = false;
  #deadline: number;

  /**
   * @param asked who may object
   * @param deadline monotonic ms at which the answers are due
   */
  constructor(asked: readonly PeerId[], deadline: number) {
    this.#awaited = new Set(asked);
    this.#deadline = deadline;
  }

  /** Monotonic ms at which the answers, or the coordinator, are due. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Somebody is up and does not object. */
  answered(peer: PeerId): void {
    this.#awaited.delete(peer);
  }

  /**
   * Somebody that ranks higher stands itself, or follows a leader.
   *
   * @param deadline monotonic ms at which a coordinator is due
   */
  objected(peer: PeerId, deadline: number): void {
    this.#awaited.delete(peer);
    this.#objectors.add(peer);
    if (this.#isBarred) return;
    this.#isBarred = true;
    this.#deadline = deadline;
  }

  /** Nothing is to be expected of a peer any more. */
  gone(peer: PeerId): void {
    this.#awaited.delete(peer);
    this.#objectors.delete(peer);
  }

  /** Won where nobody objects; void where somebody did and no coordinator came of it. */
  verdict(now: number): "open" | "won" | "void" {
    if (this.#isBarred) return now >= this.#deadline || this.#objectors.size === 0 ? "void" : "open";
    return now >= this.#deadline || this.#awaited.size === 0 ? "won" : "open";
  }
}
