import type { PeerId } from "../../core/peer-id.ts";
import { majority, membersOf, withVoter } from "./configuration.ts";
import { type Configuration, MAX_ENTRIES, type Progress, type RaftMessage, type RaftSpeech } from "./message.ts";
import { MemberProgress } from "./progress.ts";
import { nextConfiguration } from "./reconfiguration.ts";
import type { RaftState } from "./state.ts";

/** Another standby must answer in less than this part of the present one's time, so that noise changes nothing. */
const QUICKER = 0.75;

type LossCause = Extract<RaftSpeech["event"], { readonly kind: "leader-lost" }>["because"];
type Answer<K extends "appended" | "mismatch"> = Extract<RaftMessage, { readonly kind: K }>;

/** A transfer under way (dissertation 3.10). */
interface Transfer {
  readonly to: PeerId;
  /** Monotonic ms at which it has failed. */
  readonly deadline: number;
  asked: boolean;
}

/**
 * What a leader does in its term: it replicates its log, commits what a majority has on disk, watches its quorum,
 * changes the configuration and hands over.
 */
export class Leadership {
  readonly #state: RaftState;
  readonly #progress = new Map<PeerId, MemberProgress>();
  /** Each send has a round of its own; starts anew with each term. */
  #round = 0;
  #heartbeatDeadline: number;
  #standby: PeerId | null = null;
  #transfer: Transfer | null = null;
  /** Whoever leads next takes over from a peer that goes. */
  #isLeaving = false;

  /** Proposes a no-op, so that what came before can commit (section 8). */
  constructor(state: RaftState, now: number) {
    this.#state = state;
    this.#heartbeatDeadline = now + state.options.heartbeatIntervalMs;
    this.#countOn(membersOf(state.log.configuration), now);
    state.propose({ kind: "no-op" });
  }

