import { MAX_CHUNK_BYTES, MAX_ENTRIES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Progress, RaftMessage } from "./message.ts";
import { MemberProgress, type Transmission } from "./progress.ts";
import type { RaftState } from "./state.ts";

type Answer<K extends "appended" | "mismatch" | "snapshot-received"> = Extract<RaftMessage, { readonly kind: K }>;

/**
 * How a leader gets its log to the other members: heartbeats, entries as far as each one's window allows, the way back
 * to where the logs agree (section 5.3), and a snapshot to whom the next entries are gone for (section 7).
 */
export class Replication {
  readonly #state: RaftState;
  readonly #progress = new Map<PeerId, MemberProgress>();
  /** Each send has a round of its own; starts anew with each term. */
  #round = 0;
  /** Named in every append: the voter with the quickest response. */
  standby: PeerId | null = null;

  constructor(state: RaftState) {
    this.#state = state;
  }

  /** The round of the latest send. */
  get round(): number {
    return this.#round;
  }

  /** Every other member. */
  get members(): readonly MemberProgress[] {
    return [...this.#progress.values()];
  }

  /** Another member; undefined for whoever is none. */
  of(peer: PeerId): MemberProgress | undefined {
    return this.#progress.get(peer);
  }

  /** Whether a member, or this peer itself, was heard within an election timeout. */
  isUp(peer: PeerId, now: number): boolean {
    if (peer === this.#state.self) return true;
    const member = this.#progress.get(peer);
    return member !== undefined && now - member.lastHeardAt < this.#state.options.electionTimeoutMs;
  }

  /** What a voter has on disk; of its own log, too, a leader counts only that. */
  matchIndex(voter: PeerId): number {
    if (voter === this.#state.self) return this.#state.log.savedIndex;
    return this.#progress.get(voter)?.matchIndex ?? 0;
  }

  /** Keeps a progress for every other member, and for nobody else. */
  countOn(members: readonly PeerId[], now: number): void {
    for (const peer of this.#progress.keys()) if (!members.includes(peer)) this.#progress.delete(peer);
    for (const peer of members) {
      if (peer === this.#state.self || this.#progress.has(peer)) continue;
      this.#progress.set(peer, new MemberProgress(peer, this.#state.log.lastIndex + 1, now));
    }
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
    if (member.backtrack(round, sharesTerm ? behindTerm : conflictIndex)) this.#askOrTransmit(member, now);
  }

  /** A member has a piece of its snapshot, and gets the next one. */
  snapshotReceived(from: PeerId, { round, lastIndex, offset }: Answer<"snapshot-received">, now: number): void {
    const member = this.#progress.get(from);
    if (member === undefined) return;
    member.heard(round, now);
    if (member.receivedPiece(lastIndex, offset)) this.#sendPiece(member, now);
  }

  /**
   * Sends everybody an append that may be empty. It repeats the question of where the logs agree, but no entries: to
   * whoever takes nothing the leader would send them without end.
   */
  heartbeat(now: number): void {
    for (const member of this.#progress.values()) this.#beat(member, now);
  }

  /**
   * The same for voters alone: who answers confirms that this peer leads. Not for one that has been silent for long, and
   * has enough to answer when it speaks again.
   */
  askVoters(now: number): void {
    for (const voter of this.#state.log.configuration.voters) {
      const member = this.#progress.get(voter);
      if (member === undefined || (member.owesMany && !this.isUp(voter, now))) continue;
      this.#beat(member, now);
    }
  }

  /** Tells what is committed to those that have not heard it with entries. */
  tellCommit(now: number): void {
    for (const member of this.#progress.values()) if (this.#owesNews(member)) this.#send(member, member.room, now);
  }

  /** Whether somebody has yet to hear what is committed. */
  get owesNews(): boolean {
    for (const member of this.#progress.values()) if (this.#owesNews(member)) return true;
    return false;
  }

  /** Sends every member what it lacks, as far as its window allows. */
  replicate(now: number): void {
    for (const member of this.#progress.values()) {
      if (member.isProbing || member.transmission !== null) continue;
      if (member.nextIndex <= this.#state.log.baseIndex) this.#askOrTransmit(member, now);
      else
        while (member.room > 0 && member.nextIndex <= this.#state.log.lastIndex) this.#send(member, member.room, now);
    }
  }

  /** What is shown of the members. */
  view(): readonly Progress[] {
    return this.members.map((member) => member.view());
  }

  #beat(member: MemberProgress, now: number): void {
    const { transmission } = member;
    if (transmission === null) return this.#send(member, member.isProbing ? 0 : member.room, now);
    this.#sendEmpty(member, now);
    if (this.#isPieceLost(transmission, member.answeredRound, now)) this.#sendPiece(member, now);
  }

  /** Whoever takes nothing for now is not told the more for it. */
  #owesNews(member: MemberProgress): boolean {
    if (member.isProbing || member.transmission !== null || member.room === 0) return false;
    return member.toldCommit < this.#state.commitIndex;
  }

  /** On a link nothing is lost but with the link: then the member answers later rounds on a new one. */
  #isPieceLost({ sentAt, round }: Transmission, answeredRound: number, now: number): boolean {
    return answeredRound > round && now - sentAt >= this.#state.options.electionTimeoutMs;
  }

  /** Asks where the logs agree; where the answer can only lie before what is kept, sends the snapshot. */
  #askOrTransmit(member: MemberProgress, now: number): void {
    const { log, snapshot } = this.#state;
    if (member.nextIndex > log.baseIndex || snapshot === null) return this.#send(member, MAX_ENTRIES, now);
    member.transmit(snapshot, now);
    const { lastIndex: index, data } = snapshot;
    this.#state.effects.event({ kind: "snapshot-started", to: member.peer, index, bytes: data.length });
    this.#sendPiece(member, now);
  }

  #send(member: MemberProgress, limit: number, now: number): void {
    const { log } = this.#state;
    const previousIndex = Math.max(member.nextIndex - 1, log.baseIndex);
    const entries = log.slice(previousIndex + 1, limit);
    const round = this.#append(member, previousIndex, entries);
    const sent = { count: entries.length, bytes: log.bytesOf(entries), commit: this.#state.commitIndex };
    member.sent(round, sent, now);
  }

  /** A heartbeat for whom entries do not help yet. */
  #sendEmpty(member: MemberProgress, now: number): void {
    const round = this.#append(member, this.#state.log.baseIndex, []);
    member.sent(round, { count: 0, bytes: 0, commit: this.#state.commitIndex }, now);
  }

  #append(member: MemberProgress, previousIndex: number, entries: ReturnType<RaftState["log"]["slice"]>): number {
    const { log, currentTerm, commitIndex } = this.#state;
    this.#round += 1;
    // Other disks need not wait for ours: what counts is that a majority has it.
    this.#state.send(member.peer, {
      kind: "append-entries",
      term: currentTerm,
      round: this.#round,
      previousIndex,
      previousTerm: log.termAt(previousIndex),
      leaderCommit: commitIndex,
      standby: this.standby,
      entries,
    });
    return this.#round;
  }

  #sendPiece(member: MemberProgress, now: number): void {
    const { transmission } = member;
    if (transmission === null) return;
    const { snapshot, offset } = transmission;
    const { lastIndex, lastTerm, configuration, data } = snapshot;
    this.#round += 1;
    this.#state.send(member.peer, {
      kind: "install-snapshot",
      term: this.#state.currentTerm,
      round: this.#round,
      lastIndex,
      lastTerm,
      configuration,
      total: data.length,
      offset,
      data: data.subarray(offset, offset + MAX_CHUNK_BYTES),
    });
    member.sentPiece(this.#round, now);
  }
}
