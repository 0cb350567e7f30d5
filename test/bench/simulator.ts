import { raft } from "../../src/protocols/raft/definition.ts";
import { Ensemble } from "../../src/sim/ensemble/ensemble.ts";
import { id, logOf, optionsOf, records } from "../protocols/raft/on-bench.ts";
import { FIVE, unwatchedCluster } from "../sim/cluster.ts";
import { atLeast } from "./figure.ts";
import type { Group } from "./group.ts";

const REPS = 5;

/** Virtual time of one sample of five peers. */
const WATCHED_MS = 600_000;

/** Virtual time of one sample of Raft alone. */
const RAFT_MS = 600_000;

/** How fast worlds run. */
export const simulator: Group = {
  about: "simulated peers on one core; a sample a run",
  takes: "1 minute",
  measure: async ({ reps }) => {
    const count = reps ?? REPS;
    // The first one pays for the compiler.
    fivePeers(0);
    const worlds = Array.from({ length: count }, (_, i) => fivePeers(i + 1));
    raftAlone(true, 0);
    const encoded = Array.from({ length: count }, (_, i) => raftAlone(true, i + 1));
    raftAlone(false, 0);
    const plain = Array.from({ length: count }, (_, i) => raftAlone(false, i + 1));
    return [
      {
        name: "five whole peers: messages and packets a second, as bytes",
        unit: "a second",
        samples: worlds.map(({ perSecond }) => perSecond),
        goal: atLeast(100_000),
      },
      { name: "five machines of Raft alone, as bytes", unit: "a second", samples: encoded, goal: atLeast(100_000) },
      { name: "five machines of Raft alone, as values", unit: "a second", samples: plain, goal: atLeast(300_000) },
      {
        name: "simulated against real time, five idle peers",
        unit: "times",
        samples: worlds.map(({ times }) => times),
        goal: atLeast(1000),
      },
    ];
  },
};

function fivePeers(seed: number): { readonly perSecond: number; readonly times: number } {
  const world = unwatchedCluster(FIVE, { seed, keep: "none" });
  let messages = 0;
  world.observers.push({
    stepped: (_peer, _input, _now, effects) => {
      for (const { kind } of effects) if (kind === "message" || kind === "packet") messages += 1;
    },
  });
  const started = performance.now();
  world.run(WATCHED_MS);
  const tookMs = performance.now() - started;
  return { perSecond: (messages / tookMs) * 1000, times: WATCHED_MS / tookMs };
}

/** Messages a second of five voters and their heartbeats. */
function raftAlone(encoded: boolean, seed: number): number {
  const peers = ["a", "b", "c", "d", "e"].map(id);
  const ensemble = new Ensemble(raft, { seed, network: {}, diskMs: [1, 1], encoded, keepEvents: false });
  for (const peer of peers) ensemble.add(peer, optionsOf(peer), records(1, logOf([1], peers)));
  ensemble.run(5000);
  let messages = 0;
  ensemble.onSend = () => {
    messages += 1;
    return true;
  };
  const started = performance.now();
  ensemble.run(RAFT_MS);
  return (messages / (performance.now() - started)) * 1000;
}
