/**
 * The Bully algorithm (Garcia-Molina, "Elections in a Distributed Computing System", IEEE Transactions on Computers,
 * 1982, section IV): the highest of those that may lead and are up leads, by priority and then by ID.
 *
 * | message     | sender                        | receiver        | effect                                          |
 * | ----------- | ----------------------------- | --------------- | ----------------------------------------------- |
 * | election    | who stands                    | those that rank | answered; whoever ranks higher and knows no     |
 * |             |                               | higher          | leader stands itself                            |
 * | answer      | who is up                     | who stands      | if it objects, the election waits for a         |
 * |             |                               |                 | coordinator                                     |
 * | coordinator | who won; a leader that is     | all; who stands | followed, or taken over from by whoever ranks   |
 * |             | asked                         |                 | higher                                          |
 * | heartbeat   | the leader, over and over     | all             | the same; and the leader is not silent          |
 * | resign      | a leader that leaves or is    | all; the higher | another is elected at once; the higher leader   |
 * |             | held down; the lower of two   | leader          | knows that there was another                    |
 *
 * Elections begin where the link to the leader breaks, where it is silent for `leaderTimeoutMs`, unhealthy, gone or
 * resigned, and where a lower one leads. The answers are due within `answerTimeoutMs`, then the coordinator within
 * `leaderTimeoutMs`, twice as long with each election in a row that leads to nothing, up to 16 times.
 *
 * Messages of an election of n peers whose leader failed, priorities known, k = n - 1 left: at best the highest of them
 * notices alone, and k - 1 are told; at worst all notice at once: k(k - 1)/2 ask, as many answer, and k - 1 are told,
 * k^2 - 1 together. Where the leader is silent but linked it is asked and told too: k + 1, and k^2 + k.
 *
 * Safety: none under a partition. Each side has its leader, and when two meet, both tell it and the lower one gives way.
 * There is no agreement on who leads, so nothing may rest on it that two leaders could break. Liveness: the highest
 * leads everywhere soon after all can talk to all; not where two cannot talk to each other while others hear both.
 *
 * Departures from the paper. Failures are suspected by broken links and silence, so two leaders are possible at all; the
 * paper assumes that they are detected. A newcomer listens for `leaderTimeoutMs` before it stands. Whoever ranks higher
 * and is asked while it follows a leader objects and does not stand: it will notice itself. A leader that stood still
 * for `leaderTimeoutMs` leads no more before it has asked everybody, whatever their rank. Hold-down: whoever believed
 * in a leader and lost it by a broken link, by silence, as unhealthy or because it resigned, counts that (see
 * `HoldDown`), and from the second time in a row on, a working leader tells the one that is back how long to let it
 * work. Until then the higher one follows the lower, gives way where the two meet, and objects to nobody that ranks
 * between them; but where no leader works, it stands at once.
 */
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../core/protocol.ts";
import type { Campaign } from "./campaign.ts";
import { Candidacy } from "./candidacy.ts";
import type { BullyMessage, BullySpeech, ElectionCause, LossCause } from "./message.ts";
import { Office } from "./office.ts";
import { Participants } from "./participants.ts";
import { Rivals } from "./rivals.ts";
import { Voice } from "./voice.ts";

type Claim = Extract<BullyMessage, { readonly kind: "coordinator" | "heartbeat" }>;

/** Losses that count against whoever led. One that resigns and stays was held down by another, and comes and goes as well. */
const FLAPS: readonly LossCause[] = ["link-broke", "silent", "unhealthy", "resigned"];

interface Hold {
  /** Monotonic ms. */
  readonly until: number;
  readonly by: PeerId;
}

/** The machine. */
export class Bully implements Protocol<BullySpeech> {
  readonly #options: BullySpeech["options"];
  readonly #self: PeerId;
  readonly #effects = new Effects<BullySpeech>();
  readonly #others: Participants;
  readonly #office: Office;
  readonly #rivals: Rivals;
  readonly #voice: Voice;
  readonly #candidacy: Candidacy;
  #mayLead: boolean;
  #hasBegun = false;
  #hasLeft = false;
  #heartbeatDeadline = Number.POSITIVE_INFINITY;
  /** Until when this peer lets lower ones lead, because it flapped, and who has said so last; null while it need not. */
  #hold: Hold | null = null;
  #now = 0;

