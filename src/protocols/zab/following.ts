import { TERM_LIMIT } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Intake, isContinued } from "./intake.ts";
import type { EndCause, ZabMessage, ZabSpeech } from "./message.ts";
import { Outflow } from "./outflow.ts";
import type { ZabState } from "./state.ts";

type Message<K extends ZabMessage["kind"]> = Extract<ZabMessage, { readonly kind: K }>;

/** One attempt of this peer to follow a leader: from its first word to the end of the epoch that came of it. */
export class Following {
  readonly leader: PeerId;
  /** Monotonic ms. */
  readonly startedAt: number;
  readonly #state: ZabState;
  #heardAt: number;
  /** The epoch that this peer has promised this leader to follow; 0 before. */
  #epoch = 0;
  /** Whether it is a promise: this peer takes itself for one of the ensemble. */
  #isMember = false;
  /** The save that the promise is in, until the leader is told. */
  #promiseToken: number | null = null;
  #intake: Intake | null = null;
  /** This peer's history, on its way to a leader that has none as good. */
  #outflow: Outflow | null = null;
  /** The save in which the history became the epoch's; null before. */
  #joinedToken: number | null = null;
  #ackedIndex: number | null = null;
  #isUpToDate = false;
  #establishedAt: number | null = null;

  /** Tells the leader that this peer would follow (the paper's CEPOCH). */
  constructor(state: ZabState, leader: PeerId, now: number) {
    this.#state = state;
    this.leader = leader;
    this.startedAt = now;
    this.#heardAt = now;
    this.#introduce();
  }

  /** The epoch that this peer follows; 0 before there is one. */
  get epoch(): number {
    return this.#epoch;
  }

  /** How far it has come. */
  get phase(): Exclude<ZabSpeech["view"]["phase"], "election"> {
    if (this.#isUpToDate) return "broadcast";
    return this.#intake === null && this.#joinedToken === null ? "discovery" : "synchronization";
  }

  /** Monotonic ms at which the epoch was established, as far as this peer knows; null before. */
  get establishedAt(): number | null {
    return this.#establishedAt;
  }

  /** Monotonic ms. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Monotonic ms at which the leader has been silent for a timeout. */
  get deadline(): number {
    return this.#heardAt + this.#state.options.timeoutMs;
  }

  /** The leader is given time anew: this peer stood still. */
  resume(now: number): void {
    this.#heardAt = now;
  }

  /** Takes a message of the leader; why this attempt ends, null where it goes on. */
  receive(message: ZabMessage, now: number): EndCause | null {
    this.#heardAt = now;
    if (message.kind === "resigned") return "resigned";
    if (message.kind === "ping") this.#send({ kind: "pong", epoch: this.#epoch, round: message.round });
    else if (message.kind === "new-epoch") return this.#hearEpoch(message.epoch);
    else if (message.kind !== "follower-info" && message.epoch === this.#epoch && this.#promiseToken === null)
      return this.#receiveOfEpoch(message, now) ? null : "nonsense";
    return null;
  }

  /** Tells the leader what is on disk now. */
  settle(): void {
    const { currentEpoch, history, commitIndex } = this.#state;
    if (this.#promiseToken !== null && this.#state.isSaved(this.#promiseToken)) {
      this.#promiseToken = null;
      const digest = history.digest(commitIndex);
      const [epoch, isMember] = [this.#epoch, this.#isMember];
      this.#send({ kind: "epoch-accepted", epoch, isMember, currentEpoch, digest });
    }
    if (this.#joinedToken === null || !this.#state.isSaved(this.#joinedToken)) return;
    if (this.#ackedIndex !== null && history.savedIndex <= this.#ackedIndex) return;
    this.#ackedIndex = history.savedIndex;
    this.#send({ kind: "accepted", epoch: this.#epoch, index: history.savedIndex });
  }

  #introduce(): void {
    const { acceptedEpoch } = this.#state;
    this.#send({ kind: "follower-info", acceptedEpoch });
  }

  /**
   * The paper's step f.1.2. An epoch to which this peer has promised itself already it follows as well: its leader has
   * the promises of a quorum without this one, as it was told of it beforehand.
   */
  #hearEpoch(epoch: number): EndCause | null {
    const { acceptedEpoch, slots, self } = this.#state;
    if (epoch === 0 || epoch >= TERM_LIMIT) return "nonsense";
    if (this.#establishedAt !== null) return "higher-epoch";
    if (epoch < acceptedEpoch) {
      this.#introduce();
      return null;
    }
    // An observer makes no promise, says so, and follows whatever epoch there is.
    this.#isMember = slots.isMember(self);
    if (epoch > acceptedEpoch && this.#isMember) this.#state.accept(epoch);
    this.#epoch = epoch;
    this.#promiseToken = this.#state.everything;
    this.#intake = null;
    this.#outflow = null;
    this.#joinedToken = null;
    this.#ackedIndex = null;
    return null;
  }

  /** False where the message makes no sense. */
  #receiveOfEpoch(message: ZabMessage, now: number): boolean {
    switch (message.kind) {
      case "history-wanted":
        this.#outflow = new Outflow(this.#state, this.leader, this.#epoch, message.digest);
        this.#outflow.advance(this.#state.history.lastIndex);
        return true;
      case "received":
        this.#outflow?.landed(message.index, message.offset);
        this.#outflow?.advance(this.#state.history.lastIndex);
        return true;
      case "difference":
      case "snapshot":
        return this.#takeHistory(message);
      case "entries":
        return this.#intake === null ? this.#takeProposals(message) : this.#intake.take(message);
      case "new-leader":
        return this.#join(message);
      case "up-to-date":
        return this.#becomeUpToDate(message.commitIndex, now);
      default:
        return true;
    }
  }

  #takeHistory(message: Message<"difference" | "snapshot">): boolean {
    this.#outflow = null;
    this.#joinedToken = null;
    this.#ackedIndex = null;
    this.#isUpToDate = false;
    this.#intake ??= new Intake(this.#state, this.leader, this.#epoch);
    return this.#intake.take(message);
  }

  /** The paper's step f.2.1: truncation, entries and epoch go to disk at once. */
  #join(message: Message<"new-leader">): boolean {
    const intake = this.#intake;
    if (intake === null || !intake.isWhole || !intake.endsWith(message)) return false;
    this.#intake = null;
    this.#state.enter(this.#epoch, intake.replacement());
    this.#state.learnPins(message.members);
    this.#joinedToken = this.#state.everything;
    return true;
  }

  /** The paper's step f.3.2. */
  #takeProposals({ entries, commitIndex }: Message<"entries">): boolean {
    const { history } = this.#state;
    if (this.#joinedToken === null) return false;
    if (!isContinued({ index: history.lastIndex, zxid: history.lastZxid }, entries, this.#epoch)) return false;
    this.#state.append(entries);
    if (this.#isUpToDate) this.#commit(commitIndex);
    return true;
  }

  /** The paper's step f.2.2: what the epoch began with is committed. */
  #becomeUpToDate(commitIndex: number, now: number): boolean {
    if (this.#joinedToken === null) return false;
    this.#isUpToDate = true;
    if (this.#establishedAt === null) {
      this.#establishedAt = now;
      this.#state.effects.event({ kind: "epoch-established", epoch: this.#epoch, leader: this.leader });
    }
    this.#commit(commitIndex);
    return true;
  }

  #commit(commitIndex: number): void {
    this.#state.commitTo(Math.min(commitIndex, this.#state.history.lastIndex));
  }

  #send(message: Parameters<ZabState["send"]>[1]): void {
    this.#state.send(this.leader, message);
  }
}
