import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { MAX_ENSEMBLE } from "../../core/modes.ts";
import type { PeerId } from "../../core/peer-id.ts";

/** Who was met first at a slot. */
export interface Pin {
  readonly address: Address;
  readonly peer: PeerId;
}

/**
 * The ensemble: a fixed list of addresses, each the slot of whoever was met there first. Another peer at the same
 * address is none of the ensemble: it has lost its disk, and with it what it had acknowledged in its earlier life.
 */
export class Slots {
  readonly #addresses: readonly Address[];
  readonly #pins = new Map<Address, PeerId>();
  /** Who fills those that are on the list. */
  #members: ReadonlySet<PeerId> = new Set();

  constructor(addresses: readonly Address[]) {
    assert(new Set(addresses).size === addresses.length, "an ensemble has no slot twice");
    assert(addresses.length <= MAX_ENSEMBLE, `an ensemble has ${MAX_ENSEMBLE} slots at most`);
    this.#addresses = addresses;
  }

  /** How many there are, filled or not. */
  get size(): number {
    return this.#addresses.length;
  }

  /** Who fills them. */
  get members(): readonly PeerId[] {
    return [...this.#members];
  }

  /** Who fills which. */
  get pins(): readonly Pin[] {
    return this.everMet.filter(({ address }) => this.#addresses.includes(address));
  }

  /** Who filled which, slots that are not on the list any more included: they may come back. */
  get everMet(): readonly Pin[] {
    return [...this.#pins].map(([address, peer]) => ({ address, peer }));
  }

  /** Whether a peer fills one, wherever it lives now. */
  isMember(peer: PeerId): boolean {
    return this.#members.has(peer);
  }

  /** Who fills a slot; undefined where nobody does, and for any other address. */
  at(address: Address): PeerId | undefined {
    return this.#pins.get(address);
  }

  /** Fills a slot, whoever filled it before. */
  fill({ address, peer }: Pin): void {
    this.#pins.set(address, peer);
    this.#members = new Set(this.#addresses.flatMap((each) => this.#pins.get(each) ?? []));
  }

  /** Whether this peer may fill the slot at an address: it is free, and the peer fills no other. */
  isFreeFor({ address, peer }: Pin): boolean {
    return this.#addresses.includes(address) && !this.#pins.has(address) && !this.isMember(peer);
  }

  /** Empties all. */
  clear(): void {
    this.#pins.clear();
    this.#members = new Set();
  }

  /** What is shown of them, in the order of the list. */
  view(): readonly { readonly address: Address; readonly peer: PeerId | null }[] {
    return this.#addresses.map((address) => ({ address, peer: this.#pins.get(address) ?? null }));
  }
}