  constructor(options: BullySpeech["options"]) {
    this.#options = options;
    this.#self = options.peer;
    this.#mayLead = options.mayLead;
    this.#others = new Participants(options);
    this.#office = new Office(this.#effects, options.leaderTimeoutMs);
    this.#rivals = new Rivals(options.leaderTimeoutMs);
    const [effects, office, others] = [this.#effects, this.#office, this.#others];
    this.#voice = new Voice(effects, options, { office, others });
    this.#candidacy = new Candidacy(options, { effects, others, voice: this.#voice });
  }

  get deadline(): number {
    if (this.#isLeader) return this.#heartbeatDeadline;
    return Math.min(this.#candidacy.deadline, this.#office.deadline);
  }

  step(input: Input<BullySpeech>, now: number): readonly Effect<BullySpeech>[] {
    if (!this.#options.active) return NO_EFFECTS;
    this.#now = now;
    this.#rivals.prune(now);
    this.#take(input);
    const won = this.#candidacy.settle(now);
    if (won !== null) this.#win(won);
    return this.#effects.take();
  }

  checkpoint(): readonly BullySpeech["record"][] {
    return [];
  }

  view(): BullySpeech["view"] {
    const { active, priority, heartbeatIntervalMs, leaderTimeoutMs } = this.#options;
    const { leader, since, heardAt } = this.#office;
    const { messages, sent, heartbeats } = this.#voice;
    return {
      active,
      role: this.#role,
      leader,
      leaderSince: since,
      leaderHeardAt: heardAt,
      priority,
      participants: this.#others.view(this.#now),
      rivals: this.#rivals.view(),
      holdUntil: this.#hold?.until ?? null,
      messages,
      elections: this.#candidacy.elections,
      sent,
      heartbeats,
      heartbeatIntervalMs,
      leaderTimeoutMs,
    };
  }

  get #role(): BullySpeech["view"]["role"] {
    if (!this.#hasBegun) return "none";
    if (this.#isLeader) return "leader";
    return this.#candidacy.isRunning ? "candidate" : "follower";
  }

  get #isLeader(): boolean {
    return this.#office.leader === this.#self;
  }

  get #mayStand(): boolean {
    return this.#hasBegun && this.#mayLead && !this.#hasLeft;
  }

  #take(input: Input<BullySpeech>): void {
    switch (input.kind) {
      case "message":
        if (this.#hasBegun && "peer" in input.from) this.#receive(input.from.peer, input.message);
        break;
      case "command":
        this.#obey(input.command);
        break;
      case "link":
        this.#others.linkChanged(input.peer, input.up, this.#now);
        if (!input.up) this.#gone(input.peer, "link-broke");
        break;
      case "resumed":
        this.#resume(input.gapMs);
        break;
      case "timeout":
        this.#timeOut();
        break;
      case "saved":
      case "session":
        break;
    }
  }

  #obey(command: BullySpeech["command"]): void {
    switch (command.kind) {
      case "begin":
        if (!this.#hasBegun && this.#mayLead) this.#candidacy.listen(this.#now);
        this.#hasBegun = true;
        break;
      case "forget":
        this.#forget();
        break;
      case "member":
        if (command.peer === this.#self) {
          this.#mayLead = command.mayLead;
          if (!this.#mayLead) this.#standBack("resigned");
          break;
        }
        this.#others.note(command, this.#now);
        if (command.status === "unhealthy" || command.status === "left") this.#gone(command.peer, command.status);
        break;
      case "transfer":
        this.#transfer(command.to);
        break;
      case "leave":
        this.#leave();
    }
  }

  #receive(from: PeerId, message: BullyMessage): void {
    if (!this.#others.hears(from, this.#now)) return;
    this.#voice.heard(from, message, this.#now);
    if (message.kind === "resign") {
      // It gave way to this one, which may not have heard of it yet.
      if (this.#isLeader && !this.#rivals.delete(from)) this.#tellRivals(this.#self, from);
      this.#gone(from, "resigned");
      return;
    }
    this.#others.learn(from, message.priority);
    if (message.kind === "election") this.#answer(from);
    else if (message.kind === "answer") this.#hearAnswer(from, message.objects);
    else this.#hearClaim(from, message);
  }

  #timeOut(): void {
    const now = this.#now;
    if (this.#isLeader) {
      if (now >= this.#heartbeatDeadline) this.#tellAll("heartbeat");
    } else if (now >= this.#office.deadline) {
      this.#lose("silent");
    } else if (this.#candidacy.hasListened(now)) {
      this.#stand("no-leader");
    }
  }

  // Elections

  #stand(because: ElectionCause, except: PeerId | null = null): void {
    if (this.#mayStand) this.#candidacy.stand(because, except, this.#now);
  }

  #win({ over }: Campaign): void {
    const { leader } = this.#office;
    this.#candidacy.end("won", this.#self);
    // A higher one that still counted as the leader has not answered.
    const isLower = leader !== null && this.#others.outranks(this.#self, leader);
    if (leader !== null) this.#vacate(isLower ? "higher-priority" : "silent");
    this.#fill(this.#self, isLower ? leader : over);
    this.#tellAll("coordinator");
  }

  #answer(from: PeerId): void {
    if (!this.#mayStand) return;
    if (this.#isLeader) {
      this.#voice.claim("coordinator", [from], this.#now);
      return;
    }
    const { leader } = this.#office;
    const isHigher = this.#others.outranks(this.#self, from);
    const objects = isHigher && (leader === null || this.#others.outranks(leader, from));
    this.#voice.answer(from, objects, this.#now);
    if (!isHigher) this.#hearAnswer(from, true);
    else if (leader === null) this.#stand("asked");
  }

  /** Whoever ranks higher and stands itself objects by that. */
  #hearAnswer(from: PeerId, objects: boolean): void {
    if (objects && this.#others.outranks(from, this.#self)) this.#candidacy.objected(from, this.#now);
    else this.#candidacy.answered(from);
  }

  // Leaders

  /** Somebody says that it leads. */
  #hearClaim(from: PeerId, claim: Claim): void {
    const { leader } = this.#office;
    if (leader === from) {
      this.#office.heard(this.#now);
      this.#accept(from, claim);
    } else if (leader === null) {
      this.#accept(from, claim);
    } else if (this.#others.outranks(from, leader)) {
      this.#hearHigher(from, leader, claim);
    } else {
      this.#hearLower(from, leader, claim);
    }
  }

  /** Follows, unless this peer ranks higher and need not wait. */
  #accept(from: PeerId, claim: Claim): void {
    const outranks = this.#mayStand && this.#others.outranks(this.#self, from);
    this.#hold = outranks ? this.#holdUnder(from, claim) : null;
    if (outranks && this.#hold === null) {
      this.#stand("outranks-leader");
      this.#candidacy.heardLower(from);
      return;
    }
    this.#candidacy.end(outranks ? "held-down" : "leader-found", from);
    if (this.#office.leader !== from) this.#fill(from, null);
  }

  /**
   * What a lower leader demands. Where one demands nothing, the word of another counts until it ends or that one takes it
   * back: of two that do not hear each other, one may have seen this peer flap and the other not.
   */
  #holdUnder(from: PeerId, { holdMs }: Claim): Hold | null {
    if (holdMs > 0) return { until: this.#now + holdMs, by: from };
    const hold = this.#hold;
    return hold !== null && hold.by !== from && this.#now < hold.until ? hold : null;
  }

  /** One that ranks higher than the leader leads as well, or has taken over. */
  #hearHigher(from: PeerId, leader: PeerId, claim: Claim): void {
    const hasTakenOver = claim.over === leader;
    if (!hasTakenOver && this.#others.holdMs(from, this.#now) > 0) {
      this.#meet(leader, from);
      // It gives way as soon as it knows.
      if (this.#isLeader) this.#voice.claim("heartbeat", [from], this.#now);
      return;
    }
    if (!hasTakenOver) this.#tellRivals(from, leader);
    if (!hasTakenOver && this.#isLeader) this.#voice.resign([from], this.#now);
    this.#vacate("higher-priority");
    this.#accept(from, claim);
  }

  /** One that ranks lower than the leader leads as well, or has not heard yet that it leads no more. */
  #hearLower(from: PeerId, leader: PeerId, claim: Claim): void {
    const isBelated = leader !== this.#self && this.#office.isFresh(this.#now);
    if (isBelated || from === this.#office.over(this.#now)) return;
    if (leader === this.#self && claim.holdMs > 0) {
      this.#tellRivals(from, leader);
      this.#resign("held-down");
      this.#accept(from, claim);
    } else {
      this.#meet(leader, from);
    }
  }

  /** Keeps a rival in view; tells of it once. */
  #meet(leader: PeerId, rival: PeerId): void {
    if (this.#rivals.note(rival, this.#now)) this.#tellRivals(leader, rival);
  }

  #tellRivals(leader: PeerId, rival: PeerId): void {
    this.#effects.event({ kind: "rival-met", leader, rival });
  }

  #fill(leader: PeerId, over: PeerId | null): void {
    this.#candidacy.rest();
    if (leader === this.#self) this.#hold = null;
    this.#rivals.delete(leader);
    this.#office.fill(leader, over, this.#now);
  }

  #vacate(because: LossCause): void {
    const { leader } = this.#office;
    this.#office.vacate(because);
    if (leader !== null && FLAPS.includes(because)) this.#others.lost(leader, this.#now);
  }

  /** The leader is lost, so another one is needed. */
  #lose(because: LossCause): void {
    const { leader } = this.#office;
    this.#vacate(because);
    // Whoever resigned will not object.
    this.#stand(because, because === "resigned" ? leader : null);
  }

  /** A peer cannot lead any more, whether it did or not. */
  #gone(peer: PeerId, because: "link-broke" | "unhealthy" | "left" | "resigned"): void {
    this.#rivals.delete(peer);
    this.#candidacy.gone(peer);
    if (peer === this.#office.leader) this.#lose(because);
  }

  /** This peer leads no more, and says so. */
  #resign(because: LossCause): void {
    if (!this.#isLeader) return;
    this.#voice.resign(this.#others.audience, this.#now);
    this.#vacate(because);
  }

  #tellAll(kind: Claim["kind"]): void {
    this.#office.heard(this.#now);
    this.#heartbeatDeadline = this.#now + this.#options.heartbeatIntervalMs;
    this.#voice.claim(kind, this.#others.audience, this.#now);
  }

  // Beginning, coming back, handing over, leaving, forgetting

  /** Silence until now says nothing; and others may have found that this peer was silent. */
  #resume(gapMs: number): void {
    this.#office.await(this.#now);
    this.#candidacy.resume(this.#now);
    if (gapMs < this.#options.leaderTimeoutMs || (!this.#isLeader && !this.#candidacy.isRunning)) return;
    this.#candidacy.end("called-off");
    if (this.#isLeader) this.#vacate("stood-still");
    this.#stand("stood-still");
  }

  /** There is no choice: whoever ranks highest leads, unless it was held down until now. */
  #transfer(to: PeerId | null): void {
    const highest = this.#isLeader ? this.#others.highestAbove() : undefined;
    if (highest === undefined || (to !== null && to !== highest)) {
      const because = this.#isLeader ? "highest-leads" : "not-leader";
      this.#effects.event({ kind: "transfer-failed", to, because });
      return;
    }
    this.#others.forgive(highest);
    this.#effects.event({ kind: "transfer-started", to: highest });
    this.#voice.claim("heartbeat", [highest], this.#now);
  }

  /** Stands no more, and leads no more. */
  #standBack(because: "left" | "resigned"): void {
    this.#candidacy.end("called-off");
    this.#candidacy.rest();
    this.#resign(because);
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#standBack("left");
    this.#effects.event({ kind: "left-office" });
  }

  #forget(): void {
    this.#candidacy.end("called-off");
    this.#vacate("forgotten");
    this.#others.forget();
    this.#rivals.clear();
    this.#mayLead = this.#options.mayLead;
    this.#hasBegun = false;
    this.#candidacy.rest();
    this.#hold = null;
  }
}
