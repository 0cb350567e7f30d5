import { TERM_LIMIT } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../core/protocol.ts";
import { majority } from "../../core/quorum.ts";
import { Following } from "./following.ts";
import { Leading } from "./leading.ts";
import type { EndCause, ZabMessage, ZabSpeech } from "./message.ts";
import { ZabState } from "./state.ts";

/** Entries that are shown. */
const TAIL = 16;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * ZAB (Junqueira, Reed, Serafini: "Zab: High-performance broadcast for primary-backup systems", DSN 2011): one primary
 * an epoch, whose changes all peers deliver in the order in which it made them.
 *
 * | message        | sender             | effect at the receiver                                                      |
 * | -------------- | ------------------ | --------------------------------------------------------------------------- |
 * | follower-info  | who would follow   | a quorum of them is asked to promise itself to a later epoch (CEPOCH)       |
 * | new-epoch      | prospective leader | promises to follow none before it, on disk (NEWEPOCH)                       |
 * | epoch-accepted | follower           | of a quorum the best history is chosen (ACK-E)                              |
 * | history-wanted | prospective leader | sends what the leader's history lacks                                       |
 * | difference     | whose history goes on | what stands behind this point is void, and entries follow                |
 * | snapshot       | the same           | a piece of what stands for entries that are gone                            |
 * | entries        | the same; leader   | what is missing; proposals, and up to where they are committed              |
 * | received       | who takes a history | more of it follows                                                         |
 * | new-leader     | leader             | the history is that of the epoch, on disk at once (NEWLEADER)               |
 * | accepted       | follower           | counts for the epoch, and for the commit of its entries (ACK-LD, ACK)       |
 * | up-to-date     | leader             | the epoch is established: what it began with is committed (COMMIT-LD)       |
 * | ping, pong     | leader, follower   | is there, and still of this epoch                                           |
 * | resigned       | leader no more     | asks anew                                                                   |
 * | impostor       | who met another at the receiver's slot | takes itself for an observer                            |
 *
 * Safety, whomever the election names, and be it two at a time: an epoch has one leader, as a quorum promises itself to
 * it and nobody does so twice; its history begins with all that was committed in any epoch before, as the quorum that
 * committed it and the one that promised itself share a peer.
 *
 * Departures from the paper: the leader is named by an election outside (its phase 0). Histories are compared by their
 * epochs, so that only a difference travels, or a snapshot. A leader that finds that somebody has promised itself to its
 * epoch elsewhere takes a later one. It opens its epoch with an entry of its own, so that all learn what became of what
 * was proposed before. Who joins late delivers no more than what is committed. Acknowledgements are cumulative, and commits are told with what follows. Reads are confirmed by
 * a quorum. What depends on the disk is sent when the disk has it, so that nothing on a link overtakes it.
 *
 * The limit of a fixed ensemble: who has lost its disk is known by its new ID only where its old one was met before, and
 * so an address of the ensemble is one peer's for good.
 */
export class Zab implements Protocol<ZabSpeech> {
  readonly #state: ZabState;
  readonly #startedAt: number;
  /** Whom the election names. */
  #named: PeerId | null = null;
  /** Who would follow this peer, and the epoch each has accepted, while this peer does not lead. */
  readonly #infos = new Map<PeerId, number>();
  #leading: Leading | null = null;
  #following: Following | null = null;
  /** Before this instant a leader is not asked anew. */
  #retryAt = 0;
  #isQuorumLost = false;
  /** What the saved records have to tell is told by the first step. */
  #isFresh: boolean;
  #now: number;

  constructor(options: ZabSpeech["options"], saved: Iterable<ZabSpeech["record"]>, now: number) {
    this.#state = new ZabState(options, saved);
    this.#startedAt = now;
    this.#isFresh = options.active;
    this.#now = now;
  }

