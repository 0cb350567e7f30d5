import { sample } from "../../core/random.ts";
import { copyOf, noteHolder, type Stream } from "./entry.ts";
import { NO_LIFE } from "./foreign-name.ts";
import { type Extract, MAX_RANGES, MAX_STREAMS, type Range } from "./message.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Parts } from "./parts.ts";
import { SequenceSet } from "./sequence-set.ts";
import { nameOf, type StreamName } from "./streams.ts";

/** Notices that one pull asks for, at most. */
const MAX_ASKED = 1024;

/** Ranges of one stream that a digest of everything tells, at most: if there are more, one part of them at random. */
const MAX_TOLD = 1024;

/** A stream is news for so many rounds of digests; then only digests of everything tell of it. */
const NEWS_ROUNDS = 8;

/** While digests follow each other faster than this, they tell of what is new. */
const QUICK_MS = 1000;

/**
 * What loss, partitions and lateness cost is repaired: peers tell random others in digests what they hold, and whoever
 * misses something for longer than it takes a push to come pulls it, and becomes a branch of the tree there ("lazy push"
 * and GRAFT of Plumtree, 2007, sections 3.3 and 3.4; here a digest names ranges and no single notices).
 */
export class Repair {
  readonly #parts: Parts;
  /** When the next digests are due. */
  #digestAt = Number.POSITIVE_INFINITY;
  #intervalMs: number;
  /** When somebody is to be told of everything again, whatever news there is. */
  #wholeAt = Number.NEGATIVE_INFINITY;
  /** Notices that one pull asks for, at most: no more than a peer may bring. */
  readonly #maxAsked: number;
  /** What a pull from somebody is to bring, by stream. */
  readonly #asked = new Map<string, SequenceSet>();
  /** When to look for what is missing. */
  #pullAt = Number.POSITIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#intervalMs = parts.options.idleDigestIntervalMs;
    this.#maxAsked = Math.min(MAX_ASKED, parts.options.peerRate.burst);
  }

  get deadline(): number {
    return Math.min(this.#digestAt, this.#pullAt);
  }

  /** Something is held, or wanted, that was not before. */
  news(now: number): void {
    this.#intervalMs = this.#parts.options.digestIntervalMs;
    this.#schedule(now);
  }

  /** There is somebody to tell. */
  begin(now: number): void {
    if (this.#hasSomething()) this.#schedule(now);
  }

  /** Does what is due. */
  wake(now: number): void {
    if (now >= this.#digestAt) this.#round(now);
    if (now >= this.#pullAt) this.#pull(now);
  }

  /** Tells a peer what it can pull of types that it has not subscribed before. */
  offer(neighbour: Neighbour, dataTypes: ReadonlySet<number>, now: number): void {
    const streams = this.#parts.holdings
      .changed(Number.NEGATIVE_INFINITY)
      .filter((each) => dataTypes.has(each.dataType));
    // Whoever subscribes again and again has to wait for the next digest.
    if (streams.length > 0 && neighbour.pulls.take(now))
      this.#tell(neighbour, streams, (stream) => this.#partOf(stream));
  }

  /** A peer has told what it holds. */
  hear(neighbour: Neighbour, offers: readonly Extract[], now: number): void {
    let isAnyMissing = false;
    let latest = "";
    for (const extract of offers) {
      const key = this.#parts.holdings.stream(extract)?.key ?? nameOf(extract);
      const ranges = extract.ranges.every(isRange) ? extract.ranges : extract.ranges.filter(isRange);
      // A stream of many ranges comes in several pieces, one after the other.
      if (key === latest) neighbour.offerMore(key, ranges);
      else neighbour.offer(key, extract, ranges);
      latest = key;
      if (!this.#isMissing(extract, ranges)) continue;
      neighbour.want(key);
      isAnyMissing = true;
    }
    // What is on its way as a push comes meanwhile.
    if (isAnyMissing) this.#pullAt = Math.min(this.#pullAt, now + this.#parts.options.digestIntervalMs);
  }

  /** A peer pulls. */
  answer(neighbour: Neighbour, wanted: readonly Extract[], graft: boolean, now: number): void {
    const { holdings, branches, effects, tally } = this.#parts;
    if (!neighbour.pulls.take(now)) {
      tally.unwelcome += 1;
      return;
    }
    if (graft) {
      for (const each of wanted) {
        // It can only miss what there is.
        if (holdings.stream(each) !== undefined) branches.of(each.dataType).graft(neighbour.peer);
      }
    }
    const { entries, more } = holdings.collect(wanted);
    for (const entry of entries) {
      entry.sentTo += 1;
      noteHolder(entry, neighbour.peer);
    }
    tally.sent += entries.length;
    effects.send({ peer: neighbour.peer }, { kind: "pulled", more, notices: entries.map(copyOf) });
  }

  /** What was pulled from a peer has come; so much of it was new. `more`: there is more of what was asked for. */
  arrived(neighbour: Neighbour, fresh: number, more: boolean, now: number): void {
    const { asked } = neighbour;
    if (asked === null) return;
    this.#release(neighbour);
    // Whoever brings nothing new is not asked on and on: its next digest may say what it really has.
    if (fresh === 0) neighbour.disbelieve(asked.wanted);
    // What has not come though it was asked for is there no more.
    else if (!more) neighbour.withdraw(asked.wanted);
    // It may have more, and others may have what it has not.
    this.#pullAt = now;
  }

  /** A peer is linked no more: others may have what it was asked for. */
  lose(neighbour: Neighbour, now: number): void {
    if (neighbour.asked === null) return;
    this.#release(neighbour);
    this.#pullAt = now;
  }

  /** This process stood still: nobody had a chance to answer. */
  postpone(byMs: number): void {
    for (const neighbour of this.#parts.neighbours.all()) {
      if (neighbour.asked !== null) neighbour.asked = { ...neighbour.asked, deadline: neighbour.asked.deadline + byMs };
    }
  }

  #schedule(now: number): void {
    if (this.#parts.neighbours.size === 0) return;
    this.#digestAt = Math.min(this.#digestAt, now + this.#jittered());
  }

  /** Tells some peers, and fewer and fewer as nothing new happens. */
  #round(now: number): void {
    const { options } = this.#parts;
    if (this.#intervalMs < QUICK_MS && now < this.#wholeAt) this.#tellNews(now);
    else this.#tellEverything(now);
    this.#intervalMs = Math.min(this.#intervalMs * 2, options.idleDigestIntervalMs);
    this.#digestAt = Number.POSITIVE_INFINITY;
    if (this.#hasSomething()) this.#schedule(now);
  }

  #tellNews(now: number): void {
    const { holdings, options, random } = this.#parts;
    const streams = holdings.changed(now - NEWS_ROUNDS * this.#intervalMs);
    const { concerned } = this.#sorted(streams);
    for (const neighbour of sample(random, concerned, options.degree)) this.#tell(neighbour, streams, latestOf);
  }

  /** Tells one peer of all that it can pull here, and another one at least what is subscribed here. */
  #tellEverything(now: number): void {
    const { holdings, options, random } = this.#parts;
    this.#wholeAt = now + options.idleDigestIntervalMs;
    const streams = holdings.changed(Number.NEGATIVE_INFINITY);
    const { concerned, others } = this.#sorted(streams);
    for (const neighbour of sample(random, concerned, 1))
      this.#tell(neighbour, streams, (stream) => this.#partOf(stream));
    for (const neighbour of sample(random, others, 1)) this.#tell(neighbour, [], latestOf);
  }

  /** The peers that may want something of these streams, and the others. */
  #sorted(streams: readonly Stream[]): {
    readonly concerned: readonly Neighbour[];
    readonly others: readonly Neighbour[];
  } {
    const dataTypes = [...new Set(streams.map(({ dataType }) => dataType))];
    const concerned: Neighbour[] = [];
    const others: Neighbour[] = [];
    for (const neighbour of this.#parts.neighbours.all()) {
      (dataTypes.some((dataType) => neighbour.wants(dataType)) ? concerned : others).push(neighbour);
    }
    return { concerned, others };
  }

  /**
   * Tells a peer what is subscribed here, and what it can pull of some streams: the ranges of each that `rangesOf` tells, and
   * of some streams at random where they are too many.
   */
  #tell(neighbour: Neighbour, streams: readonly Stream[], rangesOf: (stream: Stream) => readonly Range[]): void {
    const { audience, random, effects } = this.#parts;
    const wanted = streams.filter(({ dataType }) => neighbour.wants(dataType));
    const offers: Extract[] = [];
    for (const stream of sample(random, wanted, MAX_STREAMS)) {
      offers.push(...extractsOf(stream, rangesOf(stream)));
      if (offers.length >= MAX_STREAMS) break;
    }
    const told = offers.slice(0, MAX_STREAMS);
    effects.send({ peer: neighbour.peer }, { kind: "digest", dataTypes: audience.types(), offers: told });
  }

  /** So many ranges of a stream, from anywhere: each is told at some time. */
  #partOf({ offered: { ranges } }: Stream): readonly Range[] {
    if (ranges.length <= MAX_TOLD) return ranges;
    const start = MAX_TOLD * this.#parts.random.below(Math.ceil(ranges.length / MAX_TOLD));
    return ranges.slice(start, start + MAX_TOLD);
  }

  /** The interval, a quarter more or less. */
  #jittered(): number {
    const quarterMs = Math.floor(this.#intervalMs / 4);
    return this.#intervalMs + this.#parts.random.between(-quarterMs, quarterMs);
  }

  #hasSomething(): boolean {
    const { holdings, audience } = this.#parts;
    return holdings.held.notices > 0 || audience.types().length > 0;
  }

  /** Asks for what is missing here: each notice of one peer that offers it, at most one pull of each peer at a time. */
  #pull(now: number): void {
    const { neighbours, random, options, effects, branches } = this.#parts;
    this.#pullAt = Number.POSITIVE_INFINITY;
    for (const neighbour of neighbours.shuffled(random)) {
      if (neighbour.asked !== null && neighbour.asked.deadline <= now) this.#release(neighbour);
      if (neighbour.asked === null) {
        const wanted = this.#wantedOf(neighbour);
        if (wanted.length === 0) continue;
        // It may only bring so much, and what is too much would come in vain.
        const readyAt = neighbour.brings.availableAt(now, this.#maxAsked);
        if (readyAt > now) {
          this.#pullAt = Math.min(this.#pullAt, readyAt);
          continue;
        }
        this.#ask(neighbour, wanted, now + options.pullTimeoutMs);
        const lost = wanted.filter((extract) => this.#isBranchLost(extract));
        const grafted = lost.map(({ dataType }) => branches.of(dataType).graft(neighbour.peer));
        effects.send({ peer: neighbour.peer }, { kind: "pull", graft: grafted.includes(true), wanted });
      }
      this.#pullAt = Math.min(this.#pullAt, neighbour.asked?.deadline ?? Number.POSITIVE_INFINITY);
    }
  }

  /** Whether what is missing of a stream should have been pushed here. */
  #isBranchLost(name: StreamName): boolean {
    // Whoever has to catch up with a stream from its beginning has not lost a branch; those of other networks end there.
    return name.life === NO_LIFE || this.#parts.holdings.stream(name) !== undefined;
  }

  /** Whether something of an offer is subscribed here and has not come. */
  #isMissing(name: StreamName, ranges: readonly Range[]): boolean {
    if (!this.#parts.audience.subscribes(name.dataType)) return false;
    const seen = this.#parts.holdings.stream(name)?.seen;
    return ranges.some((range) => seen === undefined || !seen.covers(range));
  }

  /** What a peer offers that is subscribed here, has not come, and was not asked of anybody. */
  #wantedOf(neighbour: Neighbour): Extract[] {
    const { holdings } = this.#parts;
    const wanted: Extract[] = [];
    let room = this.#maxAsked;
    for (const offer of neighbour.wanted) {
      if (room === 0 || wanted.length === MAX_STREAMS) break;
      const { name, ranges } = offer;
      if (!this.#isMissing(name, ranges)) {
        neighbour.satisfied(offer);
        continue;
      }
      const most = { numbers: room, ranges: (MAX_STREAMS - wanted.length) * MAX_RANGES };
      const missing = missingOf(holdings.stream(name), this.#asked.get(nameOf(name)), ranges, most);
      for (const { first, last } of missing) room -= last - first + 1;
      wanted.push(...extractsOf(name, missing));
    }
    return wanted;
  }

  #ask(neighbour: Neighbour, wanted: readonly Extract[], deadline: number): void {
    neighbour.asked = { wanted, deadline };
    for (const extract of wanted) {
      const asked = this.#asked.get(nameOf(extract)) ?? new SequenceSet(Number.POSITIVE_INFINITY);
      this.#asked.set(nameOf(extract), asked);
      for (const range of extract.ranges) asked.addRange(range);
    }
  }

  /** What a peer was asked for may be asked of others. */
  #release(neighbour: Neighbour): void {
    for (const extract of neighbour.asked?.wanted ?? []) {
      const asked = this.#asked.get(nameOf(extract));
      asked?.removeAll(extract.ranges);
      if (asked?.isEmpty === true) this.#asked.delete(nameOf(extract));
    }
    neighbour.asked = null;
  }
}

