import type { PeerEvent } from "../peer/peer-event.ts";

/** An event with its place in the order in which this screen heard of it, from 1 up. */
export interface Entry {
  readonly sequence: number;
  readonly told: PeerEvent;
}

/** Events that are kept of each kind, routine and not. */
const KEPT = 500;

/** What the timeline shows: the latest events, and apart from them the latest that are news. */
export class TimelineStore {
  readonly #all: Entry[] = [];
  readonly #news: Entry[] = [];
  #sequence = 0;

  /** Adds the newest event. */
  add(told: PeerEvent): void {
    const entry = { sequence: ++this.#sequence, told };
    keep(this.#all, entry);
    if (!told.routine) keep(this.#news, entry);
  }

  /** Oldest first; without `routine` only those that are news, of which older ones are still known. */
  entries(routine: boolean): readonly Entry[] {
    return routine ? this.#all : this.#news;
  }

  /** The entry with a sequence number, if it is still known. */
  find(sequence: number): Entry | undefined {
    const same = (entry: Entry) => entry.sequence === sequence;
    return this.#news.find(same) ?? this.#all.find(same);
  }

  /** The latest event of one of these kinds. */
  latest(kinds: readonly string[]): PeerEvent | undefined {
    return this.#news.findLast((entry) => kinds.includes(entry.told.event.kind))?.told;
  }
}

function keep(entries: Entry[], entry: Entry): void {
  entries.push(entry);
  if (entries.length > KEPT) entries.shift();
}
