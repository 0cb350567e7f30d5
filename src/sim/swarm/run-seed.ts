import { InvariantViolation } from "../../core/assert.ts";
import { seededRandom } from "../../core/random.ts";
import { BrokenInvariant, type Invariant } from "../invariants/invariant.ts";
import { invariants, watchInvariants } from "../invariants/registry.ts";
import { oneLine } from "../script/print-script.ts";
import { type Failure, runScript } from "../script/run-script.ts";
import type { Placed, Script } from "../script/script.ts";
import { hashEvents } from "../world/event-hash.ts";
import { WorldStage, worldOf } from "../world/world-stage.ts";
import { chooseCore } from "./core.ts";
import { drawScript } from "./draw.ts";
import type { Topic } from "./draw-agreement.ts";
import { drawComputing, drawFinale, drawLocking } from "./finale.ts";

/** What broke, and how. */
export interface Broken {
  /** The name of the invariant, or of a demand of the finale; `liveness` where nothing bad happened, but nothing good either. */
  readonly invariant: string;
  /** One line. */
  readonly text: string;
}

/** What came of one scenario. */
export interface Result {
  /** Of all that the peers told. */
  readonly hash: string;
  /** Null where all held. */
  readonly broken: Broken | null;
  /** Virtual ms. */
  readonly virtualMs: number;
  /** What was played, as far as it came: the scenario and the finale that its end calls for. */
  readonly played: Script;
  /** Statements of the scenario that were passed over, since they could not be done. */
  readonly passedOver: ReadonlySet<number>;
}

/** Plays the scenario of a seed; `topic`: what its peers agree by, null for chance. */
export function runSeed(seed: number, peers: readonly [number, number], topic: Topic | null = null): Promise<Result> {
  return runScenario(drawScript(seed, peers, topic));
}

/**
 * Plays a scenario that nobody wrote, under the eyes of all invariants; then heals a random core that has a quorum, and
 * demands that it gets on.
 *
 * @param rules what must hold besides
 */
export async function runScenario(script: Script, rules: readonly Invariant[] = invariants): Promise<Result> {
  const world = worldOf(script);
  const stage = new WorldStage(world);
  const hash = hashEvents(world);
  watchInvariants(world, rules);
  const passedOver = new Set<number>();
  const played: Placed[] = [];
  const onStatement = (statement: Placed): void => {
    played.push(statement);
  };
  const end = (broken: Broken | null): Result => {
    return { hash: hash.hex(), broken, virtualMs: world.now, played, passedOver };
  };
  try {
    await runScript(script, stage, { lenient: true, onStatement, onPassedOver: (index) => passedOver.add(index) });
    const core = chooseCore(world, seededRandom(world.options.seed).fork());
    const options = { lenient: true, onStatement, stopAtFirst: true };
    let failure: Failure | undefined;
    for (const demands of [drawFinale, drawLocking, drawComputing])
      if (failure === undefined)
        [failure] = (await runScript(demands(world, core, stage.programs), stage, options)).failures;
    return end(failure === undefined ? null : { invariant: demandOf(played.at(-1)), text: oneLine(failure.text) });
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    const invariant = error instanceof BrokenInvariant ? error.invariant : ASSERTION;
    return end({ invariant, text: error.message });
  }
}

/** What a statement of the finale demands: that what clients were answered is true, or that a healed core gets on. */
function demandOf(statement: Placed | undefined): string {
  if (statement?.kind !== "expect") return LIVENESS;
  const { kind } = statement.condition;
  return kind === "linearizable" || kind === "stores-agree" ? kind : LIVENESS;
}

const LIVENESS = "liveness";

/** What the peers themselves assert. */
const ASSERTION = "assertion";
