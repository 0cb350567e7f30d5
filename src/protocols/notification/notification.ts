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
 * (no limit) as 0. What nobody here subscribes is originated but never relayed. What may cross one link only is pushed to all
 * linked subscribers, for nobody else can bring it; everything else goes along the tree.
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
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Party, Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { Api } from "./api.ts";
import { Digests } from "./digests.ts";
import { Flow } from "./flow.ts";
import { Intake } from "./intake.ts";
import { Interests } from "./interests.ts";
import type { NotificationSpeech, NotificationView, Spreading } from "./message.ts";
import { Neighbour } from "./neighbours.ts";
import type { Notice } from "./notice.ts";
import { newParts, type Parts } from "./parts.ts";
import { Pulls } from "./pulls.ts";

/** Data types that are shown. */
const MAX_SHOWN_TYPES = 64;

/** Messages that bring no notices. */
type Guidance = Extract<Spreading, { readonly kind: "interests" | "prune" | "digest" }>;

/** The machine of one peer's notification. */
export class Notification implements Protocol<NotificationSpeech> {
  readonly #parts: Parts;
  readonly #flow: Flow;
  readonly #digests: Digests;
  readonly #pulls: Pulls;
  readonly #interests: Interests;
  readonly #intake: Intake;
  readonly #api: Api;

