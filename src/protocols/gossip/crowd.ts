import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { subnetOf } from "./subnet.ts";

/** How many addresses there may be: in all, and in one subnet. */
export interface Caps {
  readonly count: number;
  readonly perSubnet: number;
}

/** Which cap leaves no room for an address. */
export type NoRoom = "room" | "source" | "subnet";

/** Who told of an address, and of how many addresses it may have told; null where nobody did, so that no cap applies. */
export type Source = { readonly name: string; readonly most: number } | null;

/**
 * Addresses, each with what is known of it, in the order of being added, and within caps: untrusted hearsay fills only
 * so much of it, however much there is.
 */
export class Crowd<V extends { readonly source: Source }> {
  readonly #caps: Caps;
  readonly #members = new Map<Address, V>();
  readonly #bySource = new Map<string, number>();
  readonly #bySubnet = new Map<string, number>();

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  get size(): number {
    return this.#members.size;
  }

  get isFull(): boolean {
    return this.size >= this.#caps.count;
  }

  has(address: Address): boolean {
    return this.#members.has(address);
  }

  get(address: Address): V | undefined {
    return this.#members.get(address);
  }

  /** The addresses, oldest first. */
  addresses(): IterableIterator<Address> {
    return this.#members.keys();
  }

  /** The addresses with what is known of them, oldest first. */
  entries(): IterableIterator<[Address, V]> {
    return this.#members.entries();
  }

  /** Why there is no room for an address that is not in it; null if there is. */
  refusalOf(address: Address, source: Source): NoRoom | null {
    if (this.isFull) return "room";
    if (source !== null && (this.#bySource.get(source.name) ?? 0) >= source.most) return "source";
    const subnet = subnetOf(address);
    return subnet !== null && (this.#bySubnet.get(subnet) ?? 0) >= this.#caps.perSubnet ? "subnet" : null;
  }

  /** Adds an address for which there is room. */
  add(address: Address, known: V): void {
    assert(!this.has(address) && this.refusalOf(address, known.source) === null, `${address} has no room`);
    this.#members.set(address, known);
    count(this.#bySource, known.source?.name, 1);
    count(this.#bySubnet, subnetOf(address), 1);
  }

  /** Takes an address out; what was known of it, undefined where it was not in it. */
  take(address: Address): V | undefined {
    const known = this.#members.get(address);
    if (known === undefined) return undefined;
    this.#members.delete(address);
    count(this.#bySource, known.source?.name, -1);
    count(this.#bySubnet, subnetOf(address), -1);
    return known;
  }
}

function count(counts: Map<string, number>, key: string | null | undefined, by: 1 | -1): void {
  if (key === null || key === undefined) return;
  const after = (counts.get(key) ?? 0) + by;
  if (after === 0) counts.delete(key);
  else counts.set(key, after);
}
