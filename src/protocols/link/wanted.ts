import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Random } from "../../core/random.ts";
import { MAX_DIALS, MAX_WANTED } from "./limits.ts";
import { type Backoff, Redial } from "./redial.ts";

/** The addresses to which a link is kept. */
export class Wanted {
  readonly #backoff: Backoff;
  readonly #random: Random;
  readonly #redials = new Map<Address, Redial>();

  constructor(backoff: Backoff, random: Random) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** Adds an address, due at once; undefined when there are too many. */
  add(address: Address, now: number): Redial | undefined {
    if (this.#redials.size >= MAX_WANTED) return undefined;
    const redial = new Redial(address, this.#backoff, this.#random, now);
    this.#redials.set(address, redial);
    return redial;
  }

  get(address: Address): Redial | undefined {
    return this.#redials.get(address);
  }

  remove(address: Address): void {
    this.#redials.delete(address);
  }

  clear(): void {
    this.#redials.clear();
  }

  /** The addresses that are being dialled. */
  dialling(): Address[] {
    return this.#all((redial) => redial.dialling).map((redial) => redial.address);
  }

  /** The addresses at which this peer was found. */
  of(peer: PeerId): Redial[] {
    return this.#all((redial) => redial.peer === peer);
  }

  /** The one that has been due for longest, if any is due and may be dialled. */
  due(now: number): Redial | undefined {
    const next = this.#next();
    return next !== undefined && next.deadline <= now ? next : undefined;
  }

  /** When the next one is due; Infinity while as many are being dialled as may be. */
  get deadline(): number {
    return this.#next()?.deadline ?? Infinity;
  }

  /** By deadline and not by place in the map, or the first ones would take every turn. */
  #next(): Redial | undefined {
    let next: Redial | undefined;
    let dialling = 0;
    for (const redial of this.#redials.values()) {
      if (redial.dialling) dialling += 1;
      if (redial.deadline < (next?.deadline ?? Infinity)) next = redial;
    }
    return dialling < MAX_DIALS ? next : undefined;
  }

  #all(test: (redial: Redial) => boolean): Redial[] {
    return [...this.#redials.values()].filter(test);
  }
}
