import type { Address } from "../../core/address.ts";
import { type Random, sample } from "../../core/random.ts";

/** What of a view was sampled from all of the past, pushed, and pulled (Brahms: gamma, alpha, beta); percent. */
const SAMPLED_PERCENT = 10;
const PUSHED_PERCENT = 45;
const PULLED_PERCENT = 45;

/** IDs by how they came; `all` holds those of the others and any more there are. */
export interface Pools {
  readonly sampled: readonly Address[];
  readonly pushed: readonly Address[];
  readonly pulled: readonly Address[];
  readonly all: readonly Address[];
}

/**
 * Draws up to `most` IDs at random, of each pool its share; what a pool lacks is drawn from all.
 * @param admit takes one in; false if it is in already, or has no room
 */
export function drawShares(random: Random, pools: Pools, most: number, admit: (address: Address) => boolean): void {
  let drawn = 0;
  const draw = (pool: readonly Address[], upTo: number): void => {
    for (const address of sample(random, pool, pool.length)) {
      if (drawn >= Math.min(upTo, most)) return;
      if (admit(address)) drawn += 1;
    }
  };
  const share = (percent: number): number => Math.ceil((most * percent) / 100);
  draw(pools.sampled, share(SAMPLED_PERCENT));
  draw(pools.pushed, drawn + share(PUSHED_PERCENT));
  draw(pools.pulled, drawn + share(PULLED_PERCENT));
  draw(pools.all, most);
}
