import { TERM_LIMIT } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import { isAfter } from "./history.ts";
import { Intake } from "./intake.ts";
import type { Learner } from "./learner.ts";
import type { ZabMessage } from "./message.ts";
import type { ZabState } from "./state.ts";

type Message<K extends ZabMessage["kind"]> = Extract<ZabMessage, { readonly kind: K }>;

/**
 * The paper's phase 1 at the prospective leader: a quorum says up to which epoch it has promised itself, promises itself
 * to a later one, and the best history among its members becomes the leader's own.
 */
export class Discovery {
  readonly #state: ZabState;
  readonly #learners: ReadonlyMap<PeerId, Learner>;
  #epoch = 0;
  /** The save that the leader's own promise is in. */
  #epochToken = 0;
  /** Whose history is better than this peer's own, and what has come of it. */
  #source: { readonly learner: Learner; readonly intake: Intake } | null = null;

  constructor(state: ZabState, learners: ReadonlyMap<PeerId, Learner>) {
    this.#state = state;
    this.#learners = learners;
  }

  /** The epoch that is to be; 0 before a quorum would follow. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Does all that has become possible; whether this peer's history is that of the epoch now, as far as it is in memory. */
  settle(): boolean {
    if (this.#isContested || this.#isSourceGone) this.#restart();
    if (this.#epoch === 0) this.#choose();
    if (this.#epoch === 0 || !this.#state.isSaved(this.#epochToken)) return false;
    for (const learner of this.#learners.values()) if (learner.acceptedEpoch < this.#epoch) learner.ask(this.#epoch);
    if (this.#source !== null) return this.#takeOver(this.#source.learner, this.#source.intake);
    return this.#hasQuorum(this.#promised) && this.#chooseHistory();
  }

  /** A part of the best history came; false where it makes no sense. */
  receive(from: PeerId, message: Message<"difference" | "snapshot" | "entries">): boolean {
    if (this.#source?.learner.peer !== from || message.epoch !== this.#epoch) return true;
    return this.#source.intake.take(message);
  }

  /** Whoever promised itself to this epoch did so to another leader: a second promise would be worth nothing. */
  get #isContested(): boolean {
    return this.#epoch > 0 && this.#members.some(({ acceptedEpoch }) => acceptedEpoch >= this.#epoch);
  }

  /** Its link broke, or it has come back on another: it does not go on where it was. */
  get #isSourceGone(): boolean {
    return this.#source !== null && this.#learners.get(this.#source.learner.peer) !== this.#source.learner;
  }

  get #members(): readonly Learner[] {
    return [...this.#learners.values()].filter(({ peer }) => this.#state.slots.isMember(peer));
  }

  get #promised(): readonly Learner[] {
    return this.#members.filter(({ promised }) => promised?.epoch === this.#epoch && promised.isMember);
  }

  /** Whether these and this peer itself are a quorum. */
  #hasQuorum(others: readonly Learner[]): boolean {
    const { slots, arePinsSaved } = this.#state;
    return arePinsSaved && others.length + 1 >= majority(slots.size);
  }

  #restart(): void {
    this.#epoch = 0;
    this.#source = null;
  }

  /** The paper's step l.1.1: an epoch later than all that the quorum has accepted. */
  #choose(): void {
    const members = this.#members;
    if (!this.#hasQuorum(members)) return;
    const epoch = Math.max(this.#state.epochHeard, ...members.map(({ acceptedEpoch }) => acceptedEpoch)) + 1;
    if (epoch >= TERM_LIMIT) return;
    this.#epoch = epoch;
    this.#state.accept(epoch);
    this.#epochToken = this.#state.everything;
  }

  /** The paper's step l.1.2: of the latest epoch, and in that to the last entry; whether it is this peer's own. */
  #chooseHistory(): boolean {
    let { currentEpoch } = this.#state;
    let { lastZxid } = this.#state.history;
    let best: Learner | null = null;
    for (const learner of this.#promised) {
      const epoch = learner.promised?.currentEpoch ?? 0;
      const isBetter = epoch > currentEpoch || (epoch === currentEpoch && isAfter(learner.lastZxid, lastZxid));
      if (isBetter) [best, currentEpoch, lastZxid] = [learner, epoch, learner.lastZxid];
    }
    if (best === null) {
      this.#state.enter(this.#epoch, { snapshot: null, index: this.#state.history.lastIndex, entries: [] });
      return true;
    }
    this.#source = { learner: best, intake: new Intake(this.#state, best.peer, this.#epoch) };
    best.askForHistory(this.#epoch);
    return false;
  }

  /** Makes the best history this peer's own, once it is whole. */
  #takeOver({ lastZxid }: Learner, intake: Intake): boolean {
    const { last } = intake;
    if (!intake.isWhole || isAfter(lastZxid, last.zxid)) return false;
    this.#state.enter(this.#epoch, intake.replacement());
    this.#source = null;
    return true;
  }
}
