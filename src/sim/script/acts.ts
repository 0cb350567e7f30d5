import type { Cast } from "./cast.ts";
import { checkOf } from "./checks.ts";
import { meet } from "./expectation.ts";
import { alongWays, partition } from "./link-acts.ts";
import { deliver, enter, onPeers, start } from "./peer-acts.ts";
import type { Act, Play } from "./play.ts";
import type { Statement } from "./script.ts";

/** How a statement is carried out. Who is meant is worked out here, before anything happens: see `cast.missing`. */
export function actOf<View>(statement: Statement<View>, cast: Cast<View>, play: Play<View>): Act {
  const { stage } = play;
  switch (statement.kind) {
    case "seed":
    case "tune":
      // Whoever built the stage has read it.
      return async () => [];
    case "say":
      return simply(() => play.tell(statement.text));
    case "mark":
      return simply(() => {
        play.mark = play.sight.scene.events.length;
      });
    case "let": {
      const peer = cast.one(statement.peer);
      return simply(() => {
        play.bound.set(statement.name, peer);
      });
    }
    case "advance":
      return simply(async () => {
        await play.pass(() => false, statement.ms);
      });
    case "expect": {
      const check = checkOf(statement.condition, { cast, sight: play.sight, from: play.mark });
      return () => meet(statement, check, play);
    }
    case "start":
      return start(statement, cast, play);
    case "link":
      return alongWays(statement.ways, cast, (from, to) => stage.link(from, to, statement.change));
    case "mend":
      return alongWays(statement.ways, cast, (from, to) => stage.mend(from, to));
    case "partition":
      return partition(statement.groups, cast, stage);
    case "heal":
      return simply(() => stage.heal());
    case "entry":
      return enter(statement, cast, play);
    case "call":
      return deliver(statement.call, play);
    case "crash":
    case "recover":
    case "pause":
    case "resume":
    case "leave":
    case "disk":
    case "clock":
    case "worker":
      return onPeers(statement, cast, play);
  }
}

/** Something that cannot go wrong. */
function simply(act: () => Promise<void> | void): Act {
  return async () => {
    await act();
    return [];
  };
}
