import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Campaign } from "./campaign.ts";
import type { BullySpeech, ElectionCause } from "./message.ts";
import type { Participants } from "./participants.ts";
import type { Voice } from "./voice.ts";

/** The wait for a coordinator doubles so often, at most. */
const MAX_DOUBLINGS = 4;

const NEVER = Number.POSITIVE_INFINITY;

type Outcome = Extract<BullySpeech["event"], { readonly kind: "election-ended" }>["outcome"];

/** When and how this peer stands: the wait of a newcomer, and one campaign after the other. */
export class Candidacy {
  readonly #options: BullySpeech["options"];
  readonly #effects: Effects<BullySpeech>;
  readonly #others: Participants;
  readonly #voice: Voice;
  #campaign: Campaign | null = null;
  #listenDeadline = NEVER;
  #elections = 0;
  /** Elections in a row that led to nothing. */
  #failures = 0;

  constructor(
    options: BullySpeech["options"],
    { effects, others, voice }: { effects: Effects<BullySpeech>; others: Participants; voice: Voice },
  ) {
    this.#options = options;
    this.#effects = effects;
    this.#others = others;
    this.#voice = voice;
  }

  /** Monotonic ms at which something is due: the end of the listening, answers, or a coordinator. */
  get deadline(): number {
    return this.#campaign?.deadline ?? this.#listenDeadline;
  }

  /** Elections held so far. */
  get elections(): number {
    return this.#elections;
  }

  /** Whether an election runs. */
  get isRunning(): boolean {
    return this.#campaign !== null;
  }

  /** Whether this peer has listened for as long as a leader may be silent. */
  hasListened(now: number): boolean {
    return this.#campaign === null && now >= this.#listenDeadline;
  }

  /** A newcomer listens before it stands. */
  listen(now: number): void {
    this.#listenDeadline = now + this.#options.leaderTimeoutMs;
  }

  /** This process stood still: silence until now says nothing to one that listens. */
  resume(now: number): void {
    if (this.#listenDeadline !== NEVER) this.listen(now);
  }

  /**
   * Asks whoever may object. Who stood still asks everybody, for a lower one may lead by now.
   *
   * @param except who is known not to object
   */
  stand(because: ElectionCause, except: PeerId | null, now: number): void {
    if (this.#campaign !== null) return;
    const others = because === "stood-still" ? this.#others.able() : this.#others.whoMayObject();
    const asked = others.filter((peer) => peer !== except);
    this.#elections += 1;
    this.#listenDeadline = NEVER;
    this.#campaign = new Campaign(asked, now + this.#options.answerTimeoutMs);
    this.#effects.event({ kind: "election-started", because });
    this.#voice.stand(asked, now);
  }

  /** Somebody is up and does not object. */
  answered(peer: PeerId): void {
    this.#campaign?.answered(peer);
  }

  /** Somebody that ranks higher objects: a coordinator is awaited. */
  objected(peer: PeerId, now: number): void {
    const waitMs = this.#options.leaderTimeoutMs * (1 << Math.min(this.#failures, MAX_DOUBLINGS));
    this.#campaign?.objected(peer, now + waitMs);
  }

  /** A working leader was heard that ranks lower: it is who would be taken over from. */
  heardLower(leader: PeerId): void {
    this.#campaign?.answered(leader);
    if (this.#campaign !== null) this.#campaign.over = leader;
  }

  /** Nothing is to be expected of a peer any more. */
  gone(peer: PeerId): void {
    this.#campaign?.gone(peer);
  }

  /** Holds another election where nothing came of this one; this one, if it is won. */
  settle(now: number): Campaign | null {
    if (this.#campaign?.verdict(now) === "void") {
      this.#failures += 1;
      this.end("no-coordinator");
      this.stand("no-coordinator", null, now);
    }
    return this.#campaign?.verdict(now) === "won" ? this.#campaign : null;
  }

  /** There is no election any more, if there was one. */
  end(outcome: Outcome, leader: PeerId | null = null): void {
    if (this.#campaign === null) return;
    this.#campaign = null;
    this.#effects.event({ kind: "election-ended", outcome, leader });
  }

  /** There is no reason to listen: a leader was found, or this peer will not stand. */
  rest(): void {
    this.#failures = 0;
    this.#listenDeadline = NEVER;
  }
}
