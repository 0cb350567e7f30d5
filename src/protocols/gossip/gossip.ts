/**
 * Push/pull gossip of IDs: every interval each peer tells a random linked one who it is and whom it knows (PUSH), or
 * asks it whom it knows (PULL). An ID is the address of a peer; it is held, and told on, only once it has been verified
 * by a health check.
 *
 * Source: Brahms (Bortnikov, Gurevich, Keidar, Kliot, Shraer: "Brahms: Byzantine resilient random membership sampling",
 * 2009), section 3.
 *
 * | message  | from          | to       | effect                                                               |
 * | -------- | ------------- | -------- | -------------------------------------------------------------------- |
 * | pull     | linked peer   | us       | answered at once by a response; its address is heard                 |
 * | response | one we asked  | us       | its IDs are heard                                                    |
 * | push     | linked peer   | us       | its address and its IDs are heard                                    |
 *
 * A round lasts as long as an interval. From a local program's connection, or that of a peer of another make, a pull is
 * answered and a push is heard all the same; a response is not, for nobody asked there.
 *
 * Safety: what is merely heard is never told on, so an address at which nobody answers cannot spread; no more IDs of one
 * source wait for a check than it may have held; and what one source tells, one subnet holds, and pushes bring, fills
 * only its share of the IDs (crowd.ts, rates.ts, shares.ts).
 *
 * Departures from the paper: pushes and pulls alternate. While there is room every verified ID is held at once, so that
 * those of a small cluster are simply all there, and for that a push carries IDs besides its sender's address; the
 * shares of pushes, pulls and history are of what is drawn once there are more. In a round with too many pushes those
 * are not used, but what was pulled is. A sender introduces one ID at a time. The samplers see an ID once it has been
 * verified, and so need no probes of their own.
 */
import { type Address, hostOf, isUsable } from "../../core/address.ts";
import { assert, unreachable } from "../../core/assert.ts";
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol, SessionId } from "../../core/protocol.ts";
import { jittered, type Random } from "../../core/random.ts";
import { splitByFamily } from "../../wire/gossip-message.ts";
import { Asked } from "./asked.ts";
import type { Source } from "./crowd.ts";
import { Exchanges } from "./exchanges.ts";
import { type Family, FamilyTurns, familyOf } from "./families.ts";
import { Hearsay, type Told } from "./hearsay.ts";
import { Ids } from "./ids.ts";
import type { Exchange, GossipSpeech, Refusals } from "./message.ts";
import { Rates } from "./rates.ts";
import { Round } from "./round.ts";

/** IDs in one message, at most. */
const MAX_IDS = 512;

/** Whoever told something: its source for caps, and the connection for rates. */
interface Teller {
  readonly peer: PeerId | null;
  readonly connection: string;
  /** For what it tells of others, and for what it says that it is itself. */
  readonly source: Source;
  readonly itself: Source;
}

