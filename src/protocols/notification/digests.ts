import { assert } from "../../core/assert.ts";
import { jittered, sample } from "../../core/random.ts";
import type { Stream } from "./entry.ts";
import { type Extract, MAX_RANGES, MAX_STREAMS, type Range } from "./message.ts";
import type { Neighbour } from "./neighbours.ts";
import type { Parts } from "./parts.ts";
import { extractsOf } from "./streams.ts";

/** Ranges of one stream that a digest of everything tells, at most: if there are more, one part of them at random. */
const MAX_TOLD = 1024;

/** A stream is news for so many rounds of digests; then only digests of everything tell of it. */
const NEWS_ROUNDS = 8;

/** While digests follow each other faster than this, they tell of what is new. */
const QUICK_MS = 1000;

/**
 * Tells random peers what is held here, so that they pull what they miss ("lazy push" of Plumtree, 2007, section 3.3; here a
 * digest names ranges and no single notices): news soon, to some of those whom it concerns, and everything now and then.
 */
export class Digests {
  readonly #parts: Parts;
  /** When the next ones are due. */
  #deadline = Number.POSITIVE_INFINITY;
  #intervalMs: number;
  /** When somebody is to be told of everything again, whatever news there is. */
  #wholeAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    assert(parts.options.digestIntervalMs > 0, "digests that follow each other without end");
    this.#parts = parts;
    this.#intervalMs = parts.options.idleDigestIntervalMs;
  }

  get deadline(): number {
    return this.#deadline;
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

  /** Tells what is due. */
  wake(now: number): void {
    if (now >= this.#deadline) this.#round(now);
  }

  /** Tells a peer what it can pull of types that it has not subscribed before. */
  offer(neighbour: Neighbour, dataTypes: ReadonlySet<number>, now: number): void {
    const streams = this.#parts.holdings
      .changed(Number.NEGATIVE_INFINITY)
      .filter((each) => dataTypes.has(each.dataType));
    // Whoever subscribes again and again has to wait for the next digest.
    if (streams.length > 0 && neighbour.pulls.take(now)) this.#tell(neighbour, streams, this.#partOf);
  }

  #schedule(now: number): void {
    if (this.#parts.neighbours.size === 0) return;
    this.#deadline = Math.min(this.#deadline, now + jittered(this.#parts.random, this.#intervalMs));
  }

  /** Tells some peers, and fewer and fewer as nothing new happens. */
  #round(now: number): void {
    const { options } = this.#parts;
    if (this.#intervalMs < QUICK_MS && now < this.#wholeAt) this.#tellNews(now);
    else this.#tellEverything(now);
    this.#intervalMs = Math.min(this.#intervalMs * 2, options.idleDigestIntervalMs);
    this.#deadline = Number.POSITIVE_INFINITY;
    if (this.#hasSomething()) this.#schedule(now);
  }

  /** Tells some of those whom it concerns of what is new. */
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
    for (const neighbour of sample(random, concerned, 1)) this.#tell(neighbour, streams, this.#partOf);
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
  readonly #partOf = ({ offered: { ranges } }: Stream): readonly Range[] => {
    if (ranges.length <= MAX_TOLD) return ranges;
    const start = MAX_TOLD * this.#parts.random.below(Math.ceil(ranges.length / MAX_TOLD));
    return ranges.slice(start, start + MAX_TOLD);
  };

  #hasSomething(): boolean {
    const { holdings, audience } = this.#parts;
    return holdings.held.notices > 0 || audience.types().length > 0;
  }
}

/** The latest ranges of what a stream offers: what is new is there. */
function latestOf({ offered: { ranges } }: Stream): readonly Range[] {
  return ranges.slice(-MAX_RANGES);
}
