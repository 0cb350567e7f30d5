import type { Address } from "../../core/address.ts";
import { DeadlineQueue } from "../../core/deadline-queue.ts";
import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Random, sample } from "../../core/random.ts";
import type { DirectProbes, Probe, Prober } from "./direct-probes.ts";
import type { HealthSpeech } from "./message.ts";
import { Rotation } from "./rotation.ts";
import { RoundTrips } from "./round-trips.ts";

/** Members probed in one interval, at most: with more of them the interval of each grows, not the load. */
const TURNS_PER_INTERVAL = 32;

/** Rounds under way at a time; further ones wait. */
const MAX_RUNNING = 256;

/** Members watched, at most. */
const MAX_WATCHED = 4096;

/** How long the peers that are asked have for their answer, in timeouts of a direct probe. */
const INDIRECT_TIMEOUTS = 1.5;

/** Missed rounds, less answered ones, after which a member counts as unhealthy here and is left more time. */
const MOST_DOUBT = 3;

/** How the time between rounds of an unhealthy member grows, and to how many intervals at most. */
const BACKOFF_FACTOR = 1.25;
const MOST_INTERVALS = 2;

interface Member {
  readonly peer: PeerId;
  address: Address;
  readonly roundTrips: RoundTrips;
  /** 0 for one that answers, up to MOST_DOUBT for one that does not. */
  doubt: number;
  backoffMs: number;
  missedInARow: number;
  answeredAt: number | null;
  round: Round | null;
}

interface Round {
  readonly probe: Probe;
  /** Of the requests to others; null while the probe is only direct. */
  token: number | null;
  asked: readonly PeerId[];
  readonly denied: Set<PeerId>;
}

/**
 * Probe rounds of the watched members (SWIM section 3.1): a direct probe, and where it is missed the same asked of a
 * few others. Members that answer take turns; one that was missed is asked again at once, and when it counts as
 * unhealthy, at growing intervals.
 */
export class Rounds implements Prober {
  readonly #options: HealthSpeech["options"];
  readonly #probes: DirectProbes;
  readonly #random: Random;
  readonly #effects: Effects<HealthSpeech>;
  readonly #members = new Map<PeerId, Member>();
  readonly #linked = new Set<PeerId>();
  readonly #rotation: Rotation<Member>;
  #turnAt = Number.POSITIVE_INFINITY;
  /** Their round is due but waits for room or nonces. */
  readonly #ready = new Set<Member>();
  readonly #running = new Map<Probe, Member>();
  readonly #byToken = new Map<number, Member>();
  /** When an indirect probe ends, and when the next round of a doubted member begins. */
  readonly #schedule = new DeadlineQueue<Member>();
  #lastToken: number;
  #refused = 0;

  constructor(options: HealthSpeech["options"], probes: DirectProbes, random: Random, effects: Effects<HealthSpeech>) {
    this.#options = options;
    this.#probes = probes;
    this.#random = random;
    this.#effects = effects;
    this.#rotation = new Rotation(random, TURNS_PER_INTERVAL);
    this.#lastToken = random.below(2 ** 32);
  }

