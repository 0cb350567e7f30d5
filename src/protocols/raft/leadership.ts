import { COMMIT_NEWS_MS, MAX_UNCOMMITTED_BYTES, MAX_UNCOMMITTED_ENTRIES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { majority, reachedByMajority } from "../../core/quorum.ts";
import type { OrderCommand } from "../../core/total-order.ts";
import { membersOf, withVoter } from "./configuration.ts";
import type { Configuration, RaftSpeech } from "./message.ts";
import { Reads } from "./reads.ts";
import { nextConfiguration } from "./reconfiguration.ts";
import { Replication } from "./replication.ts";
import type { RaftState } from "./state.ts";
import { Succession } from "./succession.ts";

const NEVER = Number.POSITIVE_INFINITY;

type LossCause = Extract<RaftSpeech["event"], { readonly kind: "leader-lost" }>["because"];

/**
 * What a leader does in its term: it takes commands into its log, commits what a majority has on disk, answers reads,
 * watches its quorum, changes the configuration and hands over.
 */
export class Leadership {
  readonly replication: Replication;
  readonly #state: RaftState;
  readonly #succession: Succession;
  readonly #reads: Reads;
  #heartbeatDeadline: number;
  #newsDeadline = NEVER;
  /** What was committed a heartbeat ago: under load some entries always are on their way. */
  #longCommitted: number;

  /** Proposes a no-op, so that what came before can commit (section 8). */
  constructor(state: RaftState, now: number) {
    this.#state = state;
    this.replication = new Replication(state);
    this.#reads = new Reads(state, this.replication);
    this.#succession = new Succession(state, this.replication, this.#reads);
    this.#heartbeatDeadline = now + state.options.heartbeatIntervalMs;
    this.#longCommitted = state.commitIndex;
    this.replication.countOn(membersOf(state.log.configuration), now);
    state.propose({ kind: "no-op" });
  }

  /** Monotonic ms of the next heartbeat, of news of commits, or of the end of a transfer. */
  get deadline(): number {
    return Math.min(this.#heartbeatDeadline, this.#newsDeadline, this.#succession.deadline);
  }

  /** The voter with the quickest response. */
  get standby(): PeerId | null {
    return this.replication.standby;
  }

  /** To whom leadership is being handed over. */
  get successor(): PeerId | null {
    return this.#succession.successor;
  }

  /** Time passed: heartbeats (section 5.2), and the end of a transfer that took too long. */
  tick(now: number): void {
    this.#succession.tick(now);
    if (now >= this.#newsDeadline) this.tellCommit(now);
    if (now < this.#heartbeatDeadline) return;
    this.#heartbeatDeadline = now + this.#state.options.heartbeatIntervalMs;
    this.#longCommitted = this.#state.commitIndex;
    this.#succession.chooseStandby(now);
    this.replication.heartbeat(now);
  }

  /** Takes commands into the log, unless it is about to hand over or has too much under way. */
  propose({ ticket, commands }: Extract<OrderCommand, { readonly kind: "propose" }>): void {
    const { effects, log, currentTerm: term } = this.#state;
    if (this.successor !== null || this.#isFull) {
      // Whoever is turned away by a leader that hands over asks its successor.
      const because = this.successor !== null ? "not-leader" : "busy";
      effects.event({ kind: "not-proposed", ticket, because });
      return;
    }
    const first = log.lastIndex + 1;
    for (const command of commands) this.#state.propose({ kind: "command", command });
    effects.event({ kind: "proposed", ticket, first, term });
  }

  /** Takes a read that is to be linearizable. */
  read(ticket: number): void {
    this.#reads.ask(ticket);
  }

  /** Does all that has become possible: commits, changes the configuration, sends what is new, answers, hands over. */
  settle(now: number): void {
    this.#advanceCommitIndex();
    this.#reconfigure(now);
    this.#succession.beginToLeave(now);
    this.replication.replicate(now);
    this.#reads.settle(now);
    this.#succession.handOver();
    if (!this.replication.owesNews) this.#newsDeadline = NEVER;
    else if (this.#newsDeadline === NEVER) this.#newsDeadline = now + COMMIT_NEWS_MS;
  }

  /** Tells what is committed to all that have not heard it, without waiting for entries to tell it with. */
  tellCommit(now: number): void {
    this.#newsDeadline = NEVER;
    this.replication.tellCommit(now);
  }

  /** Starts to hand leadership over, to the best voter where nobody is named; whether there is anybody fit. */
  transfer(to: PeerId | null, now: number): boolean {
    return this.#succession.transfer(to, now);
  }

  /** Hands over for good, to the best voter; whether there is anybody. */
  leave(now: number): boolean {
    return this.#succession.leave(now);
  }

  /** The term of this leader is over. */
  end(because: LossCause): void {
    this.#succession.end(because);
    this.#reads.end();
  }

  /** Voters heard within an election timeout, this peer included. */
  votersHeard(now: number): readonly PeerId[] {
    return this.#state.log.configuration.voters.filter((voter) => this.replication.isUp(voter, now));
  }

  /** Whether a majority of the voters was heard within an election timeout (check-quorum, dissertation 6.2). */
  hasQuorum(now: number): boolean {
    return this.votersHeard(now).length >= majority(this.#state.log.configuration.voters.length);
  }

  /** Whether the configuration in force is committed and this peer is no voter in it (dissertation 4.2.2). */
  get isRemoved(): boolean {
    return !this.#state.isVoter && this.#state.log.configurationIndex <= this.#state.commitIndex;
  }

  get #isFull(): boolean {
    const { log, commitIndex } = this.#state;
    return (
      log.lastIndex - commitIndex >= MAX_UNCOMMITTED_ENTRIES || this.#state.uncommittedBytes >= MAX_UNCOMMITTED_BYTES
    );
  }

  /** Section 5.4.2: only an entry of the own term commits by counting; those before it commit with it. */
  #advanceCommitIndex(): void {
    const { log, commitIndex, currentTerm } = this.#state;
    const { voters } = log.configuration;
    const index = reachedByMajority(voters.map((voter) => this.replication.matchIndex(voter)));
    if (index > commitIndex && log.termAt(index) === currentTerm) this.#state.commitTo(index);
  }

  /**
   * One change at a time, and none before an entry of this term is committed: else two configurations that differ by
   * two members could both be in force (Ongaro, raft-dev, 10 July 2015).
   */
  #reconfigure(now: number): void {
    const { log, commitIndex, currentTerm } = this.#state;
    if (this.successor !== null || !this.#state.isVoter) return;
    if (log.configurationIndex > commitIndex || log.termAt(commitIndex) !== currentTerm) return;
    const configuration = this.#succession.isLeaving ? this.#withHeir(now) : this.#next(now);
    if (configuration === null) return;
    this.#state.propose({ kind: "configuration", configuration });
    this.replication.countOn(membersOf(configuration), now);
  }

  #next(now: number): Configuration | null {
    const { log, self, health, options } = this.#state;
    const { replication } = this;
    return nextConfiguration({
      self,
      configuration: log.configuration,
      standby: replication.standby,
      health,
      now,
      removalMs: options.removalMs,
      isUp: (peer) => replication.isUp(peer, now),
      isCaughtUp: (peer) => replication.isUp(peer, now) && replication.matchIndex(peer) >= this.#longCommitted,
      lastHeardAt: (peer) => replication.of(peer)?.lastHeardAt ?? now,
      responseMs: (peer) => replication.of(peer)?.responseMs ?? null,
    });
  }

  /** Where a leader that leaves has no other voter: a learner becomes one. */
  #withHeir(now: number): Configuration | null {
    const learner = this.#succession.heirAmongLearners(now);
    return learner === null ? null : withVoter(this.#state.log.configuration, learner);
  }
}
