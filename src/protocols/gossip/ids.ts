import type { Address } from "../../core/address.ts";
import { type Random, sample } from "../../core/random.ts";
import { type Caps, Crowd, type NoRoom, type Source } from "./crowd.ts";
import type { Way } from "./hearsay.ts";
import { Samplers } from "./samplers.ts";
import { drawShares, type Pools } from "./shares.ts";

/** What is known of a verified ID. */
interface Known {
  readonly source: Source;
  readonly way: Way;
}

/** How the IDs held have changed. */
export interface Change {
  readonly removed: readonly Address[];
  readonly added: readonly Address[];
}

const NO_CHANGE: Change = { removed: [], added: [] };

/**
 * The verified IDs. While there is room, every one is held. Once they are full, new ones wait for the end of the round;
 * then the IDs held are drawn anew from those that were pushed, those that were pulled and the sample, in fixed shares.
 */
export class Ids {
  readonly #caps: Caps;
  readonly #random: Random;
  readonly #samplers: Samplers;
  readonly #held: Crowd<Known>;
  /** Verified in this round, for which there was no room. */
  #waiting: Crowd<Known>;

  constructor(caps: Caps, samplers: number, random: Random) {
    this.#caps = caps;
    this.#random = random;
    this.#samplers = new Samplers(samplers, random.fork());
    this.#held = new Crowd(caps);
    this.#waiting = new Crowd(caps);
  }

  /** The IDs held, in the order of being added. */
  get held(): readonly Address[] {
    return [...this.#held.addresses()];
  }

  /** Distinct IDs in the sample. */
  get sampleSize(): number {
    return this.#samplers.sample().size;
  }

  get isFull(): boolean {
    return this.#held.isFull;
  }

  has(address: Address): boolean {
    return this.#held.has(address);
  }

  /** Whether there is room for an ID now, or only at the end of the round, or why there never is. */
  roomFor(address: Address, source: Source): "now" | "later" | NoRoom {
    const refusal = this.#held.refusalOf(address, source);
    if (refusal !== "room") return refusal ?? "now";
    return this.#waiting.has(address) ? "later" : (this.#waiting.refusalOf(address, source) ?? "later");
  }

  /** Holds a verified ID, or lets it wait, as `roomFor` says; whether it is held. */
  add(address: Address, known: Known): boolean {
    this.#samplers.show(address);
    if (!this.isFull) {
      this.#held.add(address, known);
      return true;
    }
    if (!this.#waiting.has(address)) this.#waiting.add(address, known);
    return false;
  }

  /** Drops an ID that is nobody's any more; whether it was held. */
  expire(address: Address): boolean {
    const wasHeld = this.#held.take(address) !== undefined;
    this.#waiting.take(address);
    this.#samplers.expire(address, this.#held.addresses());
    return wasHeld;
  }

  /** The end of a round. In one with too many pushes what was pushed is not used. */
  renew(usePushed: boolean): Change {
    const fresh = [...this.#waiting.entries()].filter(([, { way }]) => usePushed || way === "pulled");
    this.#waiting = new Crowd(this.#caps);
    if (fresh.length === 0) return NO_CHANGE;
    const next = this.#drawView(new Map([...this.#held.entries(), ...fresh]));
    const removed = this.held.filter((address) => !next.has(address));
    for (const address of removed) this.#held.take(address);
    const added = [...next.entries()].filter(([address]) => !this.#held.has(address));
    for (const [address, known] of added) this.#held.add(address, known);
    return { removed, added: added.map(([address]) => address) };
  }

  /** Some of these IDs, which are held, in random order: all if as many fit, else in the shares of a view. */
  choose(from: readonly Address[], most: number): readonly Address[] {
    if (from.length <= most) return sample(this.#random, from, most);
    const chosen = new Set<Address>();
    drawShares(
      this.#random,
      this.#poolsOf(from, (address) => this.#held.get(address)),
      most,
      (address) => {
        if (chosen.has(address)) return false;
        chosen.add(address);
        return true;
      },
    );
    return sample(this.#random, [...chosen], most);
  }

  #drawView(known: ReadonlyMap<Address, Known>): Crowd<Known> {
    const view = new Crowd<Known>(this.#caps);
    const pools = this.#poolsOf([...known.keys()], (address) => known.get(address));
    // What was sampled long ago and is held no more was told by somebody who may be gone.
    const sampled = [...this.#samplers.sample()];
    drawShares(this.#random, { ...pools, sampled }, this.#caps.count, (address) => {
      const origin = known.get(address) ?? { source: null, way: "pulled" };
      if (view.has(address) || view.refusalOf(address, origin.source) !== null) return false;
      view.add(address, origin);
      return true;
    });
    return view;
  }

  #poolsOf(all: readonly Address[], knownOf: (address: Address) => Known | undefined): Pools {
    const sampled = this.#samplers.sample();
    const ofWay = (way: Way): readonly Address[] => all.filter((address) => knownOf(address)?.way === way);
    const pools = { pushed: ofWay("pushed"), pulled: ofWay("pulled"), all };
    return { ...pools, sampled: all.filter((address) => sampled.has(address)) };
  }
}
