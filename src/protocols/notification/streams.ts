import type { PeerId } from "../../core/peer-id.ts";
import type { Source, Stream } from "./entry.ts";
import { Held } from "./held.ts";
import { type Extract, MAX_RANGES, type Range } from "./message.ts";
import type { Notice } from "./notice.ts";
import { SequenceSet } from "./sequence-set.ts";

/** Streams that are remembered, at most. */
const MAX_REMEMBERED = 4096;

/** Ranges of what has come of a stream that are kept apart, at most. Only hostile peers and heavy loss leave so many gaps. */
const MAX_APART = 256;

/** What share of the streams of the worst source is forgotten at a time: looking for it costs a scan. */
const FORGOTTEN_SHARE = 8;

/** What names a stream. */
export type StreamName = Pick<Notice, "origin" | "life" | "dataType">;

/**
 * What has come of each stream: a notice comes once. Only so many streams are remembered; of a forgotten one nothing is
 * taken any more that is not younger, by its Lamport time, than the latest that was forgotten, not even when the stream is
 * known again: so a replay fools nobody.
 */
export class Streams {
  readonly #byOrigin = new Map<PeerId, Map<number, Stream>>();
  readonly #all = new Set<Stream>();
  /** Nothing was forgotten yet; whoever has heard of nobody announces at Lamport time 0. */
  #floor = Number.NEGATIVE_INFINITY;
  #latest: Stream | undefined;

  /** Whether something may have come before its stream was forgotten: a notice is taken only where it is younger. */
  isTooOld(notice: Notice): boolean {
    return notice.lamport <= (this.find(notice)?.floor ?? this.#floor);
  }

  find(name: StreamName): Stream | undefined {
    const latest = this.#latest;
    // Notices of one stream come in batches.
    if (latest !== undefined && isOf(latest, name)) return latest;
    const found = this.#byOrigin.get(name.origin)?.get(keyOf(name));
    if (found !== undefined) this.#latest = found;
    return found;
  }

  /** Remembers one more stream. */
  add({ origin, life, dataType }: StreamName, source: Source, now: number): Stream {
    if (this.#all.size >= MAX_REMEMBERED) this.#makeRoom();
    const stream: Stream = {
      key: nameOf({ origin, life, dataType }),
      origin,
      life,
      dataType,
      source,
      floor: this.#floor,
      seen: new SequenceSet(MAX_APART),
      held: new Held(),
      // As exact as the cache is large: what it told too much would be pulled in vain, or against a TTL.
      offered: new SequenceSet(Number.POSITIVE_INFINITY),
      lamport: 0,
      arrivedAt: now,
      changedAt: now,
    };
    const ofOrigin = this.#byOrigin.get(origin) ?? new Map<number, Stream>();
    this.#byOrigin.set(origin, ofOrigin.set(keyOf(stream), stream));
    this.#all.add(stream);
    return stream;
  }

  all(): IterableIterator<Stream> {
    return this.#all.values();
  }

  /** Forgets those that have been quiet longest, of the source that has brought the most. */
  #makeRoom(): void {
    const bySource = new Map<Source, Stream[]>();
    for (const stream of this.#all) {
      const streams = bySource.get(stream.source) ?? [];
      streams.push(stream);
      bySource.set(stream.source, streams);
    }
    let worst: Stream[] = [];
    for (const streams of bySource.values()) if (streams.length > worst.length) worst = streams;
    worst.sort((a, b) => a.changedAt - b.changedAt);
    for (const stream of worst.slice(0, Math.ceil(worst.length / FORGOTTEN_SHARE))) this.#drop(stream);
  }

  #drop(stream: Stream): void {
    this.#floor = Math.max(this.#floor, stream.lamport);
    const ofOrigin = this.#byOrigin.get(stream.origin);
    ofOrigin?.delete(keyOf(stream));
    if (ofOrigin?.size === 0) this.#byOrigin.delete(stream.origin);
    this.#all.delete(stream);
    this.#latest = undefined;
  }
}

/** A stream's name as a key. */
export function nameOf({ origin, life, dataType }: StreamName): string {
  return `${origin} ${life} ${dataType}`;
}

/** Ranges of a stream in as many pieces as it takes. They are copied: those of a set change while a message waits to leave. */
export function extractsOf({ origin, life, dataType }: StreamName, ranges: readonly Range[]): readonly Extract[] {
  const extracts: Extract[] = [];
  for (let at = 0; at < ranges.length; at += MAX_RANGES) {
    const piece = ranges.slice(at, at + MAX_RANGES).map(({ first, last }) => ({ first, last }));
    extracts.push({ origin, life, dataType, ranges: piece });
  }
  return extracts;
}

function isOf(stream: Stream, { origin, life, dataType }: StreamName): boolean {
  return stream.dataType === dataType && stream.life === life && stream.origin === origin;
}

function keyOf({ life, dataType }: StreamName): number {
  return life * 0x10000 + dataType;
}
