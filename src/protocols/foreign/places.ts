import { type Address, isUsable } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";
import { type Random, sample } from "../../core/random.ts";
import { Place } from "./place.ts";

/** Addresses known at a time. */
const MAX_PLACES = 256;

/** New addresses that are learnt from one message. */
const MAX_LEARNT = 32;

/** Whoever does not answer so often in a row is forgotten, the bootstrapper apart. */
const MAX_FAILURES = 5;

/** The addresses of the other network that are known. None of them is believed: it has to answer. */
export class Places {
  readonly #own: Address;
  readonly #bootstrapper: Address | null;
  readonly #random: Random;
  readonly #places = new Map<Address, Place>();
  readonly #bySession = new Map<SessionId, Place>();

  constructor(own: Address, bootstrapper: Address | null, random: Random, now: number) {
    this.#own = own;
    this.#bootstrapper = bootstrapper;
    this.#random = random;
    if (bootstrapper !== null) this.learn([bootstrapper], now);
  }

  get size(): number {
    return this.#places.size;
  }

  /** Those to which there is a connection, or is about to be. */
  get busy(): readonly Place[] {
    return [...this.#bySession.values()];
  }

  get neighbours(): readonly Place[] {
    return this.busy.filter(({ state }) => state === "neighbour");
  }

  /** Who is at the other end of a connection that we dialled. */
  on(session: SessionId): Place | undefined {
    return this.#bySession.get(session);
  }

  /** Takes in addresses that somebody told; how many of them were refused. */
  learn(addresses: readonly Address[], now: number): number {
    let learnt = 0;
    let refused = 0;
    for (const address of new Set(addresses)) {
      if (address === this.#own || this.#places.has(address)) continue;
      if (!isUsable(address) || learnt === MAX_LEARNT || !this.#makeRoom()) {
        refused += 1;
        continue;
      }
      learnt += 1;
      this.#places.set(address, new Place(address, this.#random, now));
    }
    return refused;
  }

  /** When a place that waits may be dialled. */
  get nextDialAt(): number {
    return this.#earliest(({ state }) => state === "waiting");
  }

  /** When the first of those we deal with is late. */
  get nextLateAt(): number {
    return this.#earliest(({ state }) => state !== "waiting");
  }

  /** Up to `count` that may be dialled, at random: nobody is favoured for having been told of more often. */
  due(count: number, now: number): readonly Place[] {
    const due = [...this.#places.values()].filter(({ state, deadline }) => state === "waiting" && deadline <= now);
    return sample(this.#random, due, count);
  }

  /** Those of whom something was due by now that has not come. */
  late(now: number): readonly Place[] {
    return this.busy.filter(({ deadline }) => deadline <= now);
  }

  dial(place: Place, session: SessionId, deadline: number): void {
    place.dial(session, deadline);
    this.#bySession.set(session, place);
  }

  /** A connection is gone: its place waits, or is forgotten. */
  lose(place: Place, now: number): void {
    if (place.session !== null) this.#bySession.delete(place.session);
    place.lost(now);
    if (place.failures >= MAX_FAILURES && place.address !== this.#bootstrapper) this.#places.delete(place.address);
  }

  /** Whether there is room for one more; the one that failed most gives way, if any has failed. */
  #makeRoom(): boolean {
    if (this.#places.size < MAX_PLACES) return true;
    let worst: Place | undefined;
    for (const place of this.#places.values()) {
      if (place.state !== "waiting" || place.address === this.#bootstrapper) continue;
      if (place.failures > (worst?.failures ?? 0)) worst = place;
    }
    return worst !== undefined && this.#places.delete(worst.address);
  }

  #earliest(counts: (place: Place) => boolean): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const place of this.#places.values()) if (counts(place)) earliest = Math.min(earliest, place.deadline);
    return earliest;
  }
}
