import type { PeerId } from "../../core/peer-id.ts";
import { Campaign, cardOfAnother } from "./campaign.ts";
import type { LeaderContact } from "./leader-contact.ts";
import type { ElectionCard, ElectionCause, RaftMessage, RaftSpeech } from "./message.ts";
import type { QuorumNews } from "./quorum-news.ts";
import type { RaftState } from "./state.ts";

/** After the link to the leader broke, each voter but the standby waits so long before it asks, and asks again. */
const HINT_DELAY_MS = { low: 10, high: 40 };

/** How often a voter asks again before it leaves the election to the ordinary timeout. */
const HINT_RETRIES = 5;

/**
 * Where the link to the leader broke, the other voters answer within moments, once they have written down their votes: a
 * vote that is not won by then was split, as happens on a busy machine where several notice at once, and is tried again.
 */
const SPLIT_VOTE_MS = { low: 60, high: 180 };

type FailureCause = Extract<RaftSpeech["event"], { readonly kind: "election-failed" }>["because"];
type VoteAnswer = Extract<RaftMessage, { readonly kind: "pre-vote-answer" | "vote-answer" }>;

/** When and how this peer stands for election: the timer, the hint of a broken link, the campaign (section 5.2). */
export class Election {
  readonly #state: RaftState;
  readonly #contact: LeaderContact;
  readonly #quorum: QuorumNews;
  readonly #startedAt: number;
  #campaign: Campaign | null = null;
  #lastCard: ElectionCard | null = null;
  /** The save of the candidate's vote for itself, and since when it is under way; null while there is none. */
  #ownVote: { readonly token: number; readonly since: number } | null = null;
  #timerDeadline = Number.POSITIVE_INFINITY;
  #hintDeadline = Number.POSITIVE_INFINITY;
  #hintRetries = 0;
  /** A pre-vote for this term failed, and was told. */
  #failedTerm = 0;

  constructor(state: RaftState, contact: LeaderContact, quorum: QuorumNews, now: number) {
    this.#state = state;
    this.#contact = contact;
    this.#quorum = quorum;
    this.#startedAt = now;
    if (state.canStand) this.restartTimer(now);
  }

  /** Monotonic ms at which silence or a broken link calls for an election. */
  get deadline(): number {
    return this.#contact.linkBroke ? Math.min(this.#timerDeadline, this.#hintDeadline) : this.#timerDeadline;
  }

  /** What this peer asks for now. */
  get phase(): "none" | "pre-vote" | "vote" {
    return this.#campaign?.phase ?? "none";
  }

  /** Whether a majority voted for this peer. */
  get isWon(): boolean {
    return this.#campaign?.phase === "vote" && this.#campaign.verdict() === "won";
  }

  /**
   * The least time, ms, since any of those who said yes to this peer in the campaign under way had last heard an earlier
   * leader; null where that is not known. Leases that such a leader may have are older than that.
   */
  quietMs(now: number): number | null {
    const heardAt = this.#campaign?.leaderHeardAt ?? null;
    return heardAt === null ? null : now - heardAt;
  }

  /** The election under way, or the last one. */
  get card(): ElectionCard | null {
    return this.#campaign?.card("running", null) ?? this.#lastCard;
  }

  /** Draws a new timeout (section 5.2): at random, so that votes are rarely split. */
  restartTimer(now: number): void {
    const { electionTimeoutMs } = this.#state.options;
    this.#timerDeadline = now + this.#state.random.between(electionTimeoutMs, 2 * electionTimeoutMs);
  }

