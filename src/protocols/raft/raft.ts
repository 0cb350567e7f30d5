import { TERM_LIMIT } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { Election } from "./election.ts";
import { follow, isWellFormed, refuseOldTerm } from "./following.ts";
import { LeaderContact } from "./leader-contact.ts";
import { Leadership } from "./leadership.ts";
import type { RaftMessage, RaftSpeech } from "./message.ts";
import { QuorumNews } from "./quorum-news.ts";
import { SnapshotIntake } from "./snapshot-intake.ts";
import { RaftState } from "./state.ts";

/** Log entries that are shown. */
const TAIL = 16;

type Message<K extends RaftMessage["kind"]> = Extract<RaftMessage, { readonly kind: K }>;
type FromLeader = Message<"append-entries" | "install-snapshot">;
type Answer = Exclude<RaftMessage, Message<"pre-vote" | "request-vote"> | FromLeader>;
type LossCause = Extract<RaftSpeech["event"], { readonly kind: "leader-lost" }>["because"];

/**
 * Raft (Ongaro and Ousterhout 2014, extended version; Ongaro's dissertation 2014): one leader a term, one log.
 *
 * | message         | sender               | effect at the receiver                                          |
 * | --------------- | -------------------- | --------------------------------------------------------------- |
 * | pre-vote        | who would stand      | says whether it would vote; nobody's term changes (9.6)         |
 * | request-vote    | candidate            | one vote a term, for a log at least as up to date (5.2, 5.4.1)  |
 * | append-entries  | leader               | heartbeat; entries behind one that both logs share (5.3)        |
 * | appended        | follower             | counts for the commit of entries of the term (5.4.2)            |
 * | mismatch        | follower             | the leader goes back to where the logs agree (5.3)              |
 * | install-snapshot | leader              | a piece of what stands for entries that are gone (7)            |
 * | snapshot-received | follower           | the leader sends the next piece                                 |
 * | timeout-now     | leader, handing over | stands at once (3.10)                                           |
 *
 * Safety: at most one leader in a term; a committed entry is in the log of every later leader. Both rest on this:
 * term, vote and entries are on disk before a message that depends on them leaves.
 *
 * Departures from the paper: a voter refuses its vote while it hears a leader (dissertation 4.2.3), unless its own
 * link to that leader broke; such a break calls for a pre-vote at once, the standby first. A peer that is no voter
 * by its own log still grants votes, for it may have become one without knowing: the candidate's configuration
 * counts. A leader that stood still for an election timeout steps down, as all it knows of its quorum is too old.
 * Entries may be answered in any number of messages; a heartbeat is answered for what is on disk. With `reads` of
 * "lease" a broken link is no hint, and nobody votes within an election timeout of a leader's last word, whatever it
 * has learnt of that leader since, nor of its own start, for it may have answered a leader before.
 */
export class Raft implements Protocol<RaftSpeech> {
  readonly #state: RaftState;
  readonly #isActive: boolean;
  readonly #startedAt: number;
  #contact: LeaderContact;
  #election: Election;
  #quorum: QuorumNews;
  #intake: SnapshotIntake;
  #leadership: Leadership | null = null;
  #leaveDeadline = Number.POSITIVE_INFINITY;
  /** What the saved records have to tell is told by the first step. */
  #isFresh = true;

  constructor(options: RaftSpeech["options"], saved: Iterable<RaftSpeech["record"]>, random: Random, now: number) {
    this.#state = new RaftState(options, saved, random, now);
    this.#isActive = options.active;
    this.#startedAt = now;
    this.#quorum = new QuorumNews(this.#state);
    this.#contact = new LeaderContact(this.#state, now);
    this.#election = new Election(this.#state, this.#contact, this.#quorum, now);
    this.#intake = new SnapshotIntake(this.#state);
  }

