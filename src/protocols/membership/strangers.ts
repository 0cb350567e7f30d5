import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Rumour } from "./message.ts";
import { outranks } from "./rumour-order.ts";

/** Strangers waiting for a health check, at most; further ones are heard of again by the next table. */
export const MAX_STRANGERS = 1024;

/** How long a stranger may take to answer a health check. */
export const STRANGER_TIMEOUT_MS = 60_000;

/** Somebody who was spoken of and not yet seen. */
interface Stranger {
  rumour: Rumour;
  readonly from: PeerId;
  readonly since: number;
}

/** Rumoured peers that nobody here has verified, one an address, oldest first. */
export class Strangers {
  readonly #byAddress = new Map<Address, Stranger>();

  /** Monotonic ms at which the oldest is given up; Infinity without any. */
  get deadline(): number {
    for (const { since } of this.#byAddress.values()) return since + STRANGER_TIMEOUT_MS;
    return Number.POSITIVE_INFINITY;
  }

  /** Notes a rumour; true if its address wants a health check that was not asked for yet. */
  add(rumour: Rumour, from: PeerId, now: number): boolean {
    const held = this.#byAddress.get(rumour.address);
    if (held === undefined) {
      if (this.#byAddress.size >= MAX_STRANGERS) return false;
      this.#byAddress.set(rumour.address, { rumour, from, since: now });
      return true;
    }
    // Another ID at the same address has to wait: a link to whoever is there tells which of the two it is.
    if (held.rumour.peer === rumour.peer && outranks(rumour, held.rumour)) held.rumour = rumour;
    return false;
  }

  /** Removes and returns whoever was rumoured at `address`. */
  take(address: Address): Stranger | undefined {
    const stranger = this.#byAddress.get(address);
    this.#byAddress.delete(address);
    return stranger;
  }

  /** A stranger is said to have left: there is nobody to wait for, unless a newer rumour of it waits. */
  drop(left: Rumour): void {
    const held = this.#byAddress.get(left.address);
    if (held?.rumour.peer === left.peer && outranks(left, held.rumour)) this.#byAddress.delete(left.address);
  }

  /** Gives up those that did not answer in time. */
  sweep(now: number): void {
    for (const [address, { since }] of this.#byAddress) {
      if (since + STRANGER_TIMEOUT_MS > now) return;
      this.#byAddress.delete(address);
    }
  }
}