  constructor(options: NotificationSpeech["options"], random: Random) {
    assert(options.degree > 0 && options.cacheSize > 0, "notification that reaches nobody or holds nothing");
    this.#parts = newParts(options, random);
    this.#flow = new Flow(this.#parts.audience, this.#parts.effects);
    this.#digests = new Digests(this.#parts);
    this.#pulls = new Pulls(this.#parts);
    this.#interests = new Interests(this.#parts, this.#digests);
    this.#intake = new Intake(this.#parts, (program, now) =>
      this.#api.disconnect(program, `${program.queued} notifications without an answer: too slow`, now),
    );
    this.#api = new Api(this.#parts, this.#intake, this.#interests);
  }

  get deadline(): number {
    return Math.min(
      this.#parts.audience.deadline,
      this.#interests.deadline,
      this.#digests.deadline,
      this.#flow.deadline,
      this.#flow.isCongested ? Number.POSITIVE_INFINITY : this.#pulls.deadline,
    );
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
        if (input.up) this.#parts.audience.connect(input.session, now);
        else this.#api.gone(input.session, input.reason, now);
        break;
      case "resumed":
        this.#parts.audience.postpone(input.gapMs);
        this.#flow.postpone(input.gapMs);
        this.#pulls.postpone(input.gapMs);
        break;
      case "timeout":
      case "saved":
        break;
      default:
        unreachable(input);
    }
    this.#finish(now);
    return this.#parts.effects.take();
  }

  view(): NotificationView {
    const { audience, neighbours, recent, options, holdings, tally } = this.#parts;
    return {
      notices: recent.view(options.peer, neighbours),
      subscribers: audience.view(),
      types: this.#shownTypes().map((dataType) => ({
        dataType,
        here: audience.countOf(dataType),
        peers: neighbours.whoWant(dataType),
      })),
      cached: holdings.held,
      counts: { ...tally },
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  /** Data types of which something is known: those that are subscribed or announced here come first. */
  #shownTypes(): readonly number[] {
    const { audience, neighbours } = this.#parts;
    const types = new Set<number>();
    const show = (dataTypes: Iterable<number>): void => {
      for (const dataType of dataTypes) {
        if (types.size === MAX_SHOWN_TYPES) return;
        types.add(dataType);
      }
    };
    show(audience.types());
    show(this.#intake.announcedTypes);
    for (const { interests } of neighbours.all()) show(interests ?? []);
    return [...types];
  }

  #receive(from: Party, message: NotificationSpeech["message"], now: number): void {
    if (message.kind === "talk") {
      if ("session" in from) this.#api.listen(from.session, message.said, now);
      return;
    }
    const neighbour = "peer" in from ? this.#parts.neighbours.get(from.peer) : undefined;
    if (neighbour !== undefined) this.#hear(neighbour, message, now);
  }

  #hear(neighbour: Neighbour, message: Spreading, now: number): void {
    switch (message.kind) {
      case "push":
        neighbour.came(message.offset, message.notices);
        this.#flow.cameFrom(neighbour);
        return this.#pushed(neighbour, message.notices, now);
      case "received":
        return neighbour.confirm(message.offset);
      case "pull":
        return this.#pulls.answer(neighbour, message.wanted, message.graft, now);
      case "pulled":
        return this.#pulled(neighbour, message.more, message.notices, now);
      default:
        if (neighbour.guidance.take(now)) this.#heed(neighbour, message, now);
        else this.#parts.tally.unwelcome += 1;
    }
  }

  /** Takes what a peer says of itself, or of how notices are to come to it. */
  #heed(neighbour: Neighbour, message: Guidance, now: number): void {
    switch (message.kind) {
      case "interests":
        return this.#interests.heard(neighbour, message.dataTypes, now);
      case "prune":
        return this.#parts.branches.prune(neighbour.peer, message.dataType);
      case "digest":
        this.#interests.heard(neighbour, message.dataTypes, now);
        return this.#pulls.hear(neighbour, message.offers, now);
      default:
        return unreachable(message);
    }
  }

  #command(command: NotificationSpeech["command"], now: number): void {
    switch (command.kind) {
      case "announce":
        if (this.#intake.announce(null, command, now) !== undefined) this.#parts.tally.refused += 1;
        return;
      case "subscribe":
        return this.#show(command.dataType, true, now);
      case "unsubscribe":
        return this.#show(command.dataType, false, now);
      case "import":
        return this.#intake.import(command, now);
      default:
        unreachable(command);
    }
  }

  /** The person here wants to see a type, or no more. */
  #show(dataType: number, wanted: boolean, now: number): void {
    const { audience, effects } = this.#parts;
    if (!audience.show(dataType, wanted)) return;
    if (wanted) effects.event({ kind: "type-subscribed", dataType, session: null });
    else effects.event({ kind: "type-unsubscribed", dataType, session: null, because: null });
    this.#interests.changed(now);
  }

  #linkUp(peer: PeerId, now: number): void {
    const { options, neighbours } = this.#parts;
    neighbours.add(new Neighbour(peer, { windowBytes: options.windowBytes, notices: options.peerRate }, now));
    this.#interests.introduce(peer);
    this.#digests.begin(now);
  }

  #linkDown(peer: PeerId, now: number): void {
    const { neighbours, branches } = this.#parts;
    const neighbour = neighbours.get(peer);
    if (neighbour === undefined) return;
    neighbours.delete(peer);
    branches.lose(peer);
    this.#flow.lose(neighbour);
    this.#pulls.lose(neighbour, now);
  }

  #pushed(neighbour: Neighbour, notices: readonly Notice[], now: number): void {
    const { audience, branches, effects } = this.#parts;
    if (notices.some(({ dataType }) => !audience.subscribes(dataType))) this.#interests.remind(neighbour, now);
    const stale = new Set<number>();
    const fresh = new Set<number>();
    for (const { notice } of this.#intake.take(neighbour, notices, { rate: neighbour.pushes, stale }, now)) {
      // What may cross one link comes to all, so that it tells nothing of the tree.
      if (notice.ttl !== 1) fresh.add(notice.dataType);
    }
    for (const dataType of fresh) branches.of(dataType).graft(neighbour.peer);
    for (const dataType of stale) {
      // All of it came another way, so that way is enough.
      if (fresh.has(dataType)) continue;
      branches.prune(neighbour.peer, dataType);
      effects.send({ peer: neighbour.peer }, { kind: "prune", dataType });
    }
  }

  #pulled(neighbour: Neighbour, more: boolean, notices: readonly Notice[], now: number): void {
    const { tally } = this.#parts;
    if (neighbour.asked === null) {
      tally.unwelcome += notices.length;
      return;
    }
    const fresh = this.#intake.take(neighbour, notices, { rate: neighbour.brings, stale: new Set() }, now);
    tally.pulled += fresh.length;
    this.#pulls.arrived(neighbour, fresh.length, more, now);
  }

  /** Does what is due, and lets what this step has brought about leave. */
  #finish(now: number): void {
    const { audience, branches, effects } = this.#parts;
    this.#interests.wake(now);
    for (const entry of audience.takeOverdue(now)) this.#intake.reject(entry, "unanswered");
    for (const { session, said } of audience.takeTelling()) effects.send({ session }, { kind: "talk", said });
    branches.flush(effects, this.#flow, now);
    if (this.#intake.finish()) this.#digests.news(now);
    this.#digests.wake(now);
    // What programs here have no room for is not asked for.
    if (!this.#flow.isCongested) this.#pulls.wake(now);
    this.#flow.update(now);
  }
}