  get deadline(): number {
    if (!this.#isActive) return Number.POSITIVE_INFINITY;
    if (this.#isFresh) return this.#startedAt;
    return Math.min(this.#leadership?.deadline ?? this.#election.deadline, this.#leaveDeadline);
  }

  step(input: Input<RaftSpeech>, now: number): readonly Effect<RaftSpeech>[] {
    if (!this.#isActive) return NO_EFFECTS;
    this.#isFresh = false;
    this.#state.now = now;
    this.#take(input, now);
    this.#settle(now);
    return this.#state.effects.take();
  }

  checkpoint(): readonly RaftSpeech["record"][] {
    return this.#state.checkpoint();
  }

  view(): RaftSpeech["view"] {
    const { log, commitIndex, currentTerm, votedFor, options, snapshot, bound, electionRecord, now } = this.#state;
    const { voters, learners } = log.configuration;
    const { leader, since, heardAt, standby } = this.#contact;
    return {
      role: this.#role(),
      currentTerm,
      votedFor,
      leader,
      leaderSince: since,
      leaderHeardAt: this.#leadership === null ? heardAt : now,
      standby: this.#leadership?.standby ?? standby,
      commitIndex,
      commitTerm: log.termAt(commitIndex),
      lastLogIndex: log.lastIndex,
      lastLogTerm: log.lastTerm,
      firstLogIndex: log.baseIndex + 1,
      snapshotIndex: snapshot?.lastIndex ?? 0,
      snapshotBytes: snapshot?.data.length ?? 0,
      voters,
      learners,
      votersHeard: this.#leadership?.votersHeard(now) ?? null,
      progress: this.#leadership?.replication.view() ?? [],
      election: this.#election.card,
      messages: electionRecord.messages,
      bound,
      tail: log.range(log.lastIndex - TAIL + 1),
      heartbeatIntervalMs: options.heartbeatIntervalMs,
      electionTimeoutMs: options.electionTimeoutMs,
    };
  }

  #role(): RaftSpeech["view"]["role"] {
    if (this.#leadership !== null) return "leader";
    if (this.#election.phase === "none") return this.#state.isVoter ? "follower" : "learner";
    return this.#election.phase === "vote" ? "candidate" : "pre-candidate";
  }

  #take(input: Input<RaftSpeech>, now: number): void {
    switch (input.kind) {
      case "message":
        if ("peer" in input.from && input.message.term < TERM_LIMIT) this.#receive(input.from.peer, input.message, now);
        break;
      case "command":
        this.#obey(input.command, now);
        break;
      case "saved":
        this.#state.saved(input.upTo);
        this.#election.countOwnVote(now);
        break;
      case "link":
        if (this.#contact.linkChanged(input.peer, input.up)) this.#election.linkBroke(now);
        break;
      case "resumed":
        this.#resume(input.gapMs, now);
        break;
      case "timeout":
        this.#timeOut(now);
        break;
      case "session":
        break;
    }
  }

  #receive(from: PeerId, message: RaftMessage, now: number): void {
    this.#state.electionRecord.note(now, from, this.#state.self, message);
    switch (message.kind) {
      case "pre-vote":
        this.#answerPreVote(from, message, now);
        break;
      case "request-vote":
        this.#answerVote(from, message, now);
        break;
      case "append-entries":
      case "install-snapshot":
        this.#hearLeader(from, message, now);
        break;
      default:
        this.#receiveAnswer(from, message, now);
    }
  }

  #receiveAnswer(from: PeerId, message: Answer, now: number): void {
    const { currentTerm } = this.#state;
    // A granted one speaks of the term that would be, and nobody's term changes for it.
    if (message.kind === "pre-vote-answer" && message.granted) this.#election.countPreVote(from, message, now);
    // Section 5.1: a later term makes a follower of everybody.
    else if (message.term > currentTerm) this.#adopt(message.term, "higher-term", now);
    // The voter's own term may be behind.
    else if (message.kind === "pre-vote-answer") this.#election.countPreVote(from, message, now);
    else if (message.term < currentTerm) return;
    else if (message.kind === "vote-answer") this.#election.countVote(from, message, now);
    else if (message.kind === "appended") this.#leadership?.replication.appended(from, message, now);
    else if (message.kind === "mismatch") this.#leadership?.replication.mismatched(from, message, now);
    else if (message.kind === "snapshot-received") this.#leadership?.replication.snapshotReceived(from, message, now);
    else if (from === this.#contact.leader && this.#state.canStand)
      this.#election.stand({ kind: "transfer", leader: from }, now);
  }

  #obey(command: RaftSpeech["command"], now: number): void {
    switch (command.kind) {
      case "found":
        this.#found(now);
        break;
      case "forget":
        this.#forget(now);
        break;
      case "member":
        this.#state.health.note(command, now);
        break;
      case "leave":
        this.#leave(now);
        break;
      case "propose":
        if (this.#leadership !== null) this.#leadership.propose(command);
        else this.#refuse("not-proposed", command.ticket);
        break;
      case "read":
        if (this.#leadership !== null) this.#leadership.read(command.ticket);
        else this.#refuse("not-readable", command.ticket);
        break;
      case "tell":
        this.#leadership?.tellCommit(now);
        break;
      case "compact":
        this.#state.compact(command.index, command.snapshot);
        break;
      case "transfer":
        if (this.#leadership !== null) this.#leadership.transfer(command.to, now);
        else this.#state.effects.event({ kind: "transfer-failed", to: command.to, because: "not-leader" });
    }
  }

  #refuse(kind: "not-proposed" | "not-readable", ticket: number): void {
    this.#state.effects.event({ kind, ticket, because: "not-leader" });
  }

  #timeOut(now: number): void {
    if (this.#leadership === null) {
      this.#election.tick(now);
    } else if (this.#leadership.hasQuorum(now)) {
      this.#leadership.tick(now);
    } else {
      const heard = this.#leadership.votersHeard(now);
      this.#quorum.lost(this.#state.log.configuration.voters.filter((voter) => !heard.includes(voter)));
      this.#stepDown("quorum-lost", now);
    }
  }

  /** What may follow from any input: a victory, commits and sends of a leader, the end of a leave, a save. */
  #settle(now: number): void {
    if (this.#election.isWon) this.#lead(now);
    this.#leadership?.settle(now);
    if (this.#leadership?.isRemoved) this.#stepDown("removed", now);
    if (this.#state.leaving === "handing-over" && (this.#isSucceeded() || now >= this.#leaveDeadline)) this.#retire();
    this.#state.flush();
  }

  // Terms and leaders

  /** Section 5.1. */
  #adopt(term: number, because: "higher-term" | "transferred", now: number): void {
    if (this.#leadership !== null) {
      this.#stepDown(this.#leadership.successor === null ? "higher-term" : "transferred", now);
    } else {
      this.#election.end("higher-term");
      this.#contact.lose(this.#contact.linkBroke ? "link-broke" : because);
    }
    // What came of a snapshot came from the leader of a term that is over.
    this.#intake.clear();
    this.#state.adopt(term);
  }

  #lead(now: number): void {
    const { self } = this.#state;
    const quietMs = this.#election.quietMs(now);
    const card = this.#election.decided(self, now);
    this.#contact.meet(self, card, now, quietMs);
    this.#quorum.regained(card.silent);
    this.#intake.clear();
    this.#leadership = new Leadership(this.#state, now);
  }

  #stepDown(because: LossCause, now: number): void {
    this.#leadership?.end(because);
    this.#leadership = null;
    this.#contact.hear(null, now);
    this.#contact.lose(because);
    this.#election.restartTimer(now);
  }

  #hearLeader(from: PeerId, message: FromLeader, now: number): void {
    const { currentTerm } = this.#state;
    if (message.term < currentTerm) {
      refuseOldTerm(this.#state, from, message.round);
      return;
    }
    // Whoever speaks out of order, or as a second leader of this term, is not to be followed.
    if (message.kind === "append-entries" && !isWellFormed(message)) return;
    if (message.term > currentTerm) this.#adopt(message.term, "higher-term", now);
    const { leader } = this.#contact;
    if (leader !== null && leader !== from) return;
    if (leader === null) this.#contact.meet(from, this.#election.decided(from, now), now, null);
    this.#election.leaderHeard();
    this.#contact.hear(message.kind === "append-entries" ? message.standby : this.#contact.standby, now);
    this.#quorum.regained([]);
    if (message.kind === "append-entries") follow(this.#state, from, message);
    else this.#intake.take(from, message);
    this.#election.restartTimer(now);
  }

  // Votes

  #answerPreVote(from: PeerId, message: Message<"pre-vote">, now: number): void {
    const { currentTerm } = this.#state;
    const granted = message.term > currentTerm && !this.#leaderHolds(now) && this.#wouldVoteFor(message);
    const term = granted ? message.term : currentTerm;
    this.#state.send(from, { kind: "pre-vote-answer", term, granted, leaderHeardMs: this.#leaderHeardMs(now) });
  }

  #answerVote(from: PeerId, message: Message<"request-vote">, now: number): void {
    const leaderHeardMs = this.#leaderHeardMs(now);
    const isDisruptive = !message.transfer && this.#leaderHolds(now);
    if (message.term > this.#state.currentTerm && !isDisruptive)
      this.#adopt(message.term, message.transfer ? "transferred" : "higher-term", now);
    const { currentTerm: term, votedFor } = this.#state;
    const isFree = votedFor === null || votedFor === from;
    const granted = message.term === term && !isDisruptive && isFree && this.#wouldVoteFor(message);
    if (granted && votedFor === null) {
      this.#state.voteFor(from);
      this.#election.voted(from, now);
      this.#state.effects.event({ kind: "vote-granted", term, to: from });
    }
    this.#state.send(from, { kind: "vote-answer", term, granted, leaderHeardMs });
  }

  /** Section 5.4.1. Whether this peer is a voter is for the candidate's configuration to say. */
  #wouldVoteFor(message: Message<"pre-vote" | "request-vote">): boolean {
    return this.#state.leaving !== "done" && this.#state.log.isUpToDate(message.lastLogIndex, message.lastLogTerm);
  }

  #leaderHolds(now: number): boolean {
    return this.#leadership !== null || this.#contact.holds(now);
  }

  #leaderHeardMs(now: number): number | null {
    if (this.#leadership !== null) return 0;
    const silentMs = this.#contact.silentMs(now);
    return silentMs === Number.POSITIVE_INFINITY ? null : Math.min(Math.floor(silentMs), 0xffff_ffff);
  }

  // Founding, coming back, leaving, forgetting

  /** The first peer of a cluster: its configuration and its vote go to disk together, and then it leads. */
  #found(now: number): void {
    const { self, log, currentTerm, leaving } = this.#state;
    if (log.lastIndex > 0 || currentTerm > 0 || leaving !== "no") return;
    const configuration = { voters: [self], learners: [] };
    this.#state.append([{ index: 1, term: 1, payload: { kind: "configuration", configuration } }]);
    this.#election.stand({ kind: "founding" }, now);
  }

