/**
 * Membership of a network of another make, which speaks the revised gossip dialect: notices of that network come to ours
 * and ours go there.
 *
 * Source: the design's section 3.3, "a later revision of that protocol"; no paper.
 *
 * | message  | from                   | to               | effect                                                       |
 * | -------- | ---------------------- | ---------------- | ------------------------------------------------------------ |
 * | pull     | a neighbour            | us               | answered on its connection by the addresses of neighbours    |
 * | response | one we asked           | us               | it is a neighbour from now on; its IDs are learnt            |
 * | push     | a neighbour            | us               | its address is learnt                                        |
 * | send     | a neighbour or anybody | us               | what it holds is told here, once                             |
 * | send     | us                     | neighbours,      | a notice that was accepted here; not to whom it came from    |
 * |          |                        | callers          |                                                              |
 *
 * Whoever is dialled is asked (PULL), and is a neighbour once it has answered (RESPONSE): that is the health check of
 * this dialect. Who dials us is answered by gossip, and once it has pulled there it is a caller here. Callers belong to
 * it because each peer chooses its neighbours alone: whom nobody chose would be told nothing.
 *
 * Hops: the TTL in a SEND counts the connection on which it travels. Whoever sends it on decrements, nobody else does:
 * what is told here has the TTL that came, like one that a peer pushed; what was accepted here and came over some link
 * goes out with one less, not at all at 1, and 0 (no limit) as 0; what was announced here goes out as it is.
 *
 * Safety: nobody is believed who has not answered; no notice is told or sent twice within the window, so none circles
 * between two peers that belong to both networks; every list is bounded, and so is what a connection may say.
 */
import type { Address } from "../../core/address.ts";
import { Effects } from "../../core/effects.ts";
import type { Effect, Input, Protocol, SessionId } from "../../core/protocol.ts";
import { jittered, type Random } from "../../core/random.ts";
import { TokenBucket } from "../../core/token-bucket.ts";
import { MAX_SEND_DATA_BYTES } from "../../wire/gossip-message.ts";
import type { Accepted, ForeignCounts, ForeignNotice, ForeignSpeech, LossReason } from "./message.ts";
import type { Place } from "./place.ts";
import { Places } from "./places.ts";
import { keyOf, noteFrom, type Seen, SeenNotices } from "./seen.ts";

/** The first session number: those of links are below it, and like those it is odd, for we dial. */
const FIRST_SESSION = 2 ** 32 + 1;

type Message = ForeignSpeech["message"];

/** Peers of the other network that dialled us, at most; further ones are told nothing. */
const MAX_CALLERS = 64;

/** What one connection may say, and may be told. */
interface Buckets {
  readonly heard: TokenBucket;
  readonly told: TokenBucket;
}

