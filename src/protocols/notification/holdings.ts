import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Cache } from "./cache.ts";
import { bytesOf, type Entry, noteHolder, type Source, type Stream } from "./entry.ts";
import type { Extract, Range } from "./message.ts";
import type { Notice } from "./notice.ts";
import { type StreamName, Streams } from "./streams.ts";
import type { Tally } from "./tally.ts";

/** What a pull may bring at once; the rest is pulled again. */
const MAX_PULLED_NOTICES = 1024;
const MAX_PULLED_BYTES = 256 * 1024;

/** What this peer knows of notices: which have come, and those that are held for others. */
export class Holdings {
  readonly #tally: Tally;
  readonly #streams = new Streams();
  readonly #cache: Cache;

  constructor(limits: { readonly notices: number; readonly bytes: number }, tally: Tally) {
    this.#tally = tally;
    this.#cache = new Cache(limits, (entry) => {
      tally.evicted += 1;
      entry.stream.offered.remove(entry.notice.sequence);
    });
  }

  /** Notices held, and their bytes. */
  get held(): { readonly notices: number; readonly bytes: number } {
    return { notices: this.#cache.notices, bytes: this.#cache.bytes };
  }

  stream(name: StreamName): Stream | undefined {
    return this.#streams.find(name);
  }

  /** Whether a notice is so old that it may have come before its stream was forgotten. */
  isTooOld(notice: Notice): boolean {
    return this.#streams.isTooOld(notice);
  }

  /** A notice that has not come before; from now on it has. */
  meet(notice: Notice, source: Source, now: number): Entry {
    const stream = this.#streams.find(notice) ?? this.#streams.add(notice, source, now);
    const isNew = stream.seen.add(notice.sequence);
    assert(isNew, "a notice is met once");
    stream.arrivedAt = now;
    stream.lamport = Math.max(stream.lamport, notice.lamport);
    return {
      notice,
      stream,
      source,
      firstSeenAt: now,
      state: "pending",
      waiting: 0,
      onwardTtl: null,
      duplicates: 0,
      sentTo: 0,
      holders: null,
    };
  }

  /** Holds an accepted entry, and offers it to others unless it goes no further. */
  hold(entry: Entry, onwardTtl: number | null, now: number): void {
    const { stream, notice } = entry;
    entry.state = "accepted";
    entry.onwardTtl = onwardTtl;
    stream.changedAt = now;
    this.#cache.add(entry);
    // Adding it may have cost it its place, where it is too large for all that may be held.
    if (onwardTtl !== null && stream.held.get(notice.sequence) === entry) stream.offered.add(notice.sequence);
  }

  /** Streams of which something can be pulled here, and that changed at `since` or later. */
  changed(since: number): readonly Stream[] {
    const streams: Stream[] = [];
    for (const stream of this.#streams.all()) {
      if (stream.changedAt >= since && !stream.offered.isEmpty) streams.push(stream);
    }
    return streams;
  }

  /** Entries that somebody wants, oldest first in each stream; `more`: there are others. */
  collect(wanted: readonly Extract[]): { readonly entries: readonly Entry[]; readonly more: boolean } {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#wanted(wanted)) {
      bytes += bytesOf(entry.notice);
      if (entries.length === MAX_PULLED_NOTICES || (bytes > MAX_PULLED_BYTES && entries.length > 0)) {
        return { entries, more: true };
      }
      entries.push(entry);
    }
    return { entries, more: false };
  }

  /** A copy of a notice that has come before. */
  repeat(stream: Stream, notice: Notice, source: PeerId): void {
    this.#tally.duplicates += 1;
    const entry = stream.held.get(notice.sequence);
    if (entry === undefined) return;
    entry.duplicates += 1;
    noteHolder(entry, source);
  }

  *#wanted(wanted: readonly Extract[]): IterableIterator<Entry> {
    for (const extract of wanted) {
      const stream = this.#streams.find(extract);
      if (stream === undefined) continue;
      for (const range of extract.ranges) yield* heldIn(stream, range);
    }
  }
}

function* heldIn(stream: Stream, range: Range): IterableIterator<Entry> {
  for (const { first, last } of stream.offered.within(range)) {
    for (let sequence = first; sequence <= last; sequence++) {
      const entry = stream.held.get(sequence);
      if (entry !== undefined) yield entry;
    }
  }
}
