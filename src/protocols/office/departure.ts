import type { Possession } from "./possession.ts";

/** An office that is left, while its address may be held. */
export interface Departure {
  readonly term: number;
  readonly possession: Possession;
  /** Monotonic ms: by then it is gone, whether that is said or not. */
  readonly goneBy: number;
}
