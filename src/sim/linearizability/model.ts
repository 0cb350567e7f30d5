import type { Call } from "./history.ts";

/** What a store does with one call after another, as far as a set of calls tells. */
export interface Model {
  /** Before all calls. States are numbers: two are the same if and only if they are equal. */
  readonly initial: number;
  /** The state after a call that takes effect in this one; undefined where it cannot have been answered as it was. */
  step(state: number, call: Call): number | undefined;
  /** Whether whatever can follow on `after` could as well follow on `before`, from which a call led there. */
  isNoBetter(before: number, after: number): boolean;
  /** The objects that a call concerns: calls that have none in common can as well change places. */
  touches(call: Call): readonly string[];
  /** A state in words, a line each. */
  show(state: number): readonly string[];
}
