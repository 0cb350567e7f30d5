import { Effects } from "../../core/effects.ts";
import { LAMPORT_LIMIT } from "../../core/lamport-clock.ts";
import { MAX_LOCKS, type MutexKind } from "../../core/lock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import type { ErrorCode, LockOperation } from "../../core/request.ts";
import { Lamport } from "./lamport.ts";
import { Lease } from "./lease.ts";
import { Links } from "./links.ts";
import type { LockView, MutexCounts, MutexMessage, MutexSpeech, Ticket } from "./message.ts";
import { Participants, type Status } from "./participants.ts";
import { Raymond } from "./raymond.ts";
import { RicartAgrawala } from "./ricart-agrawala.ts";
import { Tickets, type Wanted } from "./tickets.ts";
import type { Ground, Said, Way } from "./way.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Mutual exclusion: many locks by name, each held by one peer at a time, in one of four ways that all peers of a cluster have
 * agreed on (`lamport.ts`, `ricart-agrawala.ts`, `raymond.ts`, `lease.ts`, each with its source and its messages). At a peer
 * those who want a lock wait for it in a queue of its own; the peer asks the others for the first of them.
 *
 * | message          | sender         | effect at the receiver                                       |
 * | ---------------- | -------------- | ------------------------------------------------------------ |
 * | state            | either, linked | is the first on a link: all that the sender wants and holds  |
 * | check            | who waits long | is answered by checked                                       |
 * | checked          | who was asked  | shows in its sequence what was lost before                   |
 * | all others       |                | see the ways                                                 |
 *
 * Links: every message has its place on its link. One that is not the next is refused, and so is all behind it, until the
 * link was down and up: `link-disordered` asks for that. With every link the state is said anew, so a broken one loses
 * nothing, and what a peer wanted in an earlier life is void, as it says that it wants nothing.
 *
 * Who takes part: see `Participants`. An entry needs all of them; one that is not linked or not healthy blocks it, which is
 * told and shown, and never passed over. So a holder that crashed blocks its lock until it is back or has left: leases are
 * for those who cannot wait for that.
 *
 * Tokens: the Lamport time of the entry, which is later than that of every entry before, as what each of them said is heard
 * before the next; with leases the index in the order.
 *
 * Assumption: a peer that enters knows every other, or is known to it. One that belongs to no cluster enters nothing, and one
 * that has just begun to waits for that, `settleMs`.
 */