  /** When `advance` has something to do. */
  get deadline(): number {
    return Math.min(this.#turnAt, this.#schedule.earliest);
  }

  /** Members not watched for want of room. */
  get refused(): number {
    return this.#refused;
  }

  /** Probes a member in turn from now on, or at another address than before. */
  watch(peer: PeerId, address: Address, now: number): void {
    const known = this.#members.get(peer);
    if (known !== undefined) this.#move(known, address);
    else if (this.#members.size >= MAX_WATCHED) this.#refused += 1;
    else this.#add(peer, address, now);
  }

  /** Probes a member no more. */
  unwatch(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    this.#abandon(member);
    this.#schedule.delete(member);
    this.#ready.delete(member);
    this.#rotation.delete(member);
    this.#members.delete(peer);
    if (this.#members.size === 0) this.#turnAt = Number.POSITIVE_INFINITY;
  }

  /** Starts a round of a watched member now, unless one runs. */
  probe(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member === undefined || member.round !== null) return;
    this.#schedule.delete(member);
    this.#ready.add(member);
  }

  /** Who can be asked to probe for us. */
  link(peer: PeerId, up: boolean): void {
    if (up) this.#linked.add(peer);
    else this.#linked.delete(peer);
  }

  /** Somebody whom we asked tells. It counts once, from a peer that was asked, while the round runs. */
  probeAnswer(from: PeerId, token: number, answered: boolean, now: number): void {
    const member = this.#byToken.get(token);
    const round = member?.round;
    if (!member || !round?.asked.includes(from) || now >= round.probe.deadline) return;
    if (answered) {
      this.#effects.event({ kind: "probe-answered-indirectly", peer: member.peer, via: from });
      this.#concludeAnswered(member, round, null);
      return;
    }
    round.denied.add(from);
    if (round.denied.size === round.asked.length) this.#concludeMissed(member, round);
  }

  /** Does what is due. */
  advance(now: number): void {
    for (let member = this.#schedule.takeDue(now); member !== undefined; member = this.#schedule.takeDue(now)) {
      if (member.round !== null) this.#concludeMissed(member, member.round);
      else this.#ready.add(member);
    }
    if (now >= this.#turnAt) this.#takeTurn(now);
  }

  /** Starts rounds that wait, as far as there are room and nonces. */
  startReady(now: number): void {
    for (const member of this.#ready) {
      if (this.#running.size >= MAX_RUNNING || !this.#probes.canStart) return;
      this.#ready.delete(member);
      const { probeTimeoutMs } = this.#options;
      const answerWithinMs = probeTimeoutMs * (1 + INDIRECT_TIMEOUTS);
      const probe = this.#probes.start(this, member.address, now, probeTimeoutMs, answerWithinMs);
      member.round = { probe, token: null, asked: [], denied: new Set() };
      this.#running.set(probe, member);
    }
  }

  answered(probe: Probe, rttMs: number, now: number): void {
    const member = this.#running.get(probe);
    if (!member?.round) return;
    member.answeredAt = now;
    this.#effects.event({ kind: "probe-answered", peer: member.peer, rttMs });
    this.#concludeAnswered(member, member.round, rttMs);
  }

  missed(probe: Probe, now: number): void {
    const member = this.#running.get(probe);
    if (!member?.round) return;
    const asked = sample(this.#random, this.#helpersFor(member), this.#options.indirectProbes);
    if (asked.length === 0) this.#concludeMissed(member, member.round);
    else this.#askOthers(member, member.round, asked, now);
  }

  voided(probe: Probe): void {
    const member = this.#running.get(probe);
    if (member === undefined) return;
    this.#abandon(member);
    this.#ready.add(member);
  }

  /** What is shown of each member, in the order of being watched. */
  view(): HealthSpeech["view"]["probes"] {
    return Array.from(this.#members.values(), ({ peer, roundTrips, answeredAt, missedInARow }) => ({
      peer,
      rtt: roundTrips.summary(),
      history: roundTrips.history,
      answeredAt,
      missed: missedInARow,
    }));
  }

  #add(peer: PeerId, address: Address, now: number): void {
    const member: Member = {
      peer,
      address,
      roundTrips: new RoundTrips(),
      doubt: 0,
      backoffMs: this.#options.probeIntervalMs,
      missedInARow: 0,
      answeredAt: null,
      round: null,
    };
    this.#members.set(peer, member);
    this.#rotation.add(member);
    // A random phase, so that peers that start together do not probe together.
    const phaseMs = this.#random.below(Math.ceil(this.#options.probeIntervalMs));
    this.#turnAt = Math.min(this.#turnAt, now + phaseMs);
  }

  #move(member: Member, address: Address): void {
    if (member.address === address) return;
    member.address = address;
    if (member.round === null) return;
    this.#abandon(member);
    this.#ready.add(member);
  }

  #takeTurn(now: number): void {
    const turnMs = this.#options.probeIntervalMs / Math.min(this.#rotation.size, TURNS_PER_INTERVAL);
    // Turns missed while this process was held up are not made up for: that would be a burst.
    this.#turnAt = this.#turnAt + turnMs > now ? this.#turnAt + turnMs : now + turnMs;
    const member = this.#rotation.turn();
    if (member !== undefined && member.doubt === 0 && member.round === null) this.#ready.add(member);
  }

  #askOthers(member: Member, round: Round, asked: readonly PeerId[], now: number): void {
    this.#lastToken = (this.#lastToken + 1) % 2 ** 32;
    round.token = this.#lastToken;
    round.asked = asked;
    round.probe.deadline = now + this.#options.probeTimeoutMs * INDIRECT_TIMEOUTS;
    this.#byToken.set(round.token, member);
    this.#schedule.set(member, round.probe.deadline);
    const request = { kind: "probe-request", token: round.token, target: member.address } as const;
    for (const peer of asked) this.#effects.send({ peer }, request);
  }

  #concludeAnswered(member: Member, round: Round, rttMs: number | null): void {
    if (rttMs === null) member.roundTrips.miss();
    else member.roundTrips.add(rttMs);
    member.missedInARow = 0;
    member.doubt = Math.max(0, member.doubt - 1);
    member.backoffMs = this.#options.probeIntervalMs;
    this.#abandon(member);
    if (member.doubt > 0) this.#scheduleDoubted(member, round);
  }

  #concludeMissed(member: Member, round: Round): void {
    this.#effects.event({ kind: "probe-missed", peer: member.peer, via: round.asked });
    member.roundTrips.miss();
    member.missedInARow += 1;
    this.#abandon(member);
    if (member.doubt === MOST_DOUBT) {
      const longestMs = this.#options.probeIntervalMs * MOST_INTERVALS;
      member.backoffMs = Math.min(member.backoffMs * BACKOFF_FACTOR, longestMs);
    } else {
      member.doubt += 1;
    }
    if (member.doubt === MOST_DOUBT) this.#scheduleDoubted(member, round);
    else this.#ready.add(member);
  }

  /** The next round of a doubted member; a crowd of them shares the load of TURNS_PER_INTERVAL. */
  #scheduleDoubted(member: Member, last: Round): void {
    const crowding = Math.max(1, this.#schedule.size / TURNS_PER_INTERVAL);
    this.#schedule.set(member, last.probe.startedAt + member.backoffMs * crowding);
  }

  /** Ends a round, whatever it has come to. */
  #abandon(member: Member): void {
    const round = member.round;
    if (round === null) return;
    member.round = null;
    this.#probes.end(round.probe);
    this.#running.delete(round.probe);
    this.#schedule.delete(member);
    if (round.token !== null) this.#byToken.delete(round.token);
  }

  /** Linked peers that answer their own probes, as far as known. */
  #helpersFor(member: Member): PeerId[] {
    const helpers: PeerId[] = [];
    for (const peer of this.#linked) {
      if (peer !== member.peer && (this.#members.get(peer)?.doubt ?? 0) === 0) helpers.push(peer);
    }
    return helpers;
  }
}
