import type { Outcome } from "../../../src/control/desk/desk.ts";
import { Player } from "../../../src/sim/player/player.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";
import { parsed } from "../script/parsed.ts";

/** A world with a player, and what its peers have told so far. */
export interface Watched {
  readonly world: World;
  readonly player: Player;
  /** Routine included, in order, with who told it and when. */
  readonly told: readonly string[];
  /** Plays lines of a scenario file. */
  play(lines: string): Promise<Outcome>;
}

/** A world that is empty, and somebody to watch it. */
export function watched(seed = 1): Watched {
  const world = new World({ seed, keep: "none" });
  const stage: WorldStage = new WorldStage(world, (holds, limitMs) => player.pass(holds, limitMs));
  const player = new Player(world, stage.desks);
  return {
    world,
    player,
    told: listen(world),
    play: (lines) =>
      player.play(async () =>
        told(await runScript(parsed(lines), stage, { onStatement: (statement) => player.show(statement) })),
      ),
  };
}

/** What the same lines come to where nobody watches: what came of them, and all that the peers told. */
export async function unwatched(lines: string, seed = 1): Promise<{ told: readonly string[]; outcome: Outcome }> {
  const world = new World({ seed, keep: "none" });
  const stage = new WorldStage(world);
  const heard = listen(world);
  return { told: heard, outcome: told(await runScript(parsed(lines), stage)) };
}

function told({ ok, failures }: { ok: boolean; failures: readonly { text: string }[] }): Outcome {
  return { ok, text: failures.map(({ text }) => text).join("; ") };
}

function listen(world: World): readonly string[] {
  const heard: string[] = [];
  world.subscribe(({ at, port, event }) => heard.push(`${at} ${port} ${JSON.stringify(event)}`));
  return heard;
}
