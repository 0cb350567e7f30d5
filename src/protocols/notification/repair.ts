import { sample } from "../../core/random.ts";
import { copyOf, noteHolder, type Stream } from "./entry.ts";
import { type Extract, MAX_RANGES, MAX_STREAMS, type Range } from "./message.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Parts } from "./parts.ts";
import { SequenceSet } from "./sequence-set.ts";
import { nameOf, type StreamName } from "./streams.ts";

/** Notices that one pull asks for, at most. */
const MAX_ASKED = 1024;

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
  /** What a pull from somebody is to bring, by stream. */
  readonly #asked = new Map<string, SequenceSet>();
  /** When to look for what is missing. */
  #pullAt = Number.POSITIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#intervalMs = parts.options.idleDigestIntervalMs;
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
    const streams = this.#parts.holdings.changed(Number.NEGATIVE_INFINITY).filter((each) => dataTypes.has(each.dataType));
    // Whoever subscribes again and again has to wait for the next digest.
    if (streams.length > 0 && neighbour.pulls.take(now)) this.#tell(neighbour, streams);
  }

  /** A peer has told what it holds. */
  hear(neighbour: Neighbour, offers: readonly Extract[], now: number): void {
    let isAnyMissing = false;
    for (const extract of offers) {
      const isMissing = this.#isMissing(extract, extract.ranges);
      neighbour.offer(extract, isMissing);
      isAnyMissing ||= isMissing;
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
    if (fresh === 0) return neighbour.disbelieve(asked.wanted);
    // What has not come though it was asked for is there no more.
    if (!more) neighbour.withdraw(asked.wanted);
    if (this.#wantedOf(neighbour).length > 0) this.#pullAt = now;
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
    const { neighbours, random, options } = this.#parts;
    const isQuick = this.#intervalMs < QUICK_MS;
    const since = isQuick ? now - NEWS_ROUNDS * this.#intervalMs : Number.NEGATIVE_INFINITY;
    const streams = this.#parts.holdings.changed(since);
    for (const neighbour of neighbours.some(random, isQuick ? options.degree : 1)) this.#tell(neighbour, streams);
    this.#intervalMs = Math.min(this.#intervalMs * 2, options.idleDigestIntervalMs);
    this.#digestAt = Number.POSITIVE_INFINITY;
    if (this.#hasSomething()) this.#schedule(now);
  }

  /** Tells a peer what is subscribed here, and what it can pull of some streams: of a part where they are too many. */
  #tell(neighbour: Neighbour, streams: readonly Stream[]): void {
    const { audience, random, effects } = this.#parts;
    const wanted = streams.filter(({ dataType }) => neighbour.wants(dataType));
    const told = wanted.length > MAX_STREAMS ? sample(random, wanted, MAX_STREAMS) : wanted;
    effects.send({ peer: neighbour.peer }, { kind: "digest", dataTypes: audience.types(), offers: told.map(offerOf) });
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
    for (const neighbour of neighbours.some(random, neighbours.size)) {
      if (neighbour.asked !== null && neighbour.asked.deadline <= now) this.#release(neighbour);
      if (neighbour.asked === null) {
        const wanted = this.#wantedOf(neighbour);
        if (wanted.length === 0) continue;
        this.#ask(neighbour, wanted, now + options.pullTimeoutMs);
        // Whoever has to catch up with a stream from its beginning has not lost a branch.
        const known = wanted.filter((extract) => this.#parts.holdings.stream(extract)?.seen.isEmpty === false);
        const grafted = known.map(({ dataType }) => branches.of(dataType).graft(neighbour.peer));
        effects.send({ peer: neighbour.peer }, { kind: "pull", graft: grafted.includes(true), wanted });
      }
      this.#pullAt = Math.min(this.#pullAt, neighbour.asked?.deadline ?? Number.POSITIVE_INFINITY);
    }
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
    let room = MAX_ASKED;
    for (const offer of neighbour.wanted) {
      if (room === 0 || wanted.length === MAX_STREAMS) break;
      const { name, ranges } = offer;
      if (!this.#isMissing(name, ranges.ranges)) {
        neighbour.satisfied(offer);
        continue;
      }
      const missing = missingOf(holdings.stream(name), this.#asked.get(nameOf(name)), ranges.ranges, room);
      for (const { first, last } of missing) room -= last - first + 1;
      if (missing.length > 0) wanted.push({ ...name, ranges: missing });
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

/** The latest ranges of what a stream holds, as they are: they change while the message waits to leave. */
function offerOf({ origin, life, dataType, offered }: Stream): Extract {
  const ranges = offered.ranges.slice(-MAX_RANGES).map(({ first, last }) => ({ first, last }));
  return { origin, life, dataType, ranges };
}

/** What of the ranges has not come and was not asked for: `room` numbers at most, in as many ranges as a pull names. */
function missingOf(
  stream: Stream | undefined,
  asked: SequenceSet | undefined,
  ranges: readonly Range[],
  room: number,
): readonly Range[] {
  const missing: Range[] = [];
  let left = room;
  for (const range of ranges) {
    const unseen = stream === undefined ? [range] : stream.seen.missing(range);
    for (const gap of unseen.flatMap((part) => asked?.missing(part) ?? [part])) {
      if (left === 0 || missing.length === MAX_RANGES) return missing;
      const last = Math.min(gap.last, gap.first + left - 1);
      missing.push({ first: gap.first, last });
      left -= last - gap.first + 1;
    }
  }
  return missing;
}
