import type { Cast } from "./cast.ts";
import type { Name } from "./script.ts";
import type { Sight } from "./sight.ts";
import type { Stage } from "./stage.ts";

/** Carries a statement out; what went wrong, a line each. */
export type Act = () => Promise<readonly string[]>;

/** How much more time expectations have on a stage that keeps real time. */
export interface Tolerance {
  /** Times as long. */
  readonly factor: number;
  /** And so much longer, ms. */
  readonly addedMs: number;
}

/** What the statements of one script share while it is played. */
export interface Play<View> {
  readonly stage: Stage<View>;
  readonly sight: Sight<View>;
  readonly tolerance: Tolerance;
  /** Whom names were bound to. */
  readonly bound: Map<Name, Name>;
  /** Events from this one on count. */
  mark: number;
  /** The cast of a statement that is played now. */
  cast(): Cast<View>;
  /** Adds a line to the story, behind the events so far. */
  tell(line: string): void;
  /** Lets time pass until `holds`, at most so long, and tells what happens meanwhile; whether it came to hold. */
  pass(holds: () => boolean, limitMs: number): Promise<boolean>;
}
