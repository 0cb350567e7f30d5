import type { PeerId } from "../../core/peer-id.ts";
import { type Random, sample } from "../../core/random.ts";
import { TokenBucket } from "../../core/token-bucket.ts";
import { bytesOf } from "./entry.ts";
import type { Extract, Range, Rate } from "./message.ts";
import type { Notice } from "./notice.ts";
import { SequenceSet } from "./sequence-set.ts";
import { nameOf, type StreamName } from "./streams.ts";

/** What a notice counts for at least where it is under way: programs have to answer the smallest as well. */
const LEAST_WEIGHT_BYTES = 512;

/** Streams of which it is remembered what a peer offers, at most. */
const MAX_KNOWN = 2048;

/** Pulls and subscriptions of a peer that are answered by what there is: a second, and at once. */
const PULL_RATE: Rate = { perSecond: 100, burst: 100 };

/**
 * Streams that a peer may be the first to bring: a second, and at once. Few, for each may cost another one its place, and
 * what was forgotten draws the line for all that is older.
 */
const STREAM_RATE: Rate = { perSecond: 20, burst: 1024 };

/** Interests, digests and prunes that a peer may say: a second, and at once. */
const GUIDANCE_RATE: Rate = { perSecond: 1000, burst: 1000 };

/** How often a peer is told again what is subscribed here because it pushes something else: a second, and at once. */
const REMINDER_RATE: Rate = { perSecond: 1, burst: 1 };

/** What a peer offers of a stream. */
export interface Offer {
  readonly name: StreamName;
  ranges: readonly Range[];
}

/** What a peer was asked for. */
interface Pull {
  readonly wanted: readonly Extract[];
  readonly deadline: number;
}

/** One linked peer, as far as it concerns notices. */
export class Neighbour {
  readonly peer: PeerId;
  /** What it may push, and what it may bring when it is asked; and how many streams that were not known here. */
  readonly pushes: TokenBucket;
  readonly brings: TokenBucket;
  readonly streams: TokenBucket;
  /** How much it may be told because it asks, and what else it may say. */
  readonly pulls: TokenBucket;
  readonly guidance: TokenBucket;
  /** How often it is told again what is subscribed here. */
  readonly reminders: TokenBucket;
  /** The data types that it subscribes; null as long as it has not told. */
  interests: ReadonlySet<number> | null = null;
  /** What we have asked it for and it has not sent yet. */
  asked: Pull | null = null;
  readonly #windowBytes: number;
  readonly #offers = new Map<string, Offer>();
  /** Those offers of which something is missing here, as far as it is known. */
  readonly #wanted = new Set<Offer>();
  /** Bytes that we have pushed, and those of them that it has confirmed. */
  #pushed = 0;
  #confirmed = 0;
  /** Since when it has owed us more than the window; Infinity while it does not. */
  #behindSince = Number.POSITIVE_INFINITY;
  /** Whether it has confirmed nothing since what it owed us was given up. */
  #isSilent = false;
  /** Bytes that it has pushed, and those of them that we have confirmed. */
  #came = 0;
  #told = 0;

  constructor(peer: PeerId, limits: { readonly windowBytes: number; readonly notices: Rate }, now: number) {
    this.peer = peer;
    this.#windowBytes = limits.windowBytes;
    this.pushes = new TokenBucket(limits.notices, now);
    this.brings = new TokenBucket(limits.notices, now);
    this.streams = new TokenBucket(STREAM_RATE, now);
    this.pulls = new TokenBucket(PULL_RATE, now);
    this.reminders = new TokenBucket(REMINDER_RATE, now);
    this.guidance = new TokenBucket(GUIDANCE_RATE, now);
  }

  /** Whether it may want notices of a type. */
  wants(dataType: number): boolean {
    return this.interests?.has(dataType) ?? false;
  }

  /** Whether more than the window is under way to it. */
  get isBehind(): boolean {
    return this.#behindSince !== Number.POSITIVE_INFINITY;
  }

  /** Whether it is not worth waiting for: it has confirmed nothing since what it owed us was given up. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  get behindSince(): number {
    return this.#behindSince;
  }

  /** Gives it more time to confirm. */
  postpone(byMs: number): void {
    this.#behindSince += byMs;
  }