/** The machine of one peer's gossip. */
export class Gossip implements Protocol<GossipSpeech> {
  readonly #options: GossipSpeech["options"];
  readonly #random: Random;
  readonly #effects = new Effects<GossipSpeech>();
  readonly #linked = new Set<PeerId>();
  readonly #ids: Ids;
  readonly #hearsay = new Hearsay();
  readonly #rates: Rates;
  readonly #asked = new Asked();
  /** Connections of programs, each with the host at the other end, and whether it has pulled. */
  readonly #programs = new Map<SessionId, { readonly host: string; hasPulled: boolean }>();
  /** Who answers in a network of another make. */
  #neighbours: readonly Address[] = [];
  #round: Round;
  #roundUntil = Number.NEGATIVE_INFINITY;
  #ignoredRounds = 0;
  #lastRoundIgnored = false;
  #exchangeAt = Number.POSITIVE_INFINITY;
  #pullsNext = true;
  readonly #families = new FamilyTurns();
  readonly #exchanges = new Exchanges();
  readonly #refused: { -readonly [Why in keyof Refusals]: number } = {
    unusable: 0,
    room: 0,
    source: 0,
    subnet: 0,
    round: 0,
  };
  #rounds = 0;
  #unexpected = 0;
  #overRate = 0;

  constructor(options: GossipSpeech["options"], random: Random) {
    const { capacity, perSubnet, samplers, rate, pushesPerRound } = options;
    assert(capacity > 0, "gossip without room for an ID");
    this.#options = options;
    this.#random = random;
    this.#ids = new Ids({ count: capacity, perSubnet }, samplers, random);
    this.#rates = new Rates(rate, this.#intervalMs());
    this.#round = new Round(pushesPerRound);
  }

  get deadline(): number {
    return this.#exchangeAt;
  }

  step(input: Input<GossipSpeech>, now: number): readonly Effect<GossipSpeech>[] {
    this.#turn(now);
    switch (input.kind) {
      case "message":
        if ("peer" in input.from) this.#receive(input.from.peer, input.message, now);
        else if ("session" in input.from) this.#receiveOfProgram(input.from.session, input.message, now);
        break;
      case "command":
        this.#command(input.command, now);
        break;
      case "link":
        if (input.up) this.#linkUp(input.peer, now);
        else this.#linkDown(input.peer);
        break;
      case "timeout":
        if (now >= this.#exchangeAt) {
          this.#exchange(now);
          this.#exchangeAt = now + jittered(this.#random, this.#intervalMs());
        }
        break;
      case "session":
        if (input.up) this.#programs.set(input.session, { host: hostOf(input.address), hasPulled: false });
        else this.#programDown(input.session);
        break;
      case "resumed":
      case "saved":
        break;
      default:
        unreachable(input);
    }
    return this.#effects.take();
  }

  view(): GossipSpeech["view"] {
    return {
      ids: this.#ids.held.map((address, counter) => ({ counter, address })),
      rounds: this.#rounds,
      pushes: this.#exchanges.counts.push,
      pulls: this.#exchanges.counts.pull,
      responses: this.#exchanges.counts.response,
      refused: Object.values(this.#refused).reduce((sum, count) => sum + count, 0),
      refusedBecause: { ...this.#refused },
      unexpected: this.#unexpected,
      overRate: this.#overRate,
      ignoredRounds: this.#ignoredRounds,
      lastRoundIgnored: this.#lastRoundIgnored,
      sampleSize: this.#ids.sampleSize,
      exchanges: this.#exchanges.latest,
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  #receive(from: PeerId, message: GossipSpeech["message"], now: number): void {
    const source = { name: from, most: this.#options.perSource };
    const teller: Teller = { peer: from, connection: from, source, itself: { name: `${from} itself`, most: 1 } };
    if (!this.#isWithinRate(teller, message, now)) return;
    switch (message.kind) {
      case "pull":
        this.#note("in", from, message, now);
        // One that pulls more often is answered, but introduces nobody by it.
        if (this.#rates.allowsShare(from, "pull", this.#linked.size, now))
          this.#hear([message.address], { source: teller.itself, way: "pushed", round: this.#round, at: now }, from);
        this.#send(from, { kind: "response", ids: this.#chooseIds(this.#families.next(this.#ids.held)) }, now);
        break;
      case "response":
        if (!this.#asked.settle(from, now)) {
          this.#unexpected += 1;
          break;
        }
        this.#note("in", from, message, now);
        this.#hear(message.ids, { source: teller.source, way: "pulled", round: this.#round, at: now }, from);
        break;
      case "push":
        this.#note("in", from, message, now);
        this.#hearPush(teller, message, now);
        break;
      default:
        unreachable(message);
    }
  }

  /** What a program says that is no linked peer: one of another make, for instance. */
  #receiveOfProgram(session: SessionId, message: GossipSpeech["message"], now: number): void {
    const program = this.#programs.get(session);
    if (program === undefined) return;
    // It is its host that is capped as a source: closing and dialling anew makes nobody another one.
    const source = { name: `host ${program.host}`, most: this.#options.perSource };
    const teller: Teller = { peer: null, connection: connectionOf(session), source, itself: source };
    if (!this.#isWithinRate(teller, message, now)) return;
    switch (message.kind) {
      case "pull": {
        // Its address is never dialled for it; it tells which family the asker understands.
        const family = familyOf(message.address);
        const ids = [...this.#chooseIds(family), ...splitByFamily(this.#neighbours)[family]];
        this.#exchanges.count("pull");
        this.#exchanges.count("response");
        this.#effects.send({ session }, { kind: "response", ids: [...new Set(ids)] });
        if (!program.hasPulled) this.#effects.event({ kind: "program-pulled", session, address: message.address });
        program.hasPulled = true;
        break;
      }
      case "response":
        this.#unexpected += 1;
        break;
      case "push":
        this.#exchanges.count("push");
        this.#hearPush(teller, message, now);
        break;
      default:
        unreachable(message);
    }
  }

  /** Whether a message is used; a push only if it is within its sender's share too. */
  #isWithinRate({ connection }: Teller, { kind }: GossipSpeech["message"], now: number): boolean {
    const isWithin =
      this.#rates.allowsMessage(connection, now) &&
      (kind !== "push" || this.#rates.allowsShare(connection, "push", this.#linked.size, now));
    if (!isWithin) this.#overRate += 1;
    return isWithin;
  }

  #command(command: GossipSpeech["command"], now: number): void {
    switch (command.kind) {
      case "verified":
        this.#verified(command.address);
        break;
      case "expired":
        if (this.#ids.expire(command.address)) this.#effects.event({ kind: "id-removed", address: command.address });
        break;
      case "neighbours":
        this.#neighbours = command.addresses;
        break;
      case "exchange":
        this.#exchange(now);
        break;
      default:
        unreachable(command);
    }
  }

  #linkUp(peer: PeerId, now: number): void {
    this.#linked.add(peer);
    // A random phase, so that peers that start together do not exchange together.
    if (this.#exchangeAt === Number.POSITIVE_INFINITY) this.#exchangeAt = now + this.#random.below(this.#intervalMs());
  }

  #linkDown(peer: PeerId): void {
    this.#linked.delete(peer);
    this.#asked.forget(peer);
    this.#rates.forget(peer);
    if (this.#linked.size === 0) this.#exchangeAt = Number.POSITIVE_INFINITY;
  }

  #programDown(session: SessionId): void {
    this.#programs.delete(session);
    this.#rates.forget(connectionOf(session));
  }

  /** Begins a round when the last one is over: IDs for which there was no room have their turn. */
  #turn(now: number): void {
    if (now < this.#roundUntil) return;
    const { ignored } = this.#round;
    const { removed, added } = this.#ids.renew(!ignored);
    for (const address of removed) this.#effects.event({ kind: "id-removed", address });
    for (const address of added) this.#effects.event({ kind: "id-added", address });
    this.#lastRoundIgnored = ignored;
    if (ignored) this.#ignoredRounds += 1;
    this.#round = new Round(this.#options.pushesPerRound);
    this.#roundUntil = now + this.#intervalMs();
  }

  /** One exchange with a random linked peer, if there is one. */
  #exchange(now: number): void {
    const peer = [...this.#linked][this.#random.below(Math.max(1, this.#linked.size))];
    if (peer === undefined) return;
    this.#rounds += 1;
    const { address } = this.#options;
    if (this.#pullsNext) {
      this.#send(peer, { kind: "pull", address }, now);
      this.#asked.ask(peer, now);
    } else {
      // One message holds one family, and a PUSH begins with our own address.
      this.#send(peer, { kind: "push", address, ids: this.#chooseIds(familyOf(address)) }, now);
    }
    this.#pullsNext = !this.#pullsNext;
  }

  #send(peer: PeerId, message: GossipSpeech["message"], now: number): void {
    this.#effects.send({ peer }, message);
    this.#note("out", peer, message, now);
  }

  #hearPush(teller: Teller, { address, ids }: Extract<GossipSpeech["message"], { kind: "push" }>, now: number): void {
    if (!this.#round.push()) {
      this.#refused.round += 1 + ids.length;
      return;
    }
    this.#hear([address], { source: teller.itself, way: "pushed", round: this.#round, at: now }, teller.peer);
    // Nobody asked for these: where there is no room for them they are not worth a check.
    if (this.#ids.isFull) this.#refused.room += ids.length;
    else this.#hear(ids, { source: teller.source, way: "told", round: this.#round, at: now }, teller.peer);
  }

  /** Tells of IDs that are not held and can be somebody's. */
  #hear(ids: readonly Address[], told: Told, from: PeerId | null): void {
    for (const address of new Set(ids)) {
      if (address === this.#options.address || this.#ids.has(address)) continue;
      const answer = isUsable(address) ? this.#hearsay.hear(address, told) : "unusable";
      if (answer === null) this.#effects.event({ kind: "id-heard", address, from });
      else if (answer !== "known") this.#refused[answer] += 1;
    }
  }

  #verified(address: Address): void {
    if (address === this.#options.address || this.#ids.has(address)) return;
    // Whom nobody told of has introduced itself, by dialling us, or was told of by other means than gossip.
    const { source, way, round } = this.#hearsay.take(address) ?? { source: null, way: "pushed", round: this.#round };
    const room = this.#ids.roomFor(address, source);
    if (!isUsable(address)) this.#refused.unusable += 1;
    else if (way !== "pulled" && round.ignored) this.#refused.round += 1;
    else if (room === "later" && way === "told") this.#refused.room += 1;
    else if (room !== "now" && room !== "later") this.#refused[room] += 1;
    else if (this.#ids.add(address, { source, way })) this.#effects.event({ kind: "id-added", address });
  }

  /** IDs of one family in random order, as many as a message holds. */
  #chooseIds(family: Family): readonly Address[] {
    return this.#ids.choose(splitByFamily(this.#ids.held)[family], MAX_IDS);
  }

  /** Remembers and tells a message, in either direction. */
  #note(direction: Exchange["direction"], peer: PeerId, message: GossipSpeech["message"], now: number): void {
    const exchange = this.#exchanges.note(direction, peer, message, now);
    this.#effects.event({ kind: "exchanged", exchange });
  }

  #intervalMs(): number {
    return Math.max(1, Math.floor(this.#options.intervalMs));
  }
}

function connectionOf(session: SessionId): string {
  return `program ${session}`;
}
