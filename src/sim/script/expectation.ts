import type { Check } from "./look.ts";
import type { Play } from "./play.ts";
import { seconds } from "./told.ts";

/** How long a condition has to come to hold, and how long it must hold then. */
interface Terms {
  readonly withinMs: number | null;
  readonly lastingMs: number | null;
}

/** Waits for a condition to hold as long as it may take, then watches that it goes on holding as long as it should. */
export async function meet<View>(
  { withinMs, lastingMs }: Terms,
  check: Check,
  play: Play<View>,
): Promise<readonly string[]> {
  const begun = play.sight.scene.now;
  const { factor, addedMs } = play.tolerance;
  const met = withinMs === null ? check.holds() : await play.pass(() => check.holds(), withinMs * factor + addedMs);
  if (!met) return [check.seen()];
  const came = play.sight.scene.now;
  const after = withinMs === null ? "" : ` after ${seconds(came - begun)} s`;
  if (lastingMs === null) {
    play.tell(`ok${after}: ${check.seen()}`);
    return [];
  }
  const broken = await play.pass(() => !check.holds(), lastingMs);
  if (broken) return [`it held for ${seconds(play.sight.scene.now - came)} s only: ${check.seen()}`];
  play.tell(`ok${after} for ${seconds(lastingMs)} s: ${check.seen()}`);
  return [];
}
