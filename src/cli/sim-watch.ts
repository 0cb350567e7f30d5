import { Player } from "../sim/player/player.ts";
import { runScript } from "../sim/script/run-script.ts";
import type { Script } from "../sim/script/script.ts";
import type { World } from "../sim/world/world.ts";
import { WorldStage } from "../sim/world/world-stage.ts";
import { runTerminal } from "../ui/run.tsx";
import { boardFiles } from "./board-files.ts";

/**
 * Plays a script for somebody who watches on this terminal, until that person quits. When the script has ended the world
 * goes on, so that it can be looked at.
 *
 * @returns whether nothing came otherwise than the script says, as far as it was watched
 */
export async function watchScript(script: Script, world: World, ascii: boolean, signal: AbortSignal): Promise<boolean> {
  const stage: WorldStage = new WorldStage(world, (holds, limitMs) => player.pass(holds, limitMs));
  const player: Player = new Player(world, stage.desks);
  void player.play(async () => {
    const { ok, failures } = await runScript(script, stage, { onStatement: (statement) => player.show(statement) });
    return { ok, text: ok ? "all came as expected" : failures.map(({ text }) => text).join("; ") };
  });
  const color = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
  try {
    if (await player.somebodyThere()) await runTerminal(player, { ascii, color, files: boardFiles, signal });
  } finally {
    player.close();
  }
  return player.simulation().outcome !== "failed";
}