export class Mutex implements Protocol<MutexSpeech>, Ground {
  readonly peer: PeerId;
  now: number;
  readonly #options: MutexSpeech["options"];
  readonly #effects = new Effects<MutexSpeech>();
  readonly #links = new Links();
  readonly #participants = new Participants();
  readonly #tickets = new Tickets();
  readonly #way: Way;
  /** The same way where it is that of leases; null for the others. */
  readonly #lease: Lease | null;
  /** The latest Lamport time that was given or heard. */
  #time = 0;
  /** From when on something may be entered; Infinity while this peer belongs to no cluster. */
  #settledAt = NEVER;
  /** When those who owe something are asked whether they are there; Infinity while nobody does. */
  #checkAt = NEVER;
  readonly #counts: { -readonly [K in keyof MutexCounts]: number } = {
    requests: 0,
    entries: 0,
    sent: 0,
    received: 0,
    disordered: 0,
  };

  /** @param now monotonic milliseconds */
  constructor(options: MutexSpeech["options"], now: number) {
    this.#options = options;
    this.peer = options.peer;
    this.now = now;
    const { kind } = options;
    if (kind === "lease") {
      this.#lease = new Lease(this, options.leaseMs);
      this.#way = this.#lease;
    } else {
      this.#lease = null;
      this.#way = wayOf(kind, this);
    }
  }

  get deadline(): number {
    const settledAt = this.hasSettled ? NEVER : this.#settledAt;
    return Math.min(this.#way.deadline, this.#checkAt, settledAt);
  }

  get hasSettled(): boolean {
    return this.now >= this.#settledAt;
  }

  get others(): readonly PeerId[] {
    return this.#participants.others;
  }

  step(input: Input<MutexSpeech>, now: number): readonly Effect<MutexSpeech>[] {
    this.now = now;
    this.#take(input);
    this.#way.settle();
    this.#check();
    this.#tellBlocked();
    return this.#effects.take();
  }

  view(): MutexSpeech["view"] {
    const names = new Set([...this.#tickets.all].map(({ name }) => name));
    for (const name of this.#way.names()) if (names.size < MAX_LOCKS) names.add(name);
    return {
      kind: this.#options.kind,
      locks: [...names].sort().map((name) => this.#see(name)),
      participants: [...this.others, this.peer].sort(),
      counts: { ...this.#counts },
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  isReady(peer: PeerId): boolean {
    return this.#links.heardTime(peer) > 0;
  }

  heardTime(peer: PeerId): number {
    return this.#links.heardTime(peer);
  }

  tick(): number {
    this.#time = Math.min(Math.max(this.#time, this.#options.lamport()) + 1, LAMPORT_LIMIT - 1);
    this.#options.advance(this.#time);
    return this.#time;
  }

  send(to: PeerId, said: Said): void {
    const message = this.#links.stamp(to, said, () => this.tick());
    if (message === undefined) return;
    this.#counts.sent += 1;
    this.#effects.send({ peer: to }, message);
  }

  submit(request: LockOperation): void {
    this.#effects.event({ kind: "submit", request });
  }

  enter(name: string, token = this.tick()): void {
    const wanted = this.#tickets.of(name);
    const first = wanted?.queue[0];
    if (wanted === undefined || first === undefined) return;
    this.#counts.entries += 1;
    wanted.held = { since: this.now, token };
    const waitedMs = this.now - first.since;
    this.#effects.event({ kind: "lock-acquired", name, peer: this.peer, token, waitedMs });
    this.#effects.event({ kind: "granted", ticket: first.ticket, name, token });
  }

  lose(name: string, because: string): void {
    const wanted = this.#tickets.of(name);
    const first = wanted?.queue[0];
    if (wanted === undefined || first === undefined) return;
    this.#effects.event({ kind: "lock-lost", name, peer: this.peer, because });
    this.#effects.event({ kind: "revoked", ticket: first.ticket, name, because });
    this.#next(wanted, first.ticket);
  }

  refuse(name: string, code: ErrorCode, because: string): void {
    const wanted = this.#tickets.of(name);
    const first = wanted?.queue[0];
    if (wanted === undefined || first === undefined) return;
    this.#effects.event({ kind: "refused", ticket: first.ticket, name, code, because });
    this.#next(wanted, first.ticket);
  }

  #take(input: Input<MutexSpeech>): void {
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#hear(input.from.peer, input.message);
        return;
      case "command":
        return this.#obey(input.command);
      case "link":
        return this.#link(input.peer, input.up);
      default:
        // Time has passed, which is seen to in any case.
        return;
    }
  }

  #obey(command: MutexSpeech["command"]): void {
    switch (command.kind) {
      case "acquire":
        return this.#acquire(command.ticket, command.name);
      case "release":
        return this.#release(command.ticket, command.name);
      case "member":
        return this.#member(command.peer, command.status);
      case "relinked":
        return this.#relinked(command.peer);
      case "begin":
        this.#settledAt = this.now + this.#options.settleMs;
        return;
      case "forget":
        return this.#forget("this peer has given its cluster up");
      case "leave":
        return this.#forget("this peer stops");
      default:
        return this.#lease?.obey(command);
    }
  }

  #member(peer: PeerId, status: Status): void {
    if (peer === this.peer) return;
    const haveOthersChanged = this.#participants.member(peer, status);
    if (status === "left" && this.#links.stands(peer)) {
      // It is told nothing from now on, so what it says means nothing until both begin anew.
      this.#links.stopHearing(peer);
      this.#way.unlinked(peer);
    }
    if (!haveOthersChanged) return;
    this.#way.othersChanged();
    if (status !== "left" && this.#links.isDisordered(peer)) this.#effects.event({ kind: "link-disordered", peer });
  }

  #acquire(ticket: Ticket, name: string): void {
    const refusal = this.#tickets.refuse(ticket, name);
    if (refusal !== undefined) return this.#effects.event({ kind: "refused", ticket, name, ...refusal });
    const isFirst = this.#tickets.add(ticket, name, this.now);
    const wanted = this.#tickets.of(name);
    if (isFirst && wanted !== undefined) this.#want(wanted);
  }

  #release(ticket: Ticket, name: string): void {
    const wanted = this.#tickets.of(name);
    if (wanted === undefined) return;
    const isFirst = wanted.queue[0]?.ticket === ticket;
    // Whoever waits behind one that does not wait any more takes over what was asked for it.
    if (!isFirst || (wanted.held === null && wanted.queue.length > 1)) return this.#tickets.remove(ticket, name);
    this.#way.leave(name);
    if (wanted.held !== null) this.#effects.event({ kind: "lock-released", name, peer: this.peer });
    this.#next(wanted, ticket);
  }

  /** The first of a queue has its outcome: now the lock is asked for anew, for the next. */
  #next(wanted: Wanted, ticket: Ticket): void {
    wanted.held = null;
    this.#tickets.remove(ticket, wanted.name);
    if (wanted.queue.length > 0) this.#want(wanted);
  }

  #want(wanted: Wanted): void {
    this.#counts.requests += 1;
    const timestamp = this.#way.want(wanted.name);
    wanted.timestamp = timestamp;
    this.#effects.event({ kind: "lock-requested", name: wanted.name, timestamp });
  }

  /** Nobody holds or wants anything here any more, and the others hear so. */
  #forget(because: string): void {
    for (const { name, held, queue } of [...this.#tickets.all]) {
      this.#way.leave(name);
      if (held !== null) this.#effects.event({ kind: "lock-lost", name, peer: this.peer, because });
      for (const [at, { ticket }] of [...queue].entries()) {
        if (held !== null && at === 0) this.#effects.event({ kind: "revoked", ticket, name, because });
        else this.#effects.event({ kind: "refused", ticket, name, code: "no-leader", because });
        this.#tickets.remove(ticket, name);
      }
    }
    this.#settledAt = NEVER;
    this.#way.forget();
    this.#participants.keepOnly(this.#links.peers);
    this.#way.othersChanged();
  }

  #link(peer: PeerId, up: boolean): void {
    this.#links.turn(peer, up);
    if (!up) return this.#way.unlinked(peer);
    this.#sayState(peer, false);
    if (this.#participants.linked(peer)) this.#way.othersChanged();
  }

  /** What both sides said on the connection before may be lost: both begin anew. */
  #relinked(peer: PeerId): void {
    if (!this.#links.replace(peer)) return;
    this.#way.unlinked(peer);
    this.#sayState(peer, true);
  }

  /** With leases peers have nothing to say to each other. */
  #sayState(peer: PeerId, anew: boolean): void {
    if (this.#lease === null) this.send(peer, { kind: "state", anew, wants: this.#way.wants() });
  }

  #hear(from: PeerId, message: MutexMessage): void {
    this.#time = Math.max(this.#time, message.time);
    const place = this.#links.accept(from, message);
    if (place === "disordered" || place === "ignored") return this.#refuse(from, place);
    if (place === "anew" || (message.kind === "state" && message.anew)) this.#beginAnew(from, message);
    this.#counts.received += 1;
    if (message.kind === "check") return this.send(from, { kind: "checked" });
    this.#way.hear(from, message);
  }

  /** What the other side wanted and answered before is void, and what we said to it, if it says so. */
  #beginAnew(from: PeerId, message: MutexMessage): void {
    this.#way.unlinked(from);
    if (message.kind !== "state" || !message.anew) return;
    this.#links.sayAnew(from);
    this.#sayState(from, false);
  }

  #refuse(from: PeerId, outcome: "disordered" | "ignored"): void {
    this.#counts.disordered += 1;
    if (outcome === "ignored") return;
    this.#way.unlinked(from);
    this.#effects.event({ kind: "link-disordered", peer: from });
  }

  /** Asks those who owe something for long whether they are there: an answer shows what was lost. */
  #check(): void {
    if (this.#lease !== null) return;
    const debtors = new Set([...this.#way.debtors().filter((peer) => this.isReady(peer)), ...this.#links.silent]);
    if (debtors.size === 0) this.#checkAt = NEVER;
    else if (this.now >= this.#checkAt || this.#checkAt === NEVER) {
      const isDue = this.#checkAt !== NEVER;
      this.#checkAt = this.now + this.#options.patienceMs;
      if (isDue) for (const peer of debtors) this.#ask(peer);
    }
  }

  /** Whether a peer is there; one that was to begin anew, and has not, is told so again. */
  #ask(peer: PeerId): void {
    if (!this.#links.isReplaced(peer)) return this.send(peer, { kind: "check" });
    this.#links.sayAnew(peer);
    this.#sayState(peer, true);
  }

  #tellBlocked(): void {
    for (const wanted of this.#tickets.all) {
      const by = wanted.held === null ? this.#blockedBy(wanted.name) : [];
      const before = wanted.blockedBy;
      if (by.length === before.length && by.every((peer, at) => peer === before[at])) continue;
      wanted.blockedBy = by;
      if (by.length > 0) this.#effects.event({ kind: "lock-blocked", name: wanted.name, by });
      else this.#effects.event({ kind: "lock-freed", name: wanted.name });
    }
  }

  #blockedBy(name: string): readonly PeerId[] {
    const isAway = (peer: PeerId): boolean => {
      const isHeard = this.#lease === null ? this.isReady(peer) : this.#links.stands(peer);
      return !isHeard || this.#participants.isUnhealthy(peer);
    };
    return this.#way.awaits(name).filter(isAway);
  }

  #see(name: string): LockView {
    const wanted = this.#tickets.of(name);
    const held = wanted?.held ?? null;
    const sight = this.#way.see(name);
    return {
      ...sight,
      name,
      state: wanted === undefined ? "idle" : held === null ? "waiting" : "held",
      token: held?.token ?? sight.token,
      blockedBy: held === null ? this.#blockedBy(name) : [],
      waitingHere: wanted === undefined ? 0 : wanted.queue.length - (held === null ? 0 : 1),
      heldSince: held?.since ?? null,
    };
  }
}

function wayOf(kind: Exclude<MutexKind, "lease">, ground: Ground): Way {
  switch (kind) {
    case "lamport":
      return new Lamport(ground);
    case "ricart-agrawala":
      return new RicartAgrawala(ground);
    case "raymond":
      return new Raymond(ground);
  }
}