/** The latest ranges of what a stream offers: what is new is there. */
function latestOf({ offered: { ranges } }: Stream): readonly Range[] {
  return ranges.slice(-MAX_RANGES);
}

/** Whether it is a range at all: it comes from outside. */
function isRange({ first, last }: Range): boolean {
  return first <= last;
}

/** Ranges of a stream in as many pieces as it takes. They are copied: those of a set change while a message waits to leave. */
function extractsOf({ origin, life, dataType }: StreamName, ranges: readonly Range[]): readonly Extract[] {
  const extracts: Extract[] = [];
  for (let at = 0; at < ranges.length; at += MAX_RANGES) {
    const piece = ranges.slice(at, at + MAX_RANGES).map(({ first, last }) => ({ first, last }));
    extracts.push({ origin, life, dataType, ranges: piece });
  }
  return extracts;
}

/** What of the ranges has not come and was not asked for, lowest first, as far as it is not too much. */
function missingOf(
  stream: Stream | undefined,
  asked: SequenceSet | undefined,
  ranges: readonly Range[],
  most: { readonly numbers: number; readonly ranges: number },
): readonly Range[] {
  const missing: Range[] = [];
  let left = most.numbers;
  for (const range of ranges) {
    const unseen = stream === undefined ? [range] : stream.seen.missing(range);
    for (const gap of unseen.flatMap((part) => asked?.missing(part) ?? [part])) {
      if (left === 0 || missing.length === most.ranges) return missing;
      const last = Math.min(gap.last, gap.first + left - 1);
      missing.push({ first: gap.first, last });
      left -= last - gap.first + 1;
    }
  }
  return missing;
}
