import type { Address } from "../../core/address.ts";
import { splitByFamily } from "../../wire/gossip-message.ts";

/** The family of an address; one message holds one. */
export type Family = "ipv4" | "ipv6";

export function familyOf(address: Address): Family {
  return address.startsWith("[") ? "ipv6" : "ipv4";
}

/** Which family the next message is of: the one that is held; of two the larger at first, then each in turn. */
export class FamilyTurns {
  #last: Family | null = null;

  next(held: readonly Address[]): Family {
    const { ipv4, ipv6 } = splitByFamily(held);
    if (ipv6.length === 0) return "ipv4";
    if (ipv4.length === 0) return "ipv6";
    const larger = ipv6.length > ipv4.length ? "ipv6" : "ipv4";
    const other = this.#last === "ipv4" ? "ipv6" : "ipv4";
    this.#last = this.#last === null ? larger : other;
    return this.#last;
  }
}