  /** This process stood still: silence until now says nothing. */
  resume(now: number): void {
    if (this.#timerDeadline !== Number.POSITIVE_INFINITY) this.restartTimer(now);
  }

  /** Time passed. */
  tick(now: number): void {
    if (now >= this.#timerDeadline) {
      this.#leaderSilent(now);
    } else if (now >= this.deadline) {
      this.#followHint(now);
    }
  }

  /** The link to the leader broke: the standby asks at once, the others soon. */
  linkBroke(now: number): void {
    this.#hintRetries = HINT_RETRIES;
    if (this.#contact.standby === this.#state.self) this.#followHint(now);
    else this.#hintDeadline = now + this.#hintDelayMs();
  }

  /** A voter answered a pre-vote. A yes that comes late, from an earlier campaign, says nothing of this one. */
  countPreVote(from: PeerId, { term, granted, leaderHeardMs }: VoteAnswer, now: number): void {
    const campaign = this.#campaign;
    if (campaign?.phase !== "pre-vote" || (granted && term !== campaign.term)) return;
    campaign.count(from, granted, null);
    if (campaign.verdict() === "won") {
      this.stand(campaign.because, now);
      return;
    }
    const hearsLeader = leaderHeardMs !== null && leaderHeardMs < this.#state.options.electionTimeoutMs;
    // It has perhaps only not noticed yet what broke our link.
    if (!granted && hearsLeader) this.#askAgainSoon(now);
    if (campaign.verdict() === "lost" && this.deadline === this.#timerDeadline) this.end("no-majority");
  }

  /** A voter answered a request for its vote in the current term. */
  countVote(from: PeerId, { granted, leaderHeardMs }: VoteAnswer, now: number): void {
    // What the answer took to come is not counted: it was heard then at the latest.
    this.#count(from, granted, leaderHeardMs === null ? null : now - leaderHeardMs);
  }

  /** Saves were done: the candidate's own vote may be on disk. It counts then, and then its question leaves. */
  countOwnVote(now: number): void {
    const ownVote = this.#ownVote;
    if (ownVote === null || ownVote.token > this.#state.savedUpTo) return;
    this.#ownVote = null;
    if (this.#campaign?.phase !== "vote") return;
    this.#awaitVotes(this.#campaign, now - ownVote.since, now);
    this.#count(this.#state.self, true, this.#contact.heardAt);
  }

  /** Section 5.2: becomes a candidate of the next term. */
  stand(because: ElectionCause, now: number): void {
    const { self, log, currentTerm } = this.#state;
    const term = currentTerm + 1;
    const transfer = because.kind === "transfer";
    if (transfer) this.end("leader-found");
    const campaign = this.#campaign ?? this.#start(because, now);
    this.#tellStart(campaign);
    if (transfer) this.#contact.lose("transferred");
    else this.#contact.lose(this.#contact.linkBroke ? "link-broke" : "silent");
    campaign.ask("vote");
    this.#state.adopt(term);
    this.#state.voteFor(self);
    this.#ownVote = { token: this.#state.flush(), since: now };
    this.restartTimer(now);
    const { lastIndex: lastLogIndex, lastTerm: lastLogTerm } = log;
    for (const voter of campaign.others)
      this.#state.send(voter, { kind: "request-vote", term, lastLogIndex, lastLogTerm, transfer });
  }

  /** This peer voted for another. */
  voted(candidate: PeerId, now: number): void {
    const { currentTerm: term, self } = this.#state;
    this.#lastCard = cardOfAnother(term, candidate, [self], now);
    this.restartTimer(now);
  }

  /** The leader of the current term is known; the card of its election. */
  decided(leader: PeerId, now: number): ElectionCard {
    const { currentTerm: term, self } = this.#state;
    if (leader === self && this.#campaign !== null) {
      this.#lastCard = this.#campaign.card("won", now);
      this.#campaign = null;
      return this.#lastCard;
    }
    this.leaderHeard();
    const isSeen = this.#lastCard?.term === term && this.#lastCard.asker === leader;
    const seen = isSeen && this.#lastCard !== null ? this.#lastCard : cardOfAnother(term, leader, [], now);
    this.#lastCard = { ...seen, endedAt: now, outcome: "won" };
    return this.#lastCard;
  }

  /** The leader of the current term was heard: there is no reason to stand. */
  leaderHeard(): void {
    this.end("leader-found");
    this.#failedTerm = 0;
  }

  /** Ends the campaign without a victory, if there is one. */
  end(because: FailureCause): void {
    const campaign = this.#campaign;
    if (campaign === null) return;
    this.#campaign = null;
    this.#lastCard = campaign.card("lost", null);
    const { term } = campaign;
    if (campaign.isTold) this.#state.effects.event({ kind: "election-failed", term, because });
    if (because !== "no-majority") return;
    if (campaign.phase === "pre-vote") this.#failedTerm = term;
    // Whoever was not asked yet, because our own disk is slow, is not missing.
    const wereAsked = campaign.phase === "pre-vote" || this.#ownVote === null;
    if (wereAsked && !campaign.hasQuorum) this.#quorum.lost(campaign.silent);
  }

  #count(voter: PeerId, granted: boolean, leaderHeardAt: number | null): void {
    if (this.#campaign?.phase !== "vote") return;
    this.#campaign.count(voter, granted, leaderHeardAt);
    if (this.#campaign.verdict() === "lost") this.end("no-majority");
  }

  /** @param ownMs what our own vote took to be on disk; those of others will take about as long */
  #awaitVotes({ because }: Campaign, ownMs: number, now: number): void {
    if (because.kind !== "link-broke" || this.#hintRetries === 0) return;
    this.#hintRetries -= 1;
    this.#timerDeadline = now + ownMs + this.#state.random.between(SPLIT_VOTE_MS.low, SPLIT_VOTE_MS.high);
  }

  #leaderSilent(now: number): void {
    const silentMs = now - (this.#contact.heardAt ?? this.#startedAt);
    const leader = this.#contact.latest;
    const isSplit = this.#campaign?.because.kind === "link-broke" && this.#campaign.phase === "vote";
    const because = isSplit ? this.#campaign?.because : undefined;
    this.end("no-majority");
    this.#contact.lose("silent");
    if (this.#state.canStand) this.#askForPreVotes(because ?? { kind: "leader-silent", leader, silentMs }, now);
    else this.#timerDeadline = Number.POSITIVE_INFINITY;
  }

  #followHint(now: number): void {
    this.#hintDeadline = Number.POSITIVE_INFINITY;
    const { leader } = this.#contact;
    if (leader !== null && this.#state.canStand) this.#askForPreVotes({ kind: "link-broke", leader }, now);
  }

  #askAgainSoon(now: number): void {
    if (!this.#contact.linkBroke || this.#hintRetries === 0 || this.#hintDeadline !== Number.POSITIVE_INFINITY) return;
    this.#hintRetries -= 1;
    this.#hintDeadline = now + this.#hintDelayMs();
  }

  /** Dissertation 9.6: asks whether it could win before it raises its term. */
  #askForPreVotes(because: ElectionCause, now: number): void {
    const { self, log } = this.#state;
    const campaign = this.#campaign ?? this.#start(because, now);
    campaign.ask("pre-vote");
    campaign.count(self, true, null);
    if (campaign.verdict() === "won") {
      this.stand(because, now);
      return;
    }
    const { term } = campaign;
    if (this.#failedTerm !== term) this.#tellStart(campaign);
    const { lastIndex: lastLogIndex, lastTerm: lastLogTerm } = log;
    for (const voter of campaign.others) this.#state.send(voter, { kind: "pre-vote", term, lastLogIndex, lastLogTerm });
  }

  #start(because: ElectionCause, now: number): Campaign {
    const { self, log, currentTerm } = this.#state;
    this.#campaign = new Campaign(self, log.configuration.voters, currentTerm + 1, because, now);
    this.restartTimer(now);
    return this.#campaign;
  }

  #tellStart(campaign: Campaign): void {
    if (campaign.isTold) return;
    campaign.isTold = true;
    this.#state.effects.event({ kind: "election-started", term: campaign.term, because: campaign.because });
  }

  #hintDelayMs(): number {
    return this.#state.random.between(HINT_DELAY_MS.low, HINT_DELAY_MS.high);
  }
}