  /** Monotonic ms of the next heartbeat, or of the end of a transfer. */
  get deadline(): number {
    return Math.min(this.#heartbeatDeadline, this.#transfer?.deadline ?? Number.POSITIVE_INFINITY);
  }

  /** The voter with the quickest response. */
  get standby(): PeerId | null {
    return this.#standby;
  }

  /** To whom leadership is being handed over. */
  get successor(): PeerId | null {
    return this.#transfer?.to ?? null;
  }

  /** Time passed: heartbeats (section 5.2), and the end of a transfer that took too long. */
  tick(now: number): void {
    if (this.#transfer !== null && now >= this.#transfer.deadline) {
      this.#state.effects.event({ kind: "transfer-failed", to: this.#transfer.to, because: "timed-out" });
      this.#transfer = null;
    }
    if (now < this.#heartbeatDeadline) return;
    this.#heartbeatDeadline = now + this.#state.options.heartbeatIntervalMs;
    this.#chooseStandby(now);
    // One that was lost is asked again.
    if (this.#transfer !== null) this.#transfer.asked = false;
    for (const member of this.#progress.values()) this.#heartbeat(member, now);
  }

  /** A member's disk holds the log up to `matchIndex`. */
  appended(from: PeerId, { round, matchIndex }: Answer<"appended">, now: number): void {
    const member = this.#progress.get(from);
    if (member === undefined || matchIndex > this.#state.log.lastIndex) return;
    member.heard(round, now);
    member.matched(round, matchIndex);
  }

  /** A member's log differs: section 5.3's quick way back, a term at a time. */
  mismatched(from: PeerId, { round, conflictIndex, conflictTerm }: Answer<"mismatch">, now: number): void {
    const member = this.#progress.get(from);
    if (member === undefined) return;
    member.heard(round, now);
    const { log } = this.#state;
    const behindTerm = log.firstIndexOf(conflictTerm + 1);
    const sharesTerm = conflictTerm > 0 && log.termAt(behindTerm - 1) === conflictTerm;
    if (member.backtrack(round, sharesTerm ? behindTerm : conflictIndex)) this.#send(member, MAX_ENTRIES, now);
  }

  /** Does all that has become possible: commits, changes the configuration, sends what is new, hands over. */
  settle(now: number): void {
    const committed = this.#advanceCommitIndex();
    if (committed) for (const member of this.#progress.values()) if (!member.isProbing) this.#heartbeat(member, now);
    this.#reconfigure(now);
    this.#beginToLeave(now);
    for (const member of this.#progress.values()) this.#replicate(member, now);
    this.#handOver();
  }

  /** Starts to hand leadership over, to the best voter where nobody is named; whether there is anybody fit. */
  transfer(to: PeerId | null, now: number): boolean {
    const chosen = to ?? this.#bestSuccessor(now);
    if (chosen === null || !this.#isFit(chosen, now)) {
      this.#state.effects.event({ kind: "transfer-failed", to: chosen, because: "nobody-fit" });
      return false;
    }
    if (this.#transfer?.to === chosen) return true;
    this.#transfer = { to: chosen, deadline: now + this.#state.options.electionTimeoutMs, asked: false };
    this.#state.effects.event({ kind: "transfer-started", to: chosen });
    return true;
  }

  /**
   * Hands over for good, to the best voter. A single voter makes one of a learner first, for without it the cluster
   * would be left without anybody who may lead. Whether there is anybody.
   */
  leave(now: number): boolean {
    const heir = this.#bestSuccessor(now) ?? this.#bestLearner(now);
    if (heir === null) return this.transfer(null, now);
    this.#isLeaving = true;
    return true;
  }

  /** The term of this leader is over: a transfer that did not bring this about has failed. */
  end(because: LossCause): void {
    if (this.#transfer === null || because === "transferred") return;
    this.#state.effects.event({ kind: "transfer-failed", to: this.#transfer.to, because: "not-leader" });
  }

  /** Voters heard within an election timeout, this peer included. */
  votersHeard(now: number): readonly PeerId[] {
    return this.#state.log.configuration.voters.filter((voter) => this.#isUp(voter, now));
  }

  /** Whether a majority of the voters was heard within an election timeout (check-quorum, dissertation 6.2). */
  hasQuorum(now: number): boolean {
    return this.votersHeard(now).length >= majority(this.#state.log.configuration.voters.length);
  }

  /** Whether the configuration in force is committed and this peer is no voter in it (dissertation 4.2.2). */
  get isRemoved(): boolean {
    return !this.#state.isVoter && this.#state.log.configurationIndex <= this.#state.commitIndex;
  }

  /** What is shown of the members, by ID. */
  progress(): readonly Progress[] {
    return [...this.#progress.values()].map((member) => member.view());
  }

  /** Section 5.4.2: only an entry of the own term commits by counting; those before it commit with it. */
  #advanceCommitIndex(): boolean {
    const { log, commitIndex, currentTerm } = this.#state;
    const { voters } = log.configuration;
    const matches = voters.map((voter) => this.#matchIndex(voter)).sort((a, b) => b - a);
    const index = matches[majority(voters.length) - 1] ?? 0;
    if (index <= commitIndex || log.termAt(index) !== currentTerm) return false;
    this.#state.commitTo(index);
    return true;
  }

  /** What a voter has on disk; of its own log, too, a leader counts only that. */
  #matchIndex(voter: PeerId): number {
    if (voter === this.#state.self) return this.#state.log.savedIndex;
    return this.#progress.get(voter)?.matchIndex ?? 0;
  }

  /**
   * One change at a time, and none before an entry of this term is committed: else two configurations that differ by
   * two members could both be in force (Ongaro, raft-dev, 10 July 2015).
   */
  #reconfigure(now: number): void {
    const { log, commitIndex, currentTerm } = this.#state;
    if (this.#transfer !== null || !this.#state.isVoter) return;
    if (log.configurationIndex > commitIndex || log.termAt(commitIndex) !== currentTerm) return;
    const configuration = this.#isLeaving ? this.#withHeir(now) : this.#next(now);
    if (configuration === null) return;
    this.#state.propose({ kind: "configuration", configuration });
    this.#countOn(membersOf(configuration), now);
  }

  #next(now: number): Configuration | null {
    const { log, commitIndex, self, health, options } = this.#state;
    return nextConfiguration({
      self,
      configuration: log.configuration,
      standby: this.#standby,
      health,
      now,
      removalMs: options.removalMs,
      isUp: (peer) => this.#isUp(peer, now),
      isCaughtUp: (peer) => this.#isUp(peer, now) && this.#matchIndex(peer) >= commitIndex,
      lastHeardAt: (peer) => this.#progress.get(peer)?.lastHeardAt ?? now,
      responseMs: (peer) => this.#progress.get(peer)?.responseMs ?? null,
    });
  }

  /** Where a leader that leaves has no other voter: a learner becomes one. */
  #withHeir(now: number): Configuration | null {
    const learner = this.#bestSuccessor(now) === null ? this.#bestLearner(now) : null;
    return learner === null ? null : withVoter(this.#state.log.configuration, learner);
  }

  /** Keeps a progress for every other member, and for nobody else. */
  #countOn(members: readonly PeerId[], now: number): void {
    for (const peer of this.#progress.keys()) if (!members.includes(peer)) this.#progress.delete(peer);
    for (const peer of members) {
      if (peer === this.#state.self || this.#progress.has(peer)) continue;
      this.#progress.set(peer, new MemberProgress(peer, this.#state.log.lastIndex + 1, now));
    }
  }

  #isUp(peer: PeerId, now: number): boolean {
    if (peer === this.#state.self) return true;
    const member = this.#progress.get(peer);
    return member !== undefined && now - member.lastHeardAt < this.#state.options.electionTimeoutMs;
  }

  /** Sends what the member lacks, as far as its window allows. */
  #replicate(member: MemberProgress, now: number): void {
    while (!member.isProbing && member.room > 0 && member.nextIndex <= this.#state.log.lastIndex)
      this.#send(member, member.room, now);
  }

  /** Sends an append that may be empty; a probe that got no answer is repeated by it. */
  #heartbeat(member: MemberProgress, now: number): void {
    this.#send(member, member.isProbing ? MAX_ENTRIES : member.room, now);
  }

  #send(member: MemberProgress, limit: number, now: number): void {
    const { log, currentTerm, commitIndex } = this.#state;
    const previousIndex = member.nextIndex - 1;
    const entries = log.slice(member.nextIndex, limit);
    this.#round += 1;
    // Other disks need not wait for ours: what counts is that a majority has it.
    this.#state.send(member.peer, {
      kind: "append-entries",
      term: currentTerm,
      round: this.#round,
      previousIndex,
      previousTerm: log.termAt(previousIndex),
      leaderCommit: commitIndex,
      standby: this.#standby,
      entries,
    });
    member.sent(this.#round, entries.length, now);
  }

  #chooseStandby(now: number): void {
    const best = this.#quickest(now);
    const present = this.#standby === null ? undefined : this.#progress.get(this.#standby);
    if (present === undefined || !this.#isFit(present.peer, now)) this.#standby = best?.peer ?? null;
    else if (best !== undefined && speed(best) < QUICKER * speed(present)) this.#standby = best.peer;
  }

  #quickest(now: number): MemberProgress | undefined {
    return [...this.#progress.values()]
      .filter((member) => this.#isFit(member.peer, now) && member.responseMs !== null)
      .sort((a, b) => speed(a) - speed(b))[0];
  }

  /** Whether a peer can lead: another voter that is up and of which nothing bad is known. */
  #isFit(peer: PeerId, now: number): boolean {
    const { self, log } = this.#state;
    return peer !== self && log.configuration.voters.includes(peer) && this.#isUp(peer, now) && this.#isWell(peer);
  }

  #isWell(peer: PeerId): boolean {
    const status = this.#state.health.of(peer)?.status;
    return status !== "unhealthy" && status !== "left";
  }

  #bestSuccessor(now: number): PeerId | null {
    if (this.#standby !== null && this.#isFit(this.#standby, now)) return this.#standby;
    return this.#mostAdvanced((peer) => this.#isFit(peer, now));
  }

  #bestLearner(now: number): PeerId | null {
    const { learners } = this.#state.log.configuration;
    return this.#mostAdvanced((peer) => learners.includes(peer) && this.#isUp(peer, now) && this.#isWell(peer));
  }

  #mostAdvanced(isEligible: (peer: PeerId) => boolean): PeerId | null {
    const eligible = [...this.#progress.values()].filter(({ peer }) => isEligible(peer));
    return eligible.sort((a, b) => b.matchIndex - a.matchIndex)[0]?.peer ?? null;
  }

  /** As soon as there is a successor whose right to vote is committed. */
  #beginToLeave(now: number): void {
    const { log, commitIndex } = this.#state;
    if (!this.#isLeaving || this.#transfer !== null || log.configurationIndex > commitIndex) return;
    if (this.#bestSuccessor(now) !== null) this.transfer(null, now);
  }

  /** The successor has the whole log: it may stand now. */
  #handOver(): void {
    const transfer = this.#transfer;
    if (transfer === null || transfer.asked) return;
    if (this.#matchIndex(transfer.to) < this.#state.log.lastIndex) return;
    transfer.asked = true;
    this.#state.send(transfer.to, { kind: "timeout-now", term: this.#state.currentTerm });
  }
}

function speed(member: MemberProgress): number {
  return member.responseMs ?? Number.MAX_VALUE;
}
