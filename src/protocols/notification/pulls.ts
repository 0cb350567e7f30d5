import { copyOf, noteHolder, type Stream } from "./entry.ts";
import { NO_LIFE } from "./foreign-name.ts";
import { type Extract, MAX_RANGES, MAX_STREAMS, type Range } from "./message.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Parts } from "./parts.ts";
import { SequenceSet } from "./sequence-set.ts";
import { extractsOf, nameOf, type StreamName } from "./streams.ts";

/** Notices that one pull asks for, at most. */
const MAX_ASKED = 1024;

/**
 * Repairs what loss, partitions and lateness cost: whoever misses what others offer for longer than it takes a push to come
 * pulls it, and becomes a branch of the tree there (GRAFT of Plumtree, 2007, section 3.4).
 */
export class Pulls {
  readonly #parts: Parts;
  /** Notices that one pull asks for, at most: no more than a peer may bring. */
  readonly #maxAsked: number;
  /** What a pull from somebody is to bring, by stream. */
  readonly #asked = new Map<string, SequenceSet>();
  /** When to look for what is missing. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#maxAsked = Math.min(MAX_ASKED, parts.options.peerRate.burst);
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** Asks for what is due. */
  wake(now: number): void {
    if (now >= this.#deadline) this.#pull(now);
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
    if (isAnyMissing) this.#deadline = Math.min(this.#deadline, now + this.#parts.options.digestIntervalMs);
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
    this.#deadline = now;
  }

  /** A peer is linked no more: others may have what it was asked for. */
  lose(neighbour: Neighbour, now: number): void {
    if (neighbour.asked === null) return;
    this.#release(neighbour);
    this.#deadline = now;
  }

  /** This process stood still: nobody had a chance to answer. */
  postpone(byMs: number): void {
    for (const neighbour of this.#parts.neighbours.all()) {
      if (neighbour.asked !== null) neighbour.asked = { ...neighbour.asked, deadline: neighbour.asked.deadline + byMs };
    }
  }

  /** Asks for what is missing here: each notice of one peer that offers it, at most one pull of each peer at a time. */
  #pull(now: number): void {
    const { neighbours, random, options, effects, branches } = this.#parts;
    this.#deadline = Number.POSITIVE_INFINITY;
    for (const neighbour of neighbours.shuffled(random)) {
      if (neighbour.asked !== null && neighbour.asked.deadline <= now) this.#release(neighbour);
      if (neighbour.asked === null) {
        const wanted = this.#wantedOf(neighbour, now);
        if (wanted.length === 0) continue;
        // It may only bring so much, and what is too much would come in vain.
        const readyAt = neighbour.brings.availableAt(now, this.#maxAsked);
        if (readyAt > now) {
          this.#deadline = Math.min(this.#deadline, readyAt);
          continue;
        }
        this.#ask(neighbour, wanted, now + options.pullTimeoutMs);
        const lost = wanted.filter((extract) => this.#isBranchLost(extract));
        const grafted = lost.map(({ dataType }) => branches.of(dataType).graft(neighbour.peer));
        effects.send({ peer: neighbour.peer }, { kind: "pull", graft: grafted.includes(true), wanted });
      }
      this.#deadline = Math.min(this.#deadline, neighbour.asked?.deadline ?? Number.POSITIVE_INFINITY);
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
  #wantedOf(neighbour: Neighbour, now: number): Extract[] {
    const { holdings, options } = this.#parts;
    const wanted: Extract[] = [];
    let room = this.#maxAsked;
    for (const offer of neighbour.wanted) {
      if (room === 0 || wanted.length === MAX_STREAMS) break;
      const { name, ranges } = offer;
      if (!this.#isMissing(name, ranges)) {
        neighbour.satisfied(offer);
        continue;
      }
      const stream = holdings.stream(name);
      const comesAt = (stream?.arrivedAt ?? Number.NEGATIVE_INFINITY) + options.digestIntervalMs;
      // While notices of it keep coming, those that follow are on their way.
      const upTo = comesAt > now ? (stream?.seen.last ?? 0) : Number.POSITIVE_INFINITY;
      if (comesAt > now) this.#deadline = Math.min(this.#deadline, comesAt);
      const most = { numbers: room, ranges: (MAX_STREAMS - wanted.length) * MAX_RANGES, upTo };
      const missing = missingOf(stream, this.#asked.get(nameOf(name)), ranges, most);
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

/** Whether it is a range at all: it comes from outside. */
function isRange({ first, last }: Range): boolean {
  return first <= last;
}

/** What of the ranges has not come and was not asked for, lowest first, as far as it is not too much nor above `upTo`. */
function missingOf(
  stream: Stream | undefined,
  asked: SequenceSet | undefined,
  ranges: readonly Range[],
  most: { readonly numbers: number; readonly ranges: number; readonly upTo: number },
): readonly Range[] {
  const missing: Range[] = [];
  let left = most.numbers;
  for (const range of ranges) {
    const unseen = stream === undefined ? [range] : stream.seen.missing(range);
    for (const gap of unseen.flatMap((part) => asked?.missing(part) ?? [part])) {
      if (left === 0 || missing.length === most.ranges || gap.first > most.upTo) return missing;
      const last = Math.min(gap.last, most.upTo, gap.first + left - 1);
      missing.push({ first: gap.first, last });
      left -= last - gap.first + 1;
    }
  }
  return missing;
}
