import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../../../src/core/request.ts";
import type { Call } from "../../../src/sim/linearizability/history.ts";
import { PlainStore } from "./plain-store.ts";

/**
 * Whether a history is linearizable, by trying all orders of all its calls on a store, with and without those of unknown
 * outcome, and at every write all that the clock may have become: for histories of few calls and small times.
 */
export function isLinearizable(history: readonly Call[], keepVersions: number): boolean {
  const times = history.flatMap(({ request, answer }) => [
    request.kind === "write" ? request.time + 1 : 0,
    answer?.kind === "written-at" ? answer.time : 0,
    answer?.kind === "value" ? (answer.found?.writtenAt ?? 0) : 0,
  ]);
  return canGoOn(new PlainStore(keepVersions), history, Math.max(0, ...times) + 1);
}

function canGoOn(store: PlainStore, left: readonly Call[], latest: number): boolean {
  if (left.every(({ answer }) => answer === null)) return true;
  return left.some((call) => {
    if (left.some(({ ended }) => ended < call.began)) return false;
    const others = left.filter((other) => other !== call);
    for (let ahead = 0; ahead <= (call.request.kind === "write" ? latest : 0); ahead++) {
      const next = store.copy();
      const answer = next.apply(call.request, ahead);
      if (answer.kind === "written-at" && answer.time > latest) break;
      if (goesWith(answer, call.answer) && canGoOn(next, others, latest)) return true;
    }
    return false;
  });
}

/** Whether an answer is the one that was given, if one was: of errors only the code tells. */
function goesWith(answer: Answer, given: Answer | null): boolean {
  if (answer.kind === "error" && given?.kind === "error") return answer.code === given.code;
  return given === null || isDeepStrictEqual(answer, given);
}
