import type { PeerEvent } from "../../peer/peer-event.ts";
import type { Watch } from "./invariant.ts";

/** How far the rate of a clock may be off, so that the rates of two differ by no more than leases bear. */
const RIGHT_RATES = [0.95, 1.05] as const;

/** Whether all clocks have gone right so far: leases promise nothing else. A watch to put before those that ask it. */
export class RightClocks implements Watch {
  #areRight = true;

  get areRight(): boolean {
    return this.#areRight;
  }

  told(_life: object, { event }: PeerEvent): void {
    if (event.kind === "clock-jumped") this.#areRight = false;
    if (event.kind === "clock-changed" && (event.skew < RIGHT_RATES[0] || event.skew > RIGHT_RATES[1]))
      this.#areRight = false;
  }
}
