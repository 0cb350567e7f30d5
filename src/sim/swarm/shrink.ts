import type { Script, Statement } from "../script/script.ts";
import type { Result } from "./run-seed.ts";

/** Scenarios that are tried on the way to a smaller one, at most. */
const MAX_TRIES = 600;

/** What shrinking tells on its way. */
export interface ShrinkProgress {
  readonly tries: number;
  /** Statements that are left. */
  readonly left: number;
}

/**
 * Reduces a scenario that breaks an invariant to a small one that breaks the same: delta debugging (Zeller and
 * Hildebrandt 2002, "Simplifying and Isolating Failure-Inducing Input"), then shorter times.
 *
 * @param first what came of the whole script
 * @param play plays a script as that was played
 * @returns what to write to a file: it is played without leave to pass anything over
 */
export async function shrink(
  script: Script,
  first: Result,
  play: (smaller: Script) => Promise<Result>,
  onProgress: (progress: ShrinkProgress) => void = () => {},
): Promise<Result> {
  let best = first;
  let kept = withoutPassedOver(script, first);
  let tries = 0;
  /** Whether a smaller scenario still breaks the same; if so it is the best from now on. */
  const takes = async (smaller: Script): Promise<boolean> => {
    if (tries >= MAX_TRIES) return false;
    tries += 1;
    const result = await play(smaller);
    onProgress({ tries, left: kept.length });
    if (result.broken?.invariant !== first.broken?.invariant) return false;
    best = result;
    kept = withoutPassedOver(smaller, result);
    return true;
  };
  await takes(kept);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      if (!(await takes([...kept.slice(0, at), ...kept.slice(at + size)]))) at += size;
    }
  }
  for (let at = 0; at < kept.length; at++) {
    for (let shorter = halved(kept, at); shorter !== undefined; shorter = halved(kept, at)) {
      if (!(await takes(shorter))) break;
    }
  }
  return best;
}

/** What could not be done changes nothing, and would be an error in a file. */
function withoutPassedOver(script: Script, { passedOver }: Result): Script {
  return script.filter((_, index) => !passedOver.has(index));
}

/** The same with half the time at one place; undefined where there is none to halve. */
function halved(script: Script, at: number): Script | undefined {
  const statement = script[at];
  if (statement?.kind !== "advance" || statement.ms < 2) return undefined;
  const shorter: Statement = { kind: "advance", ms: Math.floor(statement.ms / 2) };
  return script.with(at, shorter);
}
