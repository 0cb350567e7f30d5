import { StartError } from "../../runtime/start-error.ts";
import type { Tolerance } from "../../sim/script/play.ts";
import { type Failure, type Outcome, runScript } from "../../sim/script/run-script.ts";
import type { Script } from "../../sim/script/script.ts";
import { isRoutine } from "./headless-line.ts";
import { LiveStage } from "./live-stage.ts";
import { remarkOn } from "./refusals.ts";

/**
 * How much longer than in virtual time an expectation may take to be met: a busy machine runs everything more slowly,
 * and a process takes a while to start or to be looked at. How long it must hold then is as the script says.
 */
const TOLERANCE: Tolerance = { factor: 2, addedMs: 2000 };

/**
 * Plays a script with real processes on loopback. When it settles none of them is left, nor anything on disk.
 *
 * @param print is given each line of the story as soon as it is known, fit for no terminal yet
 * @param signal aborted, the script ends there, as a failure
 * @param program this program's entry, from which peers are started
 */
export async function playLive(
  script: Script,
  print: (line: string) => void,
  signal: AbortSignal,
  program = process.argv[1] ?? "",
): Promise<Outcome> {
  const starts = script.filter((statement) => statement.kind === "start");
  const names = starts.flatMap(({ peers }) => peers);
  const areSecluded = starts.some(({ coming }) => coming.kind === "look");
  const stage = new LiveStage({ program, names, areSecluded, verbose: asksForRoutine(script) }, signal);
  const story: string[] = [];
  const tell = (text: string): void => {
    const line = stage.inNames(text);
    story.push(line);
    print(line);
  };
  const conclude = (failures: readonly Failure[], broken: string | null): Outcome => {
    if (broken !== null) tell(`FAILED: ${broken}`);
    const all = broken === null ? failures : [...failures, { line: null, column: null, text: broken }];
    const told = all.map((failure) => ({ ...failure, text: stage.inNames(failure.text) }));
    return { ok: all.length === 0, failures: told, story, tookMs: stage.scene().now };
  };
  try {
    for (const remark of new Set(script.map(remarkOn))) if (remark !== null) tell(`note: ${remark}`);
    const { failures } = await runScript(script, stage, { listener: tell, tolerance: TOLERANCE });
    return conclude(failures, stage.failure);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return conclude([], stage.failure ?? error.message);
  } finally {
    await stage.close();
  }
}

/** Whether a script expects events that only verbose peers print. */
function asksForRoutine(script: Script): boolean {
  return script.some((statement) => {
    if (statement.kind !== "expect") return false;
    const { condition } = statement;
    if (condition.kind === "received" || condition.kind === "spread") return true;
    return condition.kind === "event" && isRoutine(condition.event);
  });
}
