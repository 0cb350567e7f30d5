import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import { type Answer, failed, isQuery, type OrderedOperation, type Query } from "../../core/request.ts";
import type { Once } from "../../core/total-order.ts";
import type { Exchange } from "./exchange.ts";
import { Forwarding, NOT_LEADING } from "./forwarding.ts";
import type { ServiceSpeech } from "./message.ts";
import { Ordering } from "./ordering.ts";
import { Reception } from "./reception.ts";
import { sizeOf } from "./size.ts";
import { isRepeatable, OpenWorks, type Origin, type Work } from "./work.ts";

/** Whoever was turned away by a peer that was thought to lead asks again after this long, or when a leader is known. */
const RETRY_MS = 50;

/** Units of text in requests without an outcome, at most: further requests are refused. */
export const MAX_OPEN_TEXT = 2 ** 26;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * What clients ask of the cluster, at whichever peer they ask: changes go through the total order, reads are
 * linearizable, answers on a connection come in the order of its requests.
 *
 * | message  | sender                | effect at the receiver                                             |
 * | -------- | --------------------- | ------------------------------------------------------------------ |
 * | forward  | peer with clients     | the leader does these: changes in their order, then queries         |
 * | answered | leader                | the peer passes the answers on to its clients                       |
 * | taken    | either                | it may send so much more                                            |
 *
 * Safety: a change is put into the order again only where it is known to be in no log, or where its place in a client's
 * session sees to it that it is applied once (Ongaro's dissertation 2014, 6.3). What cannot be told is said to be unknown.
 * What two peers say belongs to one connection: when that is the link no more, both forget what was open on it, and what
 * is still heard on it does not come here.
 */
export class Service implements Protocol<ServiceSpeech> {
  readonly #options: ServiceSpeech["options"];
  readonly #effects = new Effects<ServiceSpeech>();
  readonly #ordering: Ordering;
  readonly #forwarding: Forwarding;
  readonly #reception: Reception;
  /** All without an answer: their deadlines come in the order in which they do. */
  readonly #works = new OpenWorks();
  readonly #local: Origin = { latest: null, hasRoom: true, isGone: false };
  /** Peers to whom a link stands. */
  readonly #linked = new Set<PeerId>();
  #leader: PeerId | null = null;
  /** Works that wait for somebody to lead. */
  readonly #waiting = new OpenWorks();
  /** Queries that wait for a change that is being done elsewhere than where they would be answered. */
  readonly #held = new OpenWorks();
  #retryDeadline = NEVER;
  /** What waits is tried at the end of the step. */
  #isRouteDue = false;
  #open = 0;
  #openText = 0;
  #now = 0;
  readonly #counts = { requests: 0, forwarded: 0, failed: 0 };

  constructor(options: ServiceSpeech["options"]) {
    this.#options = options;
    this.#ordering = new Ordering(options, this.#effects, {
      giveBack: (work) => this.#giveBack(work),
      putOff: (work) => this.#wait(work),
    });
    this.#reception = new Reception(options.peer, this.#effects, (request, once, origin, answer) =>
      this.#begin(request, once, origin, answer),
    );
    this.#forwarding = new Forwarding(this.#effects, options.requestTimeoutMs);
  }

  get deadline(): number {
    return Math.min(this.#works.first?.deadline ?? NEVER, this.#retryDeadline);
  }

  step(input: Input<ServiceSpeech>, now: number): readonly Effect<ServiceSpeech>[] {
    this.#now = now;
    this.#take(input);
    this.#settle();
    return this.#effects.take();
  }

  checkpoint(): readonly never[] {
    return [];
  }

  view(): ServiceSpeech["view"] {
    return {
      clients: this.#reception.clients,
      open: this.#open,
      waiting: this.#waiting.size,
      appliedIndex: this.#ordering.appliedIndex,
      ...this.#counts,
      state: this.#options.machine.view(),
    };
  }

  #take(input: Input<ServiceSpeech>): void {
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#hearPeer(input.from.peer, input.message);
        break;
      case "command":
        this.#obey(input.command);
        break;
      case "session":
        if (input.up) this.#reception.connect(input.session);
        else this.#reception.disconnect(input.session);
        break;
      case "link":
        this.#linkChanged(input.peer, input.up);
        break;
      case "timeout":
        this.#timeOut();
        break;
      case "saved":
      case "resumed":
        break;
    }
  }

  #hearPeer(from: PeerId, message: ServiceSpeech["message"]): void {
    const exchange = this.#forwarding.with(from);
    switch (message.kind) {
      case "forward":
        for (const { number, once, request } of this.#forwarding.unpack(exchange, message)) {
          const answer = (answer: Answer): void => exchange.answer({ number, answer });
          // It does not go further: the peer that sent it on hears of leaders as soon as this one.
          if (this.#leader !== this.#options.peer) answer(NOT_LEADING);
          else this.#begin(request, once, exchange, answer);
        }
        return;
      case "answered":
        for (const { work, answer } of this.#forwarding.match(exchange, message)) this.#answered(work, answer);
        return;
      case "taken":
        return exchange.window.acknowledge(message.units, this.#now);
      case "answers":
        // Said to clients only.
        return;
    }
  }

  /** The leader's answer to what was sent on to it. */
  #answered(work: Work, answer: Answer): void {
    if (!isTurnedAway(answer)) return work.answer(answer);
    if (!isQuery(work.request)) work.risks -= 1;
    if (answer.code === "no-leader") this.#wait(work);
    // That this attempt came to nothing says nothing of those before.
    else work.answer({ ...answer, definite: work.risks === 0 });
  }

  #begin(request: OrderedOperation | Query, once: Once | null, origin: Origin, answer: (answer: Answer) => void): void {
    this.#counts.requests += 1;
    const size = sizeOf(request);
    if (this.#open >= this.#options.maxOpen || this.#openText + size > MAX_OPEN_TEXT) {
      this.#counts.failed += 1;
      return answer(failed("busy", `${this.#open} requests are under way: try again`, true));
    }
    this.#open += 1;
    this.#openText += size;
    const work: Work = {
      request,
      once,
      origin,
      behind: isQuery(request) ? origin.latest : null,
      deadline: this.#now + this.#options.requestTimeoutMs,
      risks: 0,
      place: null,
      isDone: false,
      answer: (given) => {
        if (work.isDone) return;
        work.isDone = true;
        // Its text is not kept, however long the connection says nothing more.
        if (origin.latest === work) origin.latest = null;
        this.#open -= 1;
        this.#openText -= size;
        if (given.kind === "error") this.#counts.failed += 1;
        answer(given);
      },
    };
    if (!isQuery(request)) origin.latest = work;
    this.#works.add(work);
    // Nobody overtakes those that wait: a client's requests keep their order.
    if (this.#waiting.first !== undefined) this.#waiting.add(work);
    else this.#send(work);
  }

  #send(work: Work): void {
    const place = this.#placeToGo();
    // What is done already was done before any read that begins now.
    if (work.behind?.isDone) work.behind = null;
    if (place === null) this.#waiting.add(work);
    else if (work.behind !== null && work.behind.place !== place) this.#hold(work);
    else if (place instanceof Ordering) place.take(work);
    else {
      this.#counts.forwarded += 1;
      this.#forwarding.send(place, work);
    }
  }

  /** Where the leader is, as far as it can be reached. */
  #placeToGo(): Ordering | Exchange | null {
    if (this.#leader === this.#options.peer) return this.#ordering;
    return this.#leader !== null && this.#linked.has(this.#leader) ? this.#forwarding.with(this.#leader) : null;
  }

  /** Nothing more is heard of it where it was: another try at once, unless that might do it twice. */
  #giveBack(work: Work): void {
    if (work.isDone) return;
    if (isRepeatable(work)) {
      this.#wait(work);
      this.#isRouteDue = true;
    } else work.answer(failed("leader-lost", "the leader was lost while this was under way", false));
  }

  /** Waits for a leader, or a moment: whoever turned it away may lead by then. */
  #wait(work: Work): void {
    if (work.isDone) return;
    work.place = null;
    this.#waiting.add(work);
    this.#retrySoon();
  }

  #hold(work: Work): void {
    work.place = null;
    this.#held.add(work);
    this.#retrySoon();
  }

  #retrySoon(): void {
    this.#retryDeadline = Math.min(this.#retryDeadline, this.#now + RETRY_MS);
  }

  #obey(command: ServiceSpeech["command"]): void {
    switch (command.kind) {
      case "asked":
        for (const { session, requests } of command.asked) this.#reception.hear(session, requests);
        return;
      case "order":
        return this.#ordering.hear(command.told);
      case "leader":
        return this.#follow(command.leader);
      case "relinked":
        return this.#endExchange(command.peer);
      case "submit":
        return this.#begin(command.request, null, this.#local, (answer) =>
          this.#effects.event({ kind: "request-answered", request: command.request, answer }),
        );
      case "submit-own":
        return this.#begin(command.request, null, this.#local, (answer) =>
          this.#effects.event({ kind: "own-answered", request: command.request, answer }),
        );
      case "granted":
        return this.#reception.locks.granted(command.ticket, command.name, command.token);
      case "refused":
        return this.#reception.locks.refused(command.ticket, command.code, command.because);
      case "revoked":
        return this.#reception.lose(command.ticket, command.name, command.because);
    }
  }

  /** Works that were sent on to another than the new leader go to that, where they may be done twice. */
  #follow(leader: PeerId | null): void {
    this.#leader = leader;
    if (leader === null) return;
    // What they were asked before comes before what waits already.
    const waiting = this.#waiting.takeAll();
    for (const work of [...this.#forwarding.recall(leader), ...waiting]) this.#wait(work);
    this.#route();
  }

  #linkChanged(peer: PeerId, up: boolean): void {
    if (up) {
      this.#linked.add(peer);
      if (peer === this.#leader) this.#route();
    } else {
      this.#linked.delete(peer);
      this.#endExchange(peer);
    }
  }

  /** What was sent on to a peer will not be answered, nor is what it has sent on. */
  #endExchange(peer: PeerId): void {
    for (const work of this.#forwarding.lost(peer)) this.#giveBack(work);
  }

  #timeOut(): void {
    for (let work = this.#works.first; work !== undefined && work.deadline <= this.#now; work = this.#works.first)
      work.answer(this.#outcomeUnknown(work));
    if (this.#now >= this.#retryDeadline) this.#route();
  }

  #outcomeUnknown(work: Work): Answer {
    const afterMs = this.#options.requestTimeoutMs;
    if (work.risks === 0)
      return this.#leader === null
        ? failed("no-leader", `nobody leads this cluster for ${afterMs} ms`, true)
        : failed("timed-out", `no answer of the leader for ${afterMs} ms`, true);
    return failed("timed-out", `no outcome for ${afterMs} ms`, false);
  }

  /** Sends what waits to where the leader is. */
  #route(): void {
    this.#retryDeadline = NEVER;
    this.#isRouteDue = false;
    for (const work of this.#waiting.takeAll()) this.#send(work);
    for (const work of this.#held.takeAll()) this.#send(work);
  }

  #settle(): void {
    do {
      if (this.#isRouteDue) this.#route();
      this.#reception.settle();
      this.#ordering.settle();
      this.#forwarding.settle(this.#now);
      // What was answered only now may be what an unlock waited for.
    } while (this.#reception.isDue);
    this.#reception.flush();
  }
}

/** Whether an answer says that one attempt definitely came to nothing, for want of a leader, of room or of time. */
function isTurnedAway(answer: Answer): answer is Extract<Answer, { kind: "error" }> {
  if (answer.kind !== "error" || !answer.definite) return false;
  return answer.code === "no-leader" || answer.code === "busy" || answer.code === "timed-out";
}
