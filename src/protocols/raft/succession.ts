import type { PeerId } from "../../core/peer-id.ts";
import type { RaftSpeech } from "./message.ts";
import type { MemberProgress } from "./progress.ts";
import type { Reads } from "./reads.ts";
import type { Replication } from "./replication.ts";
import type { RaftState } from "./state.ts";

/** Another standby must answer in less than this part of the present one's time, so that noise changes nothing. */
const QUICKER = 0.75;

type LossCause = Extract<RaftSpeech["event"], { readonly kind: "leader-lost" }>["because"];

/** A transfer under way (dissertation 3.10). */
interface Transfer {
  readonly to: PeerId;
  /** Monotonic ms at which it has failed. */
  readonly deadline: number;
  asked: boolean;
}

/** Who leads next: the standby that is named in every append, and the transfer of leadership (dissertation 3.10). */
export class Succession {
  readonly #state: RaftState;
  readonly #replication: Replication;
  readonly #reads: Reads;
  #transfer: Transfer | null = null;
  /** Whoever leads next takes over from a peer that goes. */
  #isLeaving = false;

  constructor(state: RaftState, replication: Replication, reads: Reads) {
    this.#state = state;
    this.#replication = replication;
    this.#reads = reads;
  }

  /** Monotonic ms at which a transfer has failed; Infinity while there is none. */
  get deadline(): number {
    return this.#transfer?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** To whom leadership is being handed over. */
  get successor(): PeerId | null {
    return this.#transfer?.to ?? null;
  }

  /** Whether this leader hands over for good. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Time passed: a transfer may have failed; a question that was lost is asked again. */
  tick(now: number): void {
    if (this.#transfer === null) return;
    if (now < this.#transfer.deadline) this.#transfer.asked = false;
    else {
      this.#state.effects.event({ kind: "transfer-failed", to: this.#transfer.to, because: "timed-out" });
      this.#transfer = null;
    }
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
    this.#reads.voidLease();
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

  /** As soon as there is a successor whose right to vote is committed. */
  beginToLeave(now: number): void {
    const { log, commitIndex } = this.#state;
    if (!this.#isLeaving || this.#transfer !== null || log.configurationIndex > commitIndex) return;
    if (this.#bestSuccessor(now) !== null) this.transfer(null, now);
  }

  /** The successor has the whole log: it may stand now. */
  handOver(): void {
    const transfer = this.#transfer;
    if (transfer === null || transfer.asked) return;
    if (this.#replication.matchIndex(transfer.to) < this.#state.log.lastIndex) return;
    transfer.asked = true;
    this.#state.send(transfer.to, { kind: "timeout-now", term: this.#state.currentTerm });
  }

  /** The term of this leader is over: a transfer that did not bring this about has failed. */
  end(because: LossCause): void {
    if (this.#transfer === null || because === "transferred") return;
    this.#state.effects.event({ kind: "transfer-failed", to: this.#transfer.to, because: "not-leader" });
  }

  /** A learner that would lead once it may vote, where no voter is fit to. */
  heirAmongLearners(now: number): PeerId | null {
    return this.#bestSuccessor(now) === null ? this.#bestLearner(now) : null;
  }

  /** Names the quickest of those that could lead, unless the present standby is about as quick. */
  chooseStandby(now: number): void {
    const { standby } = this.#replication;
    const best = this.#quickest(now);
    const present = standby === null ? undefined : this.#replication.of(standby);
    if (present === undefined || !this.#isFit(present.peer, now)) this.#replication.standby = best?.peer ?? null;
    else if (best !== undefined && speed(best) < QUICKER * speed(present)) this.#replication.standby = best.peer;
  }

  #quickest(now: number): MemberProgress | undefined {
    return this.#replication.members
      .filter((member) => this.#isFit(member.peer, now) && member.responseMs !== null)
      .sort((a, b) => speed(a) - speed(b))[0];
  }

  /** Whether a peer can lead: another voter that is up and of which nothing bad is known. */
  #isFit(peer: PeerId, now: number): boolean {
    const { self, log } = this.#state;
    const isVoter = peer !== self && log.configuration.voters.includes(peer);
    return isVoter && this.#replication.isUp(peer, now) && this.#isWell(peer);
  }

  #isWell(peer: PeerId): boolean {
    const status = this.#state.health.of(peer)?.status;
    return status !== "unhealthy" && status !== "left";
  }

  #bestSuccessor(now: number): PeerId | null {
    const { standby } = this.#replication;
    if (standby !== null && this.#isFit(standby, now)) return standby;
    return this.#mostAdvanced((peer) => this.#isFit(peer, now));
  }

  #bestLearner(now: number): PeerId | null {
    const { learners } = this.#state.log.configuration;
    const { health } = this.#state;
    const isEligible = (peer: PeerId): boolean =>
      learners.includes(peer) && health.mayLead(peer) && this.#replication.isUp(peer, now) && this.#isWell(peer);
    return this.#mostAdvanced(isEligible);
  }

  #mostAdvanced(isEligible: (peer: PeerId) => boolean): PeerId | null {
    const eligible = this.#replication.members.filter(({ peer }) => isEligible(peer));
    return eligible.sort((a, b) => b.matchIndex - a.matchIndex)[0]?.peer ?? null;
  }
}

function speed(member: MemberProgress): number {
  return member.responseMs ?? Number.MAX_VALUE;
}
