import { COMMIT_NEWS_MS, MAX_UNCOMMITTED_BYTES, MAX_UNCOMMITTED_ENTRIES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { majority, reachedByMajority } from "../../core/quorum.ts";
import type { OrderCommand } from "../../core/total-order.ts";
import { Discovery } from "./discovery.ts";
import { Learner } from "./learner.ts";
import type { EndCause, Progress, ZabMessage, ZabSpeech } from "./message.ts";
import { Reads } from "./reads.ts";
import type { ZabState } from "./state.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** One attempt of this peer to lead: from the first word of who would follow to the end of the epoch that came of it. */
export class Leading {
  readonly #state: ZabState;
  readonly #learners = new Map<PeerId, Learner>();
  readonly #discovery: Discovery;
  readonly #reads: Reads;
  /** Monotonic ms at which each peer was last heard, whatever link it was on. */
  readonly #heardAt = new Map<PeerId, number>();
  /** What the epoch began with, and the save that it is in; null before this peer has it. */
  #initial: { readonly index: number; readonly token: number } | null = null;
  #establishedAt: number | null = null;
  #counter = 0;
  #round = 0;
  #heartbeatDeadline: number;
  #newsDeadline = NEVER;

  /** @param infos who would follow, with the epoch that each has accepted */
  constructor(state: ZabState, infos: ReadonlyMap<PeerId, number>, now: number) {
    this.#state = state;
    this.#discovery = new Discovery(state, this.#learners);
    this.#reads = new Reads(state);
    this.#heartbeatDeadline = now + state.options.heartbeatIntervalMs;
    for (const [peer, acceptedEpoch] of infos) this.#meet(peer, acceptedEpoch, now);
  }

  /** The epoch that is, or is to be; 0 before a quorum would follow. */
  get epoch(): number {
    return this.#discovery.epoch;
  }

  /** How far it has come. */
  get phase(): Exclude<ZabSpeech["view"]["phase"], "election"> {
    if (this.#establishedAt !== null) return "broadcast";
    return this.#initial === null ? "discovery" : "synchronization";
  }

  /** Monotonic ms at which the epoch was established; null before. */
  get establishedAt(): number | null {
    return this.#establishedAt;
  }

  /** Monotonic ms of the next heartbeat, or of news of commits. */
  get deadline(): number {
    return Math.min(this.#heartbeatDeadline, this.#newsDeadline);
  }

  /** Takes a message; why this attempt ends, null where it goes on. */
  receive(from: PeerId, message: ZabMessage, now: number): EndCause | null {
    if (message.kind === "follower-info") {
      this.#meet(from, message.acceptedEpoch, now);
      return null;
    }
    const learner = this.#learners.get(from);
    if (learner === undefined) return null;
    learner.heard();
    this.#heardAt.set(from, now);
    return message.epoch === this.epoch ? this.#receiveOfEpoch(learner, message, now) : null;
  }

  /** The link to a peer is gone, and what was under way on it. */
  linkBroke(peer: PeerId): void {
    this.#learners.delete(peer);
  }

  /** Time passed: heartbeats, and news of commits. Why this attempt ends, null where it goes on. */
  tick(now: number): EndCause | null {
    if (now >= this.#newsDeadline) this.tellCommit();
    if (now < this.#heartbeatDeadline) return null;
    this.#heartbeatDeadline = now + this.#state.options.heartbeatIntervalMs;
    // Before a quorum has spoken there is none to lose.
    if (this.epoch > 0 && this.membersHeard(now).length < majority(this.#state.slots.size)) return "quorum-lost";
    this.#round += 1;
    // A read waits for a later round than the latest that was sent where others owed many answers, or came anew since.
    const isAsking = this.#reads.isWaiting;
    for (const learner of this.#learners.values()) learner.beat(this.epoch, this.#round, now, isAsking);
    return null;
  }

  /** Puts commands into the order, unless the epoch is not established or too much is under way. */
  propose({ ticket, commands }: Extract<OrderCommand, { readonly kind: "propose" }>): void {
    const { effects, history } = this.#state;
    if (this.#establishedAt === null || this.#isFull) {
      const because = this.#establishedAt === null ? "not-leader" : "busy";
      effects.event({ kind: "not-proposed", ticket, because });
      return;
    }
    const first = history.lastIndex + 1;
    for (const command of commands) this.#append(command);
    effects.event({ kind: "proposed", ticket, first, term: this.epoch });
  }

  /** Takes a read that is to be linearizable. */
  read(ticket: number): void {
    this.#reads.ask(ticket);
  }

  /** Tells what is committed to all that have not heard it, without waiting for entries to tell it with. */
  tellCommit(): void {
    this.#newsDeadline = NEVER;
    for (const learner of this.#learners.values()) learner.tellCommit();
  }

  /** Does all that has become possible. Why this attempt ends, null where it goes on. */
  settle(now: number): EndCause | null {
    if (this.#initial === null) {
      if (!this.#discovery.settle()) return null;
      this.#initial = { index: this.#state.history.lastIndex, token: this.#state.everything };
    }
    // Who has promised itself to a later epoch can follow in no other: it takes a new one to have it back.
    if (this.#members.some(({ acceptedEpoch }) => acceptedEpoch > this.epoch)) return "higher-epoch";
    for (const learner of this.#learners.values()) if (learner.acceptedEpoch <= this.epoch) learner.ask(this.epoch);
    if (this.#establishedAt === null) this.#establish(now);
    else this.#advanceCommitIndex();
    for (const learner of this.#learners.values()) learner.advance();
    if (this.#establishedAt !== null) this.#serve(now);
    return null;
  }

  /** This peer leads no more: whoever followed may ask anew. */
  end(): void {
    this.#reads.end();
    for (const peer of this.#learners.keys()) this.#state.send(peer, { kind: "resigned", epoch: this.epoch });
  }

  /** Members heard within a timeout, this peer included. */
  membersHeard(now: number): readonly PeerId[] {
    const { slots, self, options } = this.#state;
    const isHeard = (peer: PeerId) => now - (this.#heardAt.get(peer) ?? Number.NEGATIVE_INFINITY) < options.timeoutMs;
    return slots.members.filter((peer) => peer === self || isHeard(peer));
  }

  /** What is shown of those who follow. */
  progress(): readonly Progress[] {
    const { slots } = this.#state;
    return [...this.#learners].map(([peer, learner]) =>
      learner.view(slots.isMember(peer), this.#heardAt.get(peer) ?? null),
    );
  }

  #meet(peer: PeerId, acceptedEpoch: number, now: number): void {
    if (this.#state.slots.isMember(peer)) this.#state.hearOfEpoch(acceptedEpoch);
    this.#learners.set(peer, new Learner(this.#state, peer, acceptedEpoch));
    this.#heardAt.set(peer, now);
  }

  #receiveOfEpoch(learner: Learner, message: ZabMessage, now: number): EndCause | null {
    switch (message.kind) {
      case "epoch-accepted":
        learner.promises(message);
        return null;
      case "received":
        learner.received(message.index, message.offset);
        return null;
      case "accepted":
        learner.accepted(message.index);
        return null;
      case "pong":
        learner.answered(message.round, now);
        return null;
      case "difference":
      case "snapshot":
      case "entries":
        return this.#initial !== null || this.#discovery.receive(learner.peer, message) ? null : "nonsense";
      default:
        return null;
    }
  }

  get #members(): readonly Learner[] {
    return [...this.#learners.values()].filter(({ peer }) => this.#state.slots.isMember(peer));
  }

  get #isFull(): boolean {
    const { history, commitIndex, uncommittedBytes } = this.#state;
    return history.lastIndex - commitIndex >= MAX_UNCOMMITTED_ENTRIES || uncommittedBytes >= MAX_UNCOMMITTED_BYTES;
  }

  #append(command: Uint8Array | null): void {
    this.#counter += 1;
    const index = this.#state.history.lastIndex + 1;
    this.#state.append([{ index, epoch: this.epoch, counter: this.#counter, command }]);
  }

  /** What a quorum of those who have promised has reached, this peer itself `own`. */
  #ofQuorum(own: number, reached: (learner: Learner) => number | null): number {
    const promised = this.#members.filter((learner) => learner.promised?.isMember);
    const others = promised.map((learner) => reached(learner) ?? -1);
    const empty = Array<number>(Math.max(0, this.#state.slots.size - 1 - others.length)).fill(-1);
    return reachedByMajority([own, ...others, ...empty]);
  }

  /** Up to here a quorum has the epoch's history on disk, this peer's own disk included; -1 where no quorum has it. */
  get #ackedIndex(): number {
    if (this.#initial === null || !this.#state.arePinsSaved) return -1;
    const own = this.#state.isSaved(this.#initial.token) ? this.#state.history.savedIndex : -1;
    return this.#ofQuorum(own, ({ ackedIndex }) => ackedIndex);
  }

  /** The paper's step l.2.2: a quorum has what the epoch begins with, and so it is committed. */
  #establish(now: number): void {
    if (this.#initial === null || this.#ackedIndex < this.#initial.index) return;
    this.#establishedAt = now;
    this.#state.effects.event({ kind: "epoch-established", epoch: this.epoch, leader: this.#state.self });
    this.#state.commitTo(this.#initial.index);
    // So that everybody learns what became of things that were proposed before.
    this.#append(null);
  }

  #advanceCommitIndex(): void {
    const index = this.#ackedIndex;
    if (index > this.#state.commitIndex) this.#state.commitTo(index);
  }

  #serve(now: number): void {
    for (const learner of this.#learners.values()) learner.welcome();
    this.#reads.settle({ ask: () => this.#askMembers(now), confirmed: () => this.#confirmedRound() });
    const owesNews = [...this.#learners.values()].some((learner) => learner.owesNews);
    if (!owesNews) this.#newsDeadline = NEVER;
    else if (this.#newsDeadline === NEVER) this.#newsDeadline = now + COMMIT_NEWS_MS;
  }

  #confirmedRound(): number {
    return this.#ofQuorum(NEVER, ({ answeredRound }) => answeredRound);
  }

  /** One that owes many answers has enough to answer when it speaks again. */
  #askMembers(now: number): number {
    this.#round += 1;
    for (const member of this.#members) if (!member.owesMany) member.ping(this.epoch, this.#round, now);
    return this.#round;
  }
}
