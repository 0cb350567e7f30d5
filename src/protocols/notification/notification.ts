/**
 * Notification: local programs announce data of a type, peers spread it, subscribed programs are notified and say whether
 * it may spread on.
 *
 * Source: Plumtree (Leitao, Pereira, Rodrigues: "Epidemic Broadcast Trees", SRDS 2007) for spreading; DESIGN section 3.3
 * for what programs say.
 *
 * | message   | from              | effect                                                                            |
 * | --------- | ----------------- | --------------------------------------------------------------------------------- |
 * | interests | linked peer       | it is pushed notices of these types; what is held of new ones is offered to it    |
 * | push      | linked peer       | what is new is delivered, and spreads on when it is valid; a prune if nothing was |
 * | received  | whom we pushed to | more may be pushed                                                                |
 * | prune     | whom we pushed to | it is pushed this type no more                                                    |
 * | digest    | linked peer       | as interests; what it offers and is missing here is pulled a little later         |
 * | pull      | linked peer       | answered by pulled; with `graft` it is pushed these types from now on             |
 * | pulled    | whom we asked     | as push                                                                           |
 * | talk      | local program     | ANNOUNCE, NOTIFY and VALIDATION, below                                            |
 *
 * The origin sends its TTL as given; whoever receives a copy delivers it, and passes n > 1 on as n - 1, 1 not at all, and 0
 * (no limit) as 0. What nobody here subscribes is originated but never relayed.
 *
 * Safety: a subscriber gets a notice at most once, and no notice spreads on from here before all who were notified here
 * have found it valid. A notice is known by its origin, life, type and sequence number, so that no number of others makes
 * it new again while its stream is remembered; what is older than a stream that was forgotten is refused (`Streams`).
 *
 * Departures from the paper: the peers know all who subscribe a type instead of a partial view; each type has a tree of its
 * own; a digest tells ranges and not single notices, so that its size does not grow with the load; and a peer that confirms
 * too little of what is pushed is left to pull.
 */
import { assert, unreachable } from "../../core/assert.ts";
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Party, Protocol, SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { GossipApi } from "../../wire/gossip-api.ts";
import { Audience } from "./audience.ts";
import { Branches } from "./branches.ts";
import { detach, type Entry, onwardTtl } from "./entry.ts";
import { Flow } from "./flow.ts";
import { foreignName } from "./foreign-name.ts";
import { Holdings } from "./holdings.ts";
import type { NotificationSpeech, NotificationView, Rejection, Spreading } from "./message.ts";
import { Neighbour, Neighbours } from "./neighbours.ts";
import type { Notice } from "./notice.ts";
import type { Program } from "./programs.ts";
import { Recent } from "./recent.ts";
import { Repair } from "./repair.ts";
import { emptyTally, type Tally } from "./tally.ts";

/** Data types that are shown. */
const MAX_SHOWN_TYPES = 64;

/** Messages that bring no notices. */
type Guidance = Extract<Spreading, { readonly kind: "interests" | "prune" | "digest" }>;

/** The last sequence number of a stream. */
const LAST_SEQUENCE = 2 ** 32 - 1;

/** The machine of one peer's notification. */
export class Notification implements Protocol<NotificationSpeech> {
  readonly #options: NotificationSpeech["options"];
  readonly #life: number;
  readonly #effects = new Effects<NotificationSpeech>();
  readonly #tally: Tally = emptyTally();
  readonly #recent = new Recent();
  readonly #audience: Audience;
  readonly #holdings: Holdings;
  readonly #neighbours = new Neighbours();
  readonly #branches: Branches;
  readonly #repair: Repair;
  readonly #flow: Flow;
  /** The latest sequence number of each data type that was announced here. */
  readonly #sequences = new Map<number, number>();
  /** When the others were last told what is subscribed here, and when they are to be told again. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #tellAt = Number.POSITIVE_INFINITY;
  /** What this step has brought about, told at its end. */
  #announced: Notice[] = [];
  #accepted: Notice[] = [];

