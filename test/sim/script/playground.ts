import type { Speech } from "../../../src/core/protocol.ts";
import type { PeerView } from "../../../src/peer/peer-view.ts";
import type { Definition } from "../../../src/protocols/definition.ts";
import { EnsembleStage, type OptionsOf } from "../../../src/sim/ensemble/ensemble-stage.ts";
import type { Delivery, Name, Scene, Script } from "../../../src/sim/script/script.ts";
import type { Stage } from "../../../src/sim/script/stage.ts";
import { expectThat, found, join } from "../../../src/sim/script/statements.ts";
import { WorldStage, worldOf } from "../../../src/sim/world/world-stage.ts";

/** Where a script about one protocol is played: on its machines alone, or on whole peers. */
export interface Playground<View, Command, Seen> {
  readonly stage: Stage<View>;
  /** Brings three peers together. */
  readonly opening: Script<View>;
  /** A command of the protocol for one peer. */
  command(peer: Name, command: Command): Delivery;
  /** What the protocol shows at a peer; null where it does not run. */
  seen(scene: Scene<View>, peer: Name): Seen | null;
}

export const THREE: readonly Name[] = ["7001", "7002", "7003"];

/** A protocol in isolation. `see` picks what its script looks at; `opening` is what the rest of a peer would tell it. */
export function isolated<S extends Speech, Seen>(
  definition: Definition<S>,
  options: OptionsOf<S>,
  see: (view: S["view"]) => Seen,
  opening: Script<S["view"]>,
): Playground<S["view"], S["command"], Seen> {
  return {
    stage: new EnsembleStage(definition, options, { seed: 1, network: { latencyMs: 1 }, diskMs: [1, 1] }),
    opening: [...THREE.map(found), ...opening],
    command: (peer, command) => ({ peer, message: { kind: "command", command } }),
    seen: ({ view }, peer) => {
      const shown = view(peer);
      return shown === null ? null : see(shown);
    },
  };
}

/** The same protocol within whole peers. */
export function composed<Command, Seen>(
  protocol: string,
  see: (view: PeerView) => Seen,
): Playground<PeerView, Command, Seen> {
  const [first = "7001", ...others] = THREE;
  const opening: Script = [
    { kind: "seed", seed: 1 },
    found(first),
    join(others, first),
    expectThat({ kind: "converged", among: "all" }, { within: 20_000 }),
  ];
  return {
    stage: new WorldStage(worldOf(opening)),
    opening,
    command: (peer, command) => ({ peer, message: { kind: "command", content: { protocol, command } } }),
    seen: ({ view }, peer) => {
      const shown = view(peer);
      return shown === null ? null : see(shown);
    },
  };
}