  /** A gap says nothing of the others: a follower gives its leader time anew, and a leader trusts no old answers. */
  #resume(gapMs: number, now: number): void {
    const { log, options } = this.#state;
    if (this.#leadership === null) this.#election.resume(now);
    else if (gapMs >= options.electionTimeoutMs && log.configuration.voters.length > 1)
      this.#stepDown("quorum-lost", now);
  }

  #leave(now: number): void {
    if (this.#state.leaving !== "no") return;
    this.#election.end("no-majority");
    this.#state.leaving = "handing-over";
    this.#leaveDeadline = now + this.#state.options.electionTimeoutMs;
    if (!this.#leadership?.leave(now)) this.#retire();
  }

  /** The next leader can commit without this peer's help: an entry of its term is committed. */
  #isSucceeded(): boolean {
    const { log, commitIndex, currentTerm } = this.#state;
    return this.#leadership === null && this.#contact.leader !== null && log.termAt(commitIndex) === currentTerm;
  }

  #retire(): void {
    this.#state.leaving = "done";
    this.#leaveDeadline = Number.POSITIVE_INFINITY;
    this.#state.effects.event({ kind: "left-office" });
  }

  #forget(now: number): void {
    this.#contact.lose("removed");
    this.#state.forget();
    this.#leadership?.end("removed");
    this.#leadership = null;
    this.#intake.clear();
    this.#quorum = new QuorumNews(this.#state);
    this.#contact = new LeaderContact(this.#state, now);
    this.#election = new Election(this.#state, this.#contact, this.#quorum, now);
  }
}