  /** Counts what is pushed to it now; the offset that the message bears. */
  push(notices: readonly Notice[], now: number): number {
    const offset = this.#pushed;
    this.#pushed += weightOf(notices);
    if (this.#pushed - this.#confirmed > this.#windowBytes && !this.isBehind) this.#behindSince = now;
    return offset;
  }

  /** It has confirmed what was pushed up to an offset. */
  confirm(offset: number): void {
    this.#isSilent = false;
    this.#confirmed = Math.max(this.#confirmed, Math.min(offset, this.#pushed));
    if (this.#pushed - this.#confirmed <= this.#windowBytes) this.#behindSince = Number.POSITIVE_INFINITY;
  }

  /** What is under way may be lost: begin anew, so that a lost confirmation does not silence us for ever. */
  startOver(): void {
    this.confirm(this.#pushed);
    this.#isSilent = true;
  }

  /** It has pushed these; `offset` tells what was lost before them. */
  came(offset: number, notices: readonly Notice[]): void {
    this.#came = offset + weightOf(notices);
  }

  /** The offset to confirm, where enough has come since the last one; else undefined. */
  confirmation(): number | undefined {
    if (Math.abs(this.#came - this.#told) < this.#windowBytes / 8) return undefined;
    this.#told = this.#came;
    return this.#came;
  }

  /** It offers these ranges of the stream with that key, and no others of it. */
  offer(key: string, { origin, life, dataType }: StreamName, ranges: readonly Range[]): void {
    const known = this.#offers.get(key);
    if (known !== undefined) {
      known.ranges = ranges;
      return;
    }
    if (this.#offers.size >= MAX_KNOWN) {
      const [oldest] = this.#offers.keys();
      if (oldest !== undefined) this.#forget(oldest);
    }
    this.#offers.set(key, { name: { origin, life, dataType }, ranges });
  }

  /** It offers these as well. */
  offerMore(key: string, ranges: readonly Range[]): void {
    const offer = this.#offers.get(key);
    if (offer !== undefined) offer.ranges = [...offer.ranges, ...ranges];
  }

  /** Some of what it offers of a stream is missing here. */
  want(key: string): void {
    const offer = this.#offers.get(key);
    if (offer !== undefined) this.#wanted.add(offer);
  }

  /** What it was asked for did not come with the answer, so it has it no more. */
  withdraw(wanted: readonly Extract[]): void {
    for (const extract of wanted) {
      const offer = this.#offers.get(nameOf(extract));
      if (offer === undefined) continue;
      const gone = new SequenceSet(Number.POSITIVE_INFINITY);
      for (const range of extract.ranges) gone.addRange(range);
      offer.ranges = offer.ranges.flatMap((range) => gone.missing(range));
    }
  }

  /** It has brought nothing of what it offered: nothing that it offers of these streams is believed any more. */
  disbelieve(wanted: readonly Extract[]): void {
    for (const extract of wanted) this.#forget(nameOf(extract));
  }

  /** Its offers of which something is missing here, as far as it is known. */
  get wanted(): IterableIterator<Offer> {
    return this.#wanted.values();
  }

  /** Nothing of an offer is missing here any more. */
  satisfied(offer: Offer): void {
    this.#wanted.delete(offer);
  }

  /** Whether it has told that it holds a notice of the stream with that key. */
  holds(key: string, sequence: number): boolean {
    const offer = this.#offers.get(key);
    return offer?.ranges.some(({ first, last }) => first <= sequence && sequence <= last) ?? false;
  }

  #forget(key: string): void {
    const offer = this.#offers.get(key);
    if (offer === undefined) return;
    this.#offers.delete(key);
    this.#wanted.delete(offer);
  }
}

/** What notices count for where they are under way. */
function weightOf(notices: readonly Notice[]): number {
  let bytes = 0;
  for (const notice of notices) bytes += Math.max(bytesOf(notice), LEAST_WEIGHT_BYTES);
  return bytes;
}

/** The linked peers. */
export class Neighbours {
  readonly #known = new Map<PeerId, Neighbour>();

  get(peer: PeerId): Neighbour | undefined {
    return this.#known.get(peer);
  }

  get size(): number {
    return this.#known.size;
  }

  all(): IterableIterator<Neighbour> {
    return this.#known.values();
  }

  add(neighbour: Neighbour): void {
    this.#known.set(neighbour.peer, neighbour);
  }

  delete(peer: PeerId): void {
    this.#known.delete(peer);
  }

  /** Those that subscribe a type. */
  whoWant(dataType: number): readonly PeerId[] {
    return [...this.#known.values()].filter((neighbour) => neighbour.wants(dataType)).map(({ peer }) => peer);
  }

  /** All of them, in random order. */
  shuffled(random: Random): readonly Neighbour[] {
    return sample(random, [...this.#known.values()], this.#known.size);
  }
}
