import type { ElectionCommand } from "../../core/election.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { membersOf } from "./configuration.ts";
import { type Configuration, MAX_LEARNERS, MAX_VOTERS } from "./message.ts";

type Word = Extract<ElectionCommand, { readonly kind: "member" }>;

/** What membership says of another peer, and since when. */
interface Known extends Pick<Word, "status" | "mayLead"> {
  /** Monotonic ms. */
  readonly since: number;
}

/** Peers whose status is kept, at most: a full configuration and as many strangers. */
const MAX_KNOWN = 2 * (MAX_VOTERS + MAX_LEARNERS);

/** The latest word of membership on the others. Every peer listens, so that a new leader knows at once. */
export class MemberHealth {
  readonly #known = new Map<PeerId, Known>();

  /** Takes the latest word; a repeated one keeps its first instant. */
  note({ peer, status, mayLead }: Word, now: number): void {
    const known = this.#known.get(peer);
    if (known === undefined && this.#known.size >= MAX_KNOWN) return;
    this.#known.set(peer, { status, mayLead, since: known?.status === status ? known.since : now });
  }

  /** The latest word, and since when; undefined where there was none. */
  of(peer: PeerId): Known | undefined {
    return this.#known.get(peer);
  }

  /** Whether a peer is healthy or no more than doubted. Whoever was never spoken of is not. */
  isHealthy(peer: PeerId): boolean {
    const status = this.#known.get(peer)?.status;
    return status === "healthy" || status === "doubted";
  }

  /** Whether a learner may become a voter, which may be elected. Whoever was never spoken of may. */
  mayLead(peer: PeerId): boolean {
    return this.#known.get(peer)?.mayLead ?? true;
  }

  /** Everybody healthy, sorted. */
  healthy(): readonly PeerId[] {
    return [...this.#known.keys()].filter((peer) => this.isHealthy(peer)).sort();
  }

  /** Drops those who left and are no longer in the configuration. */
  forgetLeft(configuration: Configuration): void {
    const members = new Set(membersOf(configuration));
    for (const [peer, { status }] of this.#known) if (status === "left" && !members.has(peer)) this.#known.delete(peer);
  }
}
