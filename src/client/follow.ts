import { setTimeout as pause } from "node:timers/promises";
import { isEnded, type JobId } from "../core/job.ts";
import type { Standing } from "./standing.ts";

/** A job that does not run is looked at so often. */
const PAUSED_MS = 250;

/** How a job stands, once its turn is beyond `since`. */
type Ask = (wanted: { job: JobId; since?: number }) => Promise<Standing>;

/**
 * Follows a job until it is ended or `signal` says so. The next in office may go on from an earlier turn: until it has come as far
 * as was told before, nothing is told.
 */
export async function* follow(ask: Ask, job: JobId, signal?: AbortSignal): AsyncGenerator<Standing, void, undefined> {
  const isStopped = (): boolean => signal?.aborted === true;
  let told: Standing | undefined;
  while (!isStopped()) {
    // Of the latest job it goes on with the one that was the latest at first.
    const standing = await ask(told === undefined ? { job } : { job: told.job, since: told.turn });
    const isOver = isEnded(standing);
    if (isStopped()) return;
    if (told === undefined || isNews(standing, told)) {
      told = standing;
      yield told;
    } else if (isOver) yield { ...standing, turn: told.turn, alive: told.alive };
    if (isOver) return;
    if (standing.state === "paused") await pause(PAUSED_MS, undefined, { signal }).catch(() => {});
  }
}

function isNews(standing: Standing, told: Standing): boolean {
  return standing.turn > told.turn || (standing.turn === told.turn && standing.state !== told.state);
}
