import type { PeerId } from "../../src/core/peer-id.ts";
import { raft } from "../../src/protocols/raft/definition.ts";
import type { RaftSpeech } from "../../src/protocols/raft/message.ts";
import { NO_RAFT_FACTS, type RaftFacts, raftFlaw, rememberRaft } from "../../src/sim/exploration/raft-facts.ts";
import type { Offer, Seen, Setting } from "../../src/sim/exploration/setting.ts";
import { A, B, C, logOf, optionsOf, records } from "../protocols/raft/on-bench.ts";

/** How much of Raft is explored. */
interface Budget {
  /** Timeouts of a, b and c. */
  readonly timeouts: readonly [number, number, number];
  readonly operations: number;
  readonly disk: "instant" | "slow";
  readonly crashes: number;
  readonly limit: number;
}

/**
 * Three voters of term 1 with nothing but their configuration. Whoever leads may be given the next operation; an
 * operation is given once.
 */
export function raftSetting({ timeouts, operations, disk, crashes, limit }: Budget): Setting<RaftSpeech, RaftFacts> {
  const peers: readonly PeerId[] = [A, B, C];
  return {
    definition: raft,
    residents: peers.map((peer, i) => ({
      peer,
      options: optionsOf(peer),
      saved: records(1, logOf([1], peers)),
      disk,
      timeouts: timeouts[i] ?? 0,
    })),
    crashes,
    offers: (seen) => nextOperation(seen, operations),
    nothing: NO_RAFT_FACTS,
    remember: rememberRaft,
    flaw: raftFlaw,
    landmarks: {
      "a leader of term 2": (facts) => facts.some(({ led }) => led.some(({ term }) => term === 2)),
      "a leader of term 3": (facts) => facts.some(({ led }) => led.some(({ term }) => term === 3)),
      "a leader of each": (facts) => new Set(facts.flatMap(({ led }) => led.map(({ term }) => term))).size > 1,
      "an operation committed": (facts) => facts.some(({ committed }) => committed.length > 2),
      "both operations committed": (facts) => facts.some(({ committed }) => committed.length > 3),
      "all committed by all": (facts) => facts.every(({ committed }) => committed.length > 3),
    },
    limit,
  };
}

function nextOperation(seen: readonly Seen<RaftSpeech>[], operations: number): readonly Offer<RaftSpeech>[] {
  const given = seen.reduce((sum, { told }) => sum + told.length, 0);
  if (given >= operations) return [];
  return seen
    .filter(({ view }) => view?.role === "leader")
    .map(({ peer }) => ({
      to: peer,
      text: `is given operation ${given + 1}`,
      command: { kind: "propose", ticket: given + 1, commands: [Uint8Array.of(given + 1)] },
    }));
}