  constructor(options: NotificationSpeech["options"], random: Random) {
    assert(options.degree > 0 && options.cacheSize > 0, "notification that reaches nobody or holds nothing");
    this.#options = options;
    this.#life = lifeNumber(options.life());
    this.#audience = new Audience(options);
    this.#holdings = new Holdings({ notices: options.cacheSize, bytes: options.cacheBytes }, this.#tally);
    this.#branches = new Branches(options.degree, random, this.#neighbours, this.#tally);
    this.#repair = new Repair({
      options,
      effects: this.#effects,
      random,
      audience: this.#audience,
      holdings: this.#holdings,
      neighbours: this.#neighbours,
      branches: this.#branches,
      tally: this.#tally,
    });
    this.#flow = new Flow(this.#audience, this.#neighbours, this.#effects);
  }

  get deadline(): number {
    return Math.min(this.#tellAt, this.#audience.deadline, this.#repair.deadline, this.#flow.deadline);
  }

  step(input: Input<NotificationSpeech>, now: number): readonly Effect<NotificationSpeech>[] {
    switch (input.kind) {
      case "message":
        this.#receive(input.from, input.message, now);
        break;
      case "command":
        this.#command(input.command, now);
        break;
      case "link":
        if (input.up) this.#linkUp(input.peer, now);
        else this.#linkDown(input.peer, now);
        break;
      case "session":
        if (input.up) this.#audience.connect(input.session, now);
        else this.#gone(input.session, now);
        break;
      case "resumed":
        this.#audience.postpone(input.gapMs);
        this.#repair.postpone(input.gapMs);
        break;
      case "timeout":
      case "saved":
        break;
      default:
        unreachable(input);
    }
    if (now >= this.#tellAt) this.#tellInterests(now);
    for (const entry of this.#audience.takeOverdue(now)) this.#reject(entry, "unanswered");
    this.#finish(now);
    return this.#effects.take();
  }

  view(): NotificationView {
    const audience = this.#audience;
    const types = new Set([...audience.types(), ...this.#sequences.keys()]);
    for (const { interests } of this.#neighbours.all()) for (const dataType of interests ?? []) types.add(dataType);
    return {
      notices: this.#recent.view(this.#options.peer, this.#neighbours),
      subscribers: audience.view(),
      types: [...types].slice(0, MAX_SHOWN_TYPES).map((dataType) => ({
        dataType,
        here: audience.countOf(dataType),
        peers: Array.from(this.#neighbours.all())
          .filter((neighbour) => neighbour.wants(dataType))
          .map(({ peer }) => peer),
      })),
      cached: this.#holdings.held,
      counts: { ...this.#tally },
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  #receive(from: Party, message: NotificationSpeech["message"], now: number): void {
    if (message.kind === "talk") {
      const program = "session" in from ? this.#audience.program(from.session) : undefined;
      if (program !== undefined) this.#listen(program, message.said, now);
      return;
    }
    const neighbour = "peer" in from ? this.#neighbours.get(from.peer) : undefined;
    if (neighbour !== undefined) this.#hear(neighbour, message, now);
  }

  #hear(neighbour: Neighbour, message: Spreading, now: number): void {
    switch (message.kind) {
      case "push":
        neighbour.came(message.offset, message.notices);
        return this.#pushed(neighbour, message.notices, now);
      case "received":
        return neighbour.confirm(message.offset);
      case "pull":
        return this.#repair.answer(neighbour, message.wanted, message.graft, now);
      case "pulled":
        return this.#pulled(neighbour, message.more, message.notices, now);
      default:
        if (neighbour.guidance.take(now)) this.#heed(neighbour, message, now);
        else this.#tally.unwelcome += 1;
    }
  }

  /** Takes what a peer says of itself, or of how notices are to come to it. */
  #heed(neighbour: Neighbour, message: Guidance, now: number): void {
    switch (message.kind) {
      case "interests":
        return this.#interest(neighbour, message.dataTypes);
      case "prune":
        return this.#branches.of(message.dataType).prune(neighbour.peer);
      case "digest":
        this.#interest(neighbour, message.dataTypes);
        return this.#repair.hear(neighbour, message.offers, now);
      default:
        return unreachable(message);
    }
  }

  #command(command: NotificationSpeech["command"], now: number): void {
    switch (command.kind) {
      case "announce":
        return this.#announce(null, command, now);
      case "subscribe":
      case "unsubscribe": {
        const wanted = command.kind === "subscribe";
        if (!this.#audience.show(command.dataType, wanted)) return;
        const kind = wanted ? "type-subscribed" : "type-unsubscribed";
        this.#effects.event({ kind, dataType: command.dataType, session: null });
        return this.#tellInterests(now);
      }
      case "import":
        return this.#import(command, now);
      default:
        unreachable(command);
    }
  }

  #linkUp(peer: PeerId, now: number): void {
    const { windowBytes, peerRate } = this.#options;
    const neighbour = new Neighbour(peer, { windowBytes, pushes: peerRate }, now);
    this.#neighbours.add(neighbour);
    const dataTypes = this.#audience.types();
    if (dataTypes.length > 0) this.#effects.send({ peer }, { kind: "interests", dataTypes });
    this.#repair.begin(now);
  }

  #linkDown(peer: PeerId, now: number): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return;
    this.#neighbours.delete(peer);
    this.#branches.lose(peer);
    this.#repair.lose(neighbour, now);
  }

  /** A peer subscribes these types: what is held of those that it did not before is offered to it. */
  #interest(neighbour: Neighbour, dataTypes: readonly number[]): void {
    const added = this.#branches.interest(neighbour, dataTypes);
    if (added.length > 0 && this.#holdings.held.notices > 0) {
      this.#repair.tell(neighbour, Number.NEGATIVE_INFINITY);
    }
  }

  /** Tells everybody what is subscribed here, but not too often: programs may come and go as they like. */
  #tellInterests(now: number): void {
    this.#tellAt = Math.min(this.#tellAt, Math.max(now, this.#toldAt + this.#options.digestIntervalMs));
    if (now < this.#tellAt) return;
    this.#tellAt = Number.POSITIVE_INFINITY;
    this.#toldAt = now;
    const dataTypes = this.#audience.types();
    for (const { peer } of this.#neighbours.all()) this.#effects.send({ peer }, { kind: "interests", dataTypes });
    this.#repair.begin(now);
  }

  #pushed(neighbour: Neighbour, notices: readonly Notice[], now: number): void {
    const fresh = new Set<number>();
    const stale = new Set<number>();
    for (const entry of this.#take(neighbour, notices, stale, now)) fresh.add(entry.notice.dataType);
    for (const dataType of fresh) this.#branches.of(dataType).use(neighbour.peer);
    for (const dataType of stale) {
      // All of it came another way, so that way is enough.
      if (fresh.has(dataType)) continue;
      this.#branches.of(dataType).prune(neighbour.peer);
      this.#effects.send({ peer: neighbour.peer }, { kind: "prune", dataType });
    }
  }

  #pulled(neighbour: Neighbour, more: boolean, notices: readonly Notice[], now: number): void {
    if (neighbour.asked === null) {
      this.#tally.unwelcome += notices.length;
      return;
    }
    const fresh = this.#take(neighbour, notices, new Set(), now);
    this.#tally.pulled += fresh.length;
    this.#repair.arrived(neighbour, fresh.length, more, now);
  }

  /** Takes what is new of a peer's notices; the types of what is not are added to `stale`. */
  #take(neighbour: Neighbour, notices: readonly Notice[], stale: Set<number>, now: number): readonly Entry[] {
    const fresh: Entry[] = [];
    const { peer } = neighbour;
    for (const notice of notices) {
      // Somebody here may have subscribed it when it was sent, and no more.
      if (!this.#audience.subscribes(notice.dataType)) continue;
      const stream = this.#holdings.stream(notice);
      if (stream?.seen.has(notice.sequence) === true) {
        stale.add(notice.dataType);
        this.#holdings.repeat(stream, notice, peer);
      } else if (!this.#isWelcome(notice, neighbour, now)) {
        this.#tally.unwelcome += 1;
      } else {
        fresh.push(this.#holdings.meet(notice, peer, now));
      }
    }
    if (fresh.length === 0) return fresh;
    if (fresh.length * 2 < notices.length) for (const entry of fresh) detach(entry);
    this.#tally.received += fresh.length;
    const received = fresh.map(({ notice }) => notice);
    this.#effects.event({ kind: "notices-received", from: peer, count: received.length, notices: received });
    for (const entry of fresh) this.#deliver(entry, null, now);
    return fresh;
  }

  /** Whether a notice can be what it says, and its bringer has not brought too many. */
  #isWelcome(notice: Notice, neighbour: Neighbour, now: number): boolean {
    // What was announced in this life is known here.
    if (notice.origin === this.#options.peer && notice.life === this.#life) return false;
    // The message that brought it was stamped later than it, and our clock is past that.
    if (notice.lamport > this.#options.lamport()) return false;
    if (this.#holdings.stream(notice) === undefined && this.#holdings.isTooOld(notice)) {
      // Remembered again, so that it is not pulled again and again.
      this.#holdings.meet(notice, neighbour.peer, now);
      return false;
    }
    return neighbour.pushes.take(now);
  }

  #listen(program: Program, said: readonly GossipApi[], now: number): void {
    let announces = 0;
    for (const message of said) {
      // A strict peer closes the connection at the first thing that it refuses.
      if (this.#audience.program(program.session) !== program) return;
      switch (message.kind) {
        case "announce":
          announces += 1;
          this.#announce(program, message, now);
          break;
        case "notify":
          this.#subscribe(program, message.dataType, now);
          break;
        case "validation":
          this.#validated(program, message, now);
          break;
        case "notification":
          this.#refuse(program, "notifications are for programs to receive", now);
          break;
        default:
          unreachable(message);
      }
    }
    if (announces === 0) return;
    program.isAnnouncer = true;
    // What has come is taken; for what is too much, it is not read for a while.
    if (!program.announces.take(now, announces)) program.heldUntil = program.announces.availableAt(now, announces);
  }

  #subscribe(program: Program, dataType: number, now: number): void {
    const isNews = !this.#audience.subscribes(dataType);
    if (!this.#audience.subscribe(program, dataType)) {
      this.#refuse(program, "too many data types", now);
      return;
    }
    this.#effects.event({ kind: "type-subscribed", dataType, session: program.session });
    if (isNews) this.#tellInterests(now);
  }

  #announce(
    program: Program | null,
    { dataType, ttl, data }: Pick<Notice, "dataType" | "ttl" | "data">,
    now: number,
  ): void {
    const sequence = (this.#sequences.get(dataType) ?? 0) + 1;
    const reason = this.#whyNot(dataType, data, sequence);
    if (reason !== undefined) {
      this.#refuse(program, reason, now);
      return;
    }
    this.#sequences.set(dataType, sequence);
    this.#tally.announced += 1;
    const { peer: origin, lamport } = this.#options;
    const notice = { origin, life: this.#life, dataType, sequence, ttl, hops: 0, lamport: lamport(), data };
    const session = program?.session ?? null;
    const entry = this.#holdings.meet(notice, session, now);
    this.#announced.push(entry.notice);
    this.#deliver(entry, session, now);
  }

  /** Why something may not be announced; undefined where it may. */
  #whyNot(dataType: number, data: Uint8Array, sequence: number): string | undefined {
    if (data.length === 0) return "an announcement without data";
    if (sequence > LAST_SEQUENCE) return "the numbers of this type are used up until this peer starts again";
    if (this.#options.strict && !this.#audience.subscribes(dataType)) return `nobody here subscribes type ${dataType}`;
    return undefined;
  }

  #import({ dataType, ttl, data }: Pick<Notice, "dataType" | "ttl" | "data">, now: number): void {
    const notice = { ...foreignName(dataType, data), dataType, sequence: 1, ttl, hops: 0, data };
    if (!this.#audience.subscribes(dataType) || this.#holdings.stream(notice) !== undefined) return;
    const entry = this.#holdings.meet({ ...notice, lamport: this.#options.lamport() }, null, now);
    this.#tally.received += 1;
    this.#effects.event({ kind: "notices-received", from: null, count: 1, notices: [entry.notice] });
    this.#deliver(entry, null, now);
  }

  /** Notifies those who subscribe it; it spreads when all of them have found it valid. */
  #deliver(entry: Entry, announcer: SessionId | null, now: number): void {
    this.#recent.add(entry);
    const tooSlow = this.#audience.notify(entry, announcer, now);
    this.#tally.delivered += entry.waiting;
    for (const program of tooSlow) {
      this.#disconnect(program, `${program.queued} notifications without an answer: too slow`, now);
    }
    if (entry.waiting === 0) this.#accept(entry, now);
  }

  #validated(
    program: Program,
    { messageId, valid }: { readonly messageId: number; readonly valid: boolean },
    now: number,
  ): void {
    const entry = program.answered(messageId);
    if (entry === undefined) {
      this.#tally.refused += 1;
      return;
    }
    entry.waiting -= 1;
    if (!valid) this.#reject(entry, "invalid");
    else if (entry.waiting === 0) this.#accept(entry, now);
  }

  /** Everybody who was notified has found it valid, unless somebody has rejected it before. */
  #accept(entry: Entry, now: number): void {
    if (entry.state !== "pending") return;
    const { notice } = entry;
    const isOurs = notice.origin === this.#options.peer && notice.life === this.#life;
    const ttl = isOurs ? notice.ttl : onwardTtl(notice);
    this.#holdings.hold(entry, ttl, now);
    this.#accepted.push(notice);
    if (ttl === null) return;
    this.#branches.push(entry);
  }

  #reject(entry: Entry, because: Rejection): void {
    if (entry.state !== "pending") return;
    entry.state = "rejected";
    this.#tally[TALLIED_AS[because]] += 1;
    this.#effects.event({ kind: "notice-rejected", notice: entry.notice, because });
  }

  /** Something that a program may not say; a strict peer hears no more of it. */
  #refuse(program: Program | null, reason: string, now: number): void {
    this.#tally.refused += 1;
    if (program !== null && this.#options.strict) this.#disconnect(program, reason, now);
  }

  /** Closes the connection of a program. */
  #disconnect(program: Program, reason: string, now: number): void {
    const { session } = program;
    if (this.#audience.program(session) !== program) return;
    this.#effects.add({ kind: "close", session, reason });
    this.#effects.event({ kind: "program-refused", session, reason });
    this.#gone(session, now);
  }

  /** A program is gone: what it has not answered it never will. */
  #gone(session: SessionId, now: number): void {
    const program = this.#audience.program(session);
    if (program === undefined) return;
    this.#audience.disconnect(program);
    for (const entry of program.takeAll()) this.#reject(entry, "subscriber-gone");
    let isNews = false;
    for (const dataType of program.dataTypes) {
      this.#effects.event({ kind: "type-unsubscribed", dataType, session });
      isNews ||= !this.#audience.subscribes(dataType);
    }
    if (isNews) this.#tellInterests(now);
  }

  /** Lets what this step has brought about leave. */
  #finish(now: number): void {
    for (const { session, said } of this.#audience.takeTelling()) {
      this.#effects.send({ session }, { kind: "talk", said });
    }
    this.#branches.flush(this.#effects, now);
    this.#tell("notices-announced", this.#announced);
    this.#tell("notices-accepted", this.#accepted);
    if (this.#announced.length > 0) this.#announced = [];
    if (this.#accepted.length > 0) {
      this.#accepted = [];
      this.#repair.news(now);
    }
    this.#repair.wake(now);
    this.#flow.update(now);
  }

  #tell(kind: "notices-announced" | "notices-accepted", notices: readonly Notice[]): void {
    if (notices.length > 0) this.#effects.event({ kind, count: notices.length, notices });
  }
}

/** What each rejection is counted as. */
const TALLIED_AS = {
  invalid: "invalid",
  unanswered: "unanswered",
  "subscriber-gone": "abandoned",
} as const satisfies Record<Rejection, keyof Tally>;

/** An incarnation as the 16 bits of a life, never 0: two lives of a peer with one number are 65,535 starts apart. */
function lifeNumber(incarnation: number): number {
  return (incarnation % 0xffff) + 1;
}