/** The machine. */
export class Foreign implements Protocol<ForeignSpeech> {
  readonly #options: ForeignSpeech["options"];
  readonly #random: Random;
  readonly #effects = new Effects<ForeignSpeech>();
  readonly #isActive: boolean;
  readonly #places: Places;
  readonly #seen: SeenNotices;
  /** Of every connection that stands, dialled or accepted. */
  readonly #buckets = new Map<SessionId, Buckets>();
  /** Accepted connections of peers of the other network, each with where it says to be. */
  readonly #callers = new Map<SessionId, Address>();
  #nextSession = FIRST_SESSION;
  /** When the next message goes to some neighbour; Infinity without one. */
  #exchangeAt = Number.POSITIVE_INFINITY;
  #pullsNext = true;
  readonly #counts: { -readonly [K in keyof ForeignCounts]: number } = {
    sent: 0,
    received: 0,
    duplicates: 0,
    overRate: 0,
    unexpected: 0,
    refused: 0,
  };

  /** @param now monotonic milliseconds */
  constructor(options: ForeignSpeech["options"], random: Random, now: number) {
    const { address, bootstrapper, dialect, windowSize, windowMs } = options;
    this.#options = options;
    this.#random = random;
    // The revised dialect has no form for an IPv6 address, so who has only that cannot say who it is.
    this.#isActive = dialect === "revised" && !isIpv6(address);
    this.#places = new Places(address, this.#isActive ? bootstrapper : null, random, now);
    this.#seen = new SeenNotices(windowSize, windowMs);
  }

  get deadline(): number {
    const dialAt = this.#room > 0 ? this.#places.nextDialAt : Number.POSITIVE_INFINITY;
    return Math.min(this.#exchangeAt, dialAt, this.#places.nextLateAt);
  }

  step(input: Input<ForeignSpeech>, now: number): readonly Effect<ForeignSpeech>[] {
    if (this.#isActive) this.#take(input, now);
    else if (input.kind === "message") this.#counts.unexpected += 1;
    return this.#effects.take();
  }

  view(): ForeignSpeech["view"] {
    return {
      active: this.#isActive,
      bootstrapper: this.#options.bootstrapper,
      neighbours: this.#places.busy.map(({ address, state }) => ({ address, state })),
      callers: this.#callers.size,
      known: this.#places.size,
      counts: { ...this.#counts },
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  /** Connections that may be opened besides those that there are. */
  get #room(): number {
    return this.#options.degree - this.#places.busy.length;
  }

  #take(input: Input<ForeignSpeech>, now: number): void {
    switch (input.kind) {
      case "session":
        if (input.up) this.#connected(input.session, now);
        else this.#closed(input.session, now);
        break;
      case "message":
        if ("session" in input.from) this.#receive(input.from.session, input.message, now);
        break;
      case "command":
        this.#obey(input.command, now);
        break;
      case "resumed":
        for (const place of this.#places.busy) place.putOff(input.gapMs);
        break;
      case "timeout":
        for (const place of this.#places.late(now)) this.#give(place, "silent", now);
        if (now >= this.#exchangeAt) this.#exchange(now);
        break;
      default:
        break;
    }
    this.#dial(now);
  }

  #obey(command: ForeignSpeech["command"], now: number): void {
    switch (command.kind) {
      case "spread":
        for (const notice of command.notices) this.#spread(notice, now);
        break;
      case "consider":
        this.#learn([command.address], now);
        break;
      case "welcome": {
        const { session, address } = command;
        const isAccepted = this.#buckets.has(session) && this.#places.on(session) === undefined;
        if (isAccepted && this.#callers.size < MAX_CALLERS) this.#callers.set(session, address);
        break;
      }
    }
  }

  #dial(now: number): void {
    if (this.#room <= 0) return;
    for (const place of this.#places.due(this.#room, now)) {
      const session = this.#nextSession;
      this.#nextSession += 2;
      this.#places.dial(place, session, now + this.#options.dialTimeoutMs);
      this.#effects.add({ kind: "dial", session, address: place.address });
    }
  }

  #connected(session: SessionId, now: number): void {
    const { rate } = this.#options;
    this.#buckets.set(session, { heard: new TokenBucket(rate, now), told: new TokenBucket(rate, now) });
    const place = this.#places.on(session);
    if (place !== undefined) this.#ask(place, session, now);
  }

  /** A connection that we did not close is gone. */
  #closed(session: SessionId, now: number): void {
    this.#buckets.delete(session);
    this.#callers.delete(session);
    const place = this.#places.on(session);
    if (place !== undefined) this.#lose(place, "closed", now);
  }

  /** Closes a connection of which nothing is to be hoped. */
  #give(place: Place, because: LossReason, now: number): void {
    if (place.session === null) return;
    this.#buckets.delete(place.session);
    this.#effects.add({ kind: "close", session: place.session, reason: because });
    this.#lose(place, because, now);
  }

  #lose(place: Place, because: LossReason, now: number): void {
    const wasNeighbour = place.state === "neighbour";
    this.#places.lose(place, now);
    if (this.#places.neighbours.length === 0) this.#exchangeAt = Number.POSITIVE_INFINITY;
    if (wasNeighbour) this.#effects.event({ kind: "neighbour-lost", address: place.address, because });
  }

  #receive(session: SessionId, message: Message, now: number): void {
    const buckets = this.#buckets.get(session);
    if (buckets === undefined) return;
    if (!buckets.heard.take(now)) {
      this.#counts.overRate += 1;
      return;
    }
    const place = this.#places.on(session);
    if (message.kind === "send") {
      this.#import(session, message.announce, now);
    } else if (place === undefined) {
      // What else comes on an accepted connection is none of this protocol's business.
      this.#counts.unexpected += 1;
    } else {
      this.#converse(place, session, message, now);
    }
  }

  /** What somebody says whom we dialled. */
  #converse(place: Place, session: SessionId, message: Message, now: number): void {
    switch (message.kind) {
      case "pull":
        this.#effects.send({ session }, { kind: "response", ids: this.#idsFor(place) });
        break;
      case "push":
        this.#learn([message.address], now);
        break;
      case "response":
        this.#answered(place, session, message.ids, now);
        break;
      default:
        this.#counts.unexpected += 1;
    }
  }

  #answered(place: Place, session: SessionId, ids: readonly Address[], now: number): void {
    if (!place.isAsked) {
      this.#counts.unexpected += 1;
      return;
    }
    const isNew = place.state !== "neighbour";
    place.answered();
    this.#learn(ids, now);
    if (!isNew) return;
    this.#effects.event({ kind: "neighbour-verified", address: place.address });
    this.#push(session);
    if (this.#exchangeAt === Number.POSITIVE_INFINITY)
      this.#exchangeAt = now + jittered(this.#random, this.#options.intervalMs);
  }

  /** Asks some neighbour, or tells it who we are, in turn. */
  #exchange(now: number): void {
    const { neighbours } = this.#places;
    const place = neighbours[this.#random.below(Math.max(1, neighbours.length))];
    this.#exchangeAt =
      place === undefined ? Number.POSITIVE_INFINITY : now + jittered(this.#random, this.#options.intervalMs);
    if (place === undefined || place.session === null) return;
    if (this.#pullsNext) this.#ask(place, place.session, now);
    else this.#push(place.session);
    this.#pullsNext = !this.#pullsNext;
  }

  #ask(place: Place, session: SessionId, now: number): void {
    place.ask(now + this.#options.responseTimeoutMs);
    this.#effects.send({ session }, { kind: "pull", address: this.#options.address });
  }

  #push(session: SessionId): void {
    this.#effects.send({ session }, { kind: "push", address: this.#options.address, ids: [] });
  }

  #learn(addresses: readonly Address[], now: number): void {
    this.#counts.refused += this.#places.learn(addresses, now);
  }

  /** The neighbours, for one of them. A bootstrapper that was named by an IPv6 address has no form in a RESPONSE. */
  #idsFor(asker: Place): readonly Address[] {
    const others = this.#places.neighbours.filter(({ address }) => address !== asker.address && !isIpv6(address));
    return others.map(({ address }) => address);
  }

  /** A notice comes from the other network: it is told as it came, for whoever sends it on decrements its TTL. */
  #import(session: SessionId, notice: ForeignNotice, now: number): void {
    const { dataType, ttl, data } = notice;
    if (data.length === 0) {
      this.#counts.refused += 1;
      return;
    }
    const key = keyOf(dataType, data);
    const known = this.#seen.find(key, now);
    noteFrom(known ?? this.#seen.add(key, ttl, now), session);
    if (known !== undefined) {
      this.#counts.duplicates += 1;
      return;
    }
    this.#counts.received += 1;
    this.#effects.event({ kind: "foreign-notice", dataType, ttl, data });
  }

  /** Connections on which notices go out: one for every peer of the other network. */
  #audience(): readonly SessionId[] {
    const { neighbours } = this.#places;
    const reached = new Set(neighbours.map(({ address }) => address));
    const dialled = neighbours.flatMap(({ session }) => (session === null ? [] : [session]));
    const accepted = [...this.#callers].flatMap(([session, address]) => (reached.has(address) ? [] : [session]));
    return [...dialled, ...accepted];
  }

  /** A notice was accepted here: everybody gets it who has not sent it to us. */
  #spread(notice: Accepted, now: number): void {
    const { dataType, data } = notice;
    if (data.length > MAX_SEND_DATA_BYTES) {
      this.#counts.refused += 1;
      return;
    }
    const key = keyOf(dataType, data);
    const seen = this.#seen.find(key, now) ?? this.#seen.add(key, null, now);
    const ttl = outgoingTtl(notice, seen);
    if (seen.spread || ttl === null) {
      if (seen.spread) this.#counts.duplicates += 1;
      return;
    }
    seen.spread = true;
    const message: Message = { kind: "send", announce: { kind: "announce", dataType, ttl, data } };
    for (const session of this.#audience()) {
      if (seen.from.has(session)) continue;
      if (this.#buckets.get(session)?.told.take(now) !== true) {
        this.#counts.overRate += 1;
        continue;
      }
      this.#counts.sent += 1;
      this.#effects.send({ session }, message);
    }
  }
}

/** The TTL with which a notice goes out; null where it goes no further. What came from there counts as it came. */
function outgoingTtl(notice: Accepted, seen: Seen): number | null {
  if (seen.ttl === null && !notice.received) return notice.ttl;
  const ttl = seen.ttl ?? notice.ttl;
  if (ttl === 0) return 0;
  return ttl === 1 ? null : ttl - 1;
}

function isIpv6(address: Address): boolean {
  return address.startsWith("[");
}