  get deadline(): number {
    if (this.#isFresh) return this.#startedAt;
    if (this.#leading !== null) return this.#leading.deadline;
    if (this.#following !== null) return this.#following.deadline;
    return this.#canFollow ? this.#retryAt : NEVER;
  }

  step(input: Input<ZabSpeech>, now: number): readonly Effect<ZabSpeech>[] {
    if (!this.#state.options.active) return NO_EFFECTS;
    this.#isFresh = false;
    this.#now = now;
    this.#take(input, now);
    this.#settle(now);
    this.#state.flush();
    return this.#state.effects.take();
  }

  checkpoint(): readonly ZabSpeech["record"][] {
    return this.#state.checkpoint();
  }

  view(): ZabSpeech["view"] {
    const { history, commitIndex, snapshot, options, slots, acceptedEpoch, currentEpoch, bound } = this.#state;
    const attempt = this.#leading ?? this.#following;
    const since = attempt?.establishedAt ?? null;
    return {
      active: options.active,
      role: this.#role(),
      phase: attempt?.phase ?? "election",
      acceptedEpoch,
      currentEpoch,
      leader: since === null ? null : (this.#following?.leader ?? this.#state.self),
      leaderSince: since,
      leaderHeardAt: this.#leading === null ? (this.#following?.heardAt ?? null) : this.#now,
      lastZxid: history.lastZxid,
      committedZxid: history.zxidAt(commitIndex),
      firstIndex: history.baseIndex + 1,
      lastIndex: history.lastIndex,
      commitIndex,
      snapshotIndex: snapshot?.index ?? 0,
      snapshotBytes: snapshot?.data.length ?? 0,
      bound,
      ensemble: slots.view(),
      membersHeard: this.#leading?.membersHeard(this.#now) ?? null,
      progress: this.#leading?.progress() ?? [],
      tail: history.range(history.lastIndex - TAIL + 1),
      heartbeatIntervalMs: options.heartbeatIntervalMs,
      timeoutMs: options.timeoutMs,
    };
  }

  #role(): ZabSpeech["view"]["role"] {
    if (this.#leading !== null) return "leader";
    if (this.#following === null) return "none";
    return this.#state.slots.isMember(this.#state.self) ? "follower" : "observer";
  }

  #take(input: Input<ZabSpeech>, now: number): void {
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#judge(input.from.peer, input.message, now);
        break;
      case "command":
        this.#obey(input.command, now);
        break;
      case "saved":
        this.#state.saved(input.upTo);
        break;
      case "link":
        this.#linkChanged(input.peer, input.up);
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

  #judge(from: PeerId, message: ZabMessage, now: number): void {
    const verdict = this.#state.links.judge(from, message.sequence);
    if (verdict === "ignore") return;
    if (verdict === "anew") {
      this.#restart(from);
      this.#state.links.begunAnew(from);
    }
    const epoch = message.kind === "follower-info" ? message.acceptedEpoch : message.epoch;
    if (verdict !== "disordered" && epoch < TERM_LIMIT) return this.#receive(from, message, now);
    if (verdict !== "disordered") return;
    this.#drop(from, "link-disordered");
    this.#state.effects.event({ kind: "link-disordered", peer: from });
  }

  #receive(from: PeerId, message: ZabMessage, now: number): void {
    if (message.kind === "impostor") this.#state.learnPins(message.members);
    else if (this.#leading !== null) this.#endLeading(this.#leading.receive(from, message, now), now);
    else if (message.kind === "follower-info") this.#infos.set(from, message.acceptedEpoch);
    else if (from === this.#following?.leader) this.#endFollowing(this.#following.receive(message, now));
  }

  #obey(command: ZabSpeech["command"], now: number): void {
    switch (command.kind) {
      case "leader":
        this.#named = command.leader;
        break;
      case "member":
        this.#state.meet(command);
        break;
      case "relinked":
        this.#restart(command.peer);
        this.#state.links.replaced(command.peer);
        break;
      case "forget":
        this.#endLeading(this.#leading === null ? null : "forgotten", now);
        this.#endFollowing(this.#following === null ? null : "forgotten");
        this.#state.forget();
        break;
      case "propose":
        if (this.#leading !== null) this.#leading.propose(command);
        else this.#refuse("not-proposed", command.ticket);
        break;
      case "read":
        if (this.#leading !== null) this.#leading.read(command.ticket);
        else this.#refuse("not-readable", command.ticket);
        break;
      case "tell":
        this.#leading?.tellCommit();
        break;
      case "compact":
        this.#state.compact(command.index, command.snapshot);
    }
  }

  #refuse(kind: "not-proposed" | "not-readable", ticket: number): void {
    this.#state.effects.event({ kind, ticket, because: "not-leader" });
  }

  #linkChanged(peer: PeerId, up: boolean): void {
    this.#restart(peer);
    this.#state.links.changed(peer, up);
  }

  /** Nothing goes on with a peer, and what the election wants of it is begun anew at once. */
  #restart(peer: PeerId): void {
    this.#drop(peer, "link-broke");
    if (peer === this.#named) this.#retryAt = 0;
  }

  /** Nothing that was under way with a peer goes on. */
  #drop(peer: PeerId, because: EndCause): void {
    this.#infos.delete(peer);
    this.#leading?.linkBroke(peer);
    if (this.#following?.leader === peer) this.#endFollowing(because);
  }

  /** A gap says nothing of the others: a follower gives its leader time anew, and a leader trusts no old answers. */
  #resume(gapMs: number, now: number): void {
    const { options, slots } = this.#state;
    this.#following?.resume(now);
    if (this.#leading !== null && gapMs >= options.timeoutMs && majority(slots.size) > 1)
      this.#endLeading("quorum-lost", now);
  }

  #timeOut(now: number): void {
    if (this.#leading !== null) this.#endLeading(this.#leading.tick(now), now);
    else if (this.#following !== null && now >= this.#following.deadline) this.#endFollowing("silent");
  }

  /** What may follow from any input: what the election wants, and what has become possible. */
  #settle(now: number): void {
    const { self, slots } = this.#state;
    if (this.#leading !== null && this.#named !== self) this.#endLeading("leader-changed", now);
    if (this.#following !== null && this.#named !== this.#following.leader) this.#endFollowing("leader-changed");
    if (this.#leading === null && this.#named === self && slots.isMember(self)) this.#lead(now);
    if (this.#canFollow && now >= this.#retryAt) this.#follow(now);
    this.#following?.settle();
    if (this.#leading === null) return;
    this.#endLeading(this.#leading.settle(now), now);
    if (this.#leading?.phase === "broadcast") this.#quorumRegained(now);
    else if (this.#leading === null) this.#lead(now);
  }

  /** Whether there is a leader to ask: a member of the ensemble whose link is up. */
  get #canFollow(): boolean {
    const { links, slots, self } = this.#state;
    const named = this.#named;
    if (named === null || named === self || this.#following !== null) return false;
    return links.isUp(named) && slots.isMember(named);
  }

  #lead(now: number): void {
    this.#leading = new Leading(this.#state, this.#infos, now);
    this.#infos.clear();
  }

  #follow(now: number): void {
    if (this.#named !== null) this.#following = new Following(this.#state, this.#named, now);
  }

  #endLeading(because: EndCause | null, now: number): void {
    const leading = this.#leading;
    if (leading === null || because === null) return;
    if (because === "quorum-lost") this.#quorumLost(leading.membersHeard(now));
    leading.end();
    this.#leading = null;
    this.#tellEnd(leading.establishedAt, leading.epoch, this.#state.self, because);
  }

  #endFollowing(because: EndCause | null): void {
    const following = this.#following;
    if (following === null || because === null) return;
    const { heartbeatIntervalMs, timeoutMs } = this.#state.options;
    this.#following = null;
    // A leader that says it is one no more may begin anew at once; one that makes no sense is not asked in a hurry.
    this.#retryAt = following.startedAt + (because === "nonsense" ? timeoutMs : heartbeatIntervalMs);
    if (because === "leader-changed") this.#retryAt = 0;
    this.#tellEnd(following.establishedAt, following.epoch, following.leader, because);
  }

  #tellEnd(establishedAt: number | null, epoch: number, leader: PeerId, because: EndCause): void {
    if (establishedAt !== null) this.#state.effects.event({ kind: "epoch-ended", epoch, leader, because });
  }

  #quorumLost(heard: readonly PeerId[]): void {
    if (this.#isQuorumLost) return;
    this.#isQuorumLost = true;
    const { members, size } = this.#state.slots;
    const missing = members.filter((peer) => !heard.includes(peer));
    this.#state.effects.event({ kind: "quorum-lost", missing, members: size });
  }

  #quorumRegained(now: number): void {
    if (!this.#isQuorumLost) return;
    this.#isQuorumLost = false;
    const { members, size } = this.#state.slots;
    const heard = this.#leading?.membersHeard(now) ?? [];
    const missing = members.filter((peer) => !heard.includes(peer));
    this.#state.effects.event({ kind: "quorum-regained", missing, members: size });
  }
}
