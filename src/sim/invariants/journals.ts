import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import type { Watch } from "./invariant.ts";
import type { Life } from "./life.ts";

/** What a run of records says, taken one after another. */
export interface Fold<State> {
  /** What no records say. */
  fresh(): State;
  /** Takes one more record, of whatever protocol. */
  apply(state: State, record: AnyRecord): void;
}

/** What one life has made of its journal. */
export interface Journal<State> {
  /** All records that it began with or handed to its disk. */
  readonly held: State;
  /** Those that are on its disk for sure: whatever a crash leaves is at least that. */
  readonly saved: State;
  /** Saves that the disk has not reported, oldest first; after a crash each may be there or not. */
  readonly underWay: readonly { readonly records: readonly AnyRecord[]; readonly token: number }[];
}

type Open<State> = Journal<State> & { underWay: Journal<State>["underWay"] };

/** The journals of all peers as one fold of their records. A watch to put before those that ask it. */
export class Journals<State> implements Watch {
  readonly #fold: Fold<State>;
  readonly #journals = new Map<PeerId, Open<State>>();
  readonly #earlier = new Map<PeerId, Journal<State>>();

  constructor(fold: Fold<State>) {
    this.#fold = fold;
  }

  /** The journal of a life that has begun. */
  of(life: Life): Journal<State> {
    return this.#of(life);
  }

  /** The journal of the latest life of a peer; undefined where none has begun. */
  ofPeer(peer: PeerId): Journal<State> | undefined {
    return this.#journals.get(peer);
  }

  /** The journal of the life before, as the crash left it; undefined in a first one. */
  before(life: Life): Journal<State> | undefined {
    return this.#earlier.get(life.id);
  }

  began(life: Life, records: readonly AnyRecord[]): void {
    const earlier = this.#journals.get(life.id);
    if (earlier !== undefined) this.#earlier.set(life.id, earlier);
    const journal: Open<State> = { held: this.#fold.fresh(), saved: this.#fold.fresh(), underWay: [] };
    this.#journals.set(life.id, journal);
    this.#apply(journal.held, records);
    this.#apply(journal.saved, records);
  }

  saving(life: Life, records: readonly AnyRecord[], token: number): void {
    const journal = this.#of(life);
    this.#apply(journal.held, records);
    journal.underWay = [...journal.underWay, { records, token }];
  }

  saved(life: Life, upTo: number): void {
    const journal = this.#of(life);
    for (const { records, token } of journal.underWay) if (token <= upTo) this.#apply(journal.saved, records);
    journal.underWay = journal.underWay.filter(({ token }) => token > upTo);
  }

  #apply(state: State, records: readonly AnyRecord[]): void {
    for (const record of records) this.#fold.apply(state, record);
  }

  #of(life: Life): Open<State> {
    const journal = this.#journals.get(life.id);
    assert(journal !== undefined, "a life begins before anything else is seen of it");
    return journal;
  }
}
