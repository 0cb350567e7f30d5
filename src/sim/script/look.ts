import type { Cast } from "./cast.ts";
import type { Sight } from "./sight.ts";

/** Of what is wrong, so much is told at a time. */
export const MAX_TOLD = 3;

/** A condition, its names worked out. */
export interface Check {
  holds(): boolean;
  /** What is seen, whether it holds or not, in one line. */
  seen(): string;
}

/** What a condition is looked at with. */
export interface Look<View> {
  readonly cast: Cast<View>;
  readonly sight: Sight<View>;
  /** Events from this one on count. */
  readonly from: number;
}
