import type { ElectionCommand } from "../../core/election.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { HoldDown } from "./hold-down.ts";
import { type BullySpeech, MAX_PARTICIPANTS, type ParticipantView } from "./message.ts";

type Member = Extract<ElectionCommand, { readonly kind: "member" }>;

/** What decides who leads. */
interface Rank {
  readonly peer: PeerId;
  readonly priority: number;
}

/** What is known of another peer. */
interface Participant {
  readonly peer: PeerId;
  readonly holdDown: HoldDown;
  /** Null until it has said so on the link that stands: a new life may have another one. */
  priority: number | null;
  status: ParticipantView["status"];
  mayLead: boolean;
}

/** The other peers: who is up, who may lead, and how they rank. */
export class Participants {
  readonly #self: Rank;
  readonly #options: BullySpeech["options"];
  readonly #links = new Set<PeerId>();
  readonly #known = new Map<PeerId, Participant>();

  constructor(options: BullySpeech["options"]) {
    this.#options = options;
    this.#self = options;
  }

  /** Whoever is linked, healthy or not: a coordinator tells all of them that it leads. */
  get audience(): readonly PeerId[] {
    return [...this.#known.keys()].filter((peer) => this.#links.has(peer));
  }

  /** A link stands, or is gone. */
  linkChanged(peer: PeerId, up: boolean, now: number): void {
    const known = this.#known.get(peer);
    if (up) {
      this.#links.add(peer);
      known?.holdDown.seen(now);
      return;
    }
    this.#links.delete(peer);
    if (known === undefined) return;
    known.holdDown.gone();
    known.priority = null;
  }

  /** Membership's latest word. */
  note({ peer, status, mayLead }: Member, now: number): void {
    if (status === "left") {
      this.#known.delete(peer);
      return;
    }
    const known = this.#find(peer);
    if (known === undefined) return;
    known.status = status;
    known.mayLead = mayLead;
    if (status === "unhealthy") known.holdDown.gone();
    else if (this.#links.has(peer)) known.holdDown.seen(now);
  }

  /**
   * Somebody spoke. Whether it is to be listened to: one that is unhealthy or may not lead is not. Whoever speaks
   * before membership knows it belongs to this cluster, for others are not linked.
   */
  hears(peer: PeerId, now: number): boolean {
    const known = this.#find(peer);
    if (known === undefined) return false;
    known.holdDown.seen(now);
    return known.mayLead && known.status !== "unhealthy";
  }

  /** A peer said what its priority is. */
  learn(peer: PeerId, priority: number): void {
    const known = this.#known.get(peer);
    if (known !== undefined) known.priority = priority;
  }

  /** A peer led and was lost. */
  lost(peer: PeerId, now: number): void {
    this.#known.get(peer)?.holdDown.lost(now);
  }

  /** A peer need not wait any longer. */
  forgive(peer: PeerId): void {
    this.#known.get(peer)?.holdDown.forgive();
  }

  /** Whole ms for which a peer has to let a working leader be that ranks lower. */
  holdMs(peer: PeerId, now: number): number {
    return this.#known.get(peer)?.holdDown.leftMs(now) ?? 0;
  }

  /** Whether one peer ranks higher than another; either may be this one. */
  outranks(peer: PeerId, other: PeerId): boolean {
    return isHigher(this.#rank(peer), this.#rank(other));
  }

  /** Those that could lead and are up, as far as is known, and rank higher than this peer or perhaps do. */
  whoMayObject(): readonly PeerId[] {
    return this.able().filter(
      (peer) => this.#known.get(peer)?.priority === null || this.outranks(peer, this.#self.peer),
    );
  }

  /** Those that could lead and are up, as far as is known. */
  able(): readonly PeerId[] {
    const able = [...this.#known.values()].filter((known) => this.#isAble(known));
    return able.map(({ peer }) => peer);
  }

  /** The highest of those that could lead, if it is known to rank higher than this peer. */
  highestAbove(): PeerId | undefined {
    const known = this.able().filter((peer) => this.#known.get(peer)?.priority !== null);
    const higher = known.filter((peer) => this.outranks(peer, this.#self.peer));
    return higher.find((peer) => higher.every((other) => other === peer || this.outranks(peer, other)));
  }

  /** The cluster was given up: what its peers said is void; links and statuses are what they are. */
  forget(): void {
    for (const known of this.#known.values()) {
      known.priority = null;
      known.holdDown.forgive();
    }
  }

  /** Sorted by ID. */
  view(now: number): readonly ParticipantView[] {
    const all = [...this.#known.values()].map(({ peer, priority, status, mayLead, holdDown }) => {
      return { peer, priority, status, mayLead, flaps: holdDown.flaps(now) };
    });
    return all.sort((a, b) => (a.peer < b.peer ? -1 : 1));
  }

  #find(peer: PeerId): Participant | undefined {
    const known = this.#known.get(peer);
    if (known !== undefined || this.#known.size >= MAX_PARTICIPANTS) return known;
    const holdDown = new HoldDown(this.#options);
    const added: Participant = { peer, holdDown, priority: null, status: "healthy", mayLead: true };
    this.#known.set(peer, added);
    return added;
  }

  #isAble({ peer, status, mayLead }: Participant): boolean {
    return mayLead && status !== "unhealthy" && this.#links.has(peer);
  }

  #rank(peer: PeerId): Rank {
    if (peer === this.#self.peer) return this.#self;
    return { peer, priority: this.#known.get(peer)?.priority ?? 0 };
  }
}

/** The higher priority counts, of equal ones the higher ID. */
function isHigher(one: Rank, other: Rank): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.peer > other.peer);
}
