import type { PeerId } from "../../src/core/peer-id.ts";
import { raft } from "../../src/protocols/raft/definition.ts";
import type { RaftSpeech } from "../../src/protocols/raft/message.ts";
import { explore, type Survey } from "../../src/sim/exploration/explore.ts";
import type { Offer, Resident, Seen, Setting } from "../../src/sim/exploration/setting.ts";
import { A, B, C, logOf, optionsOf, records } from "../protocols/raft/on-bench.ts";
import { NO_RAFT_FACTS, type RaftFacts, raftFlaw, rememberRaft } from "./raft-facts.ts";

/** How much of Raft is explored. */
interface Budget {
  /** Timeouts of a, b and c. */
  readonly timeouts: readonly [number, number, number];
  readonly operations: number;
  readonly disk: Resident<RaftSpeech>["disk"];
  readonly crashes: number;
  /** Whether a leads in term 2, and everybody has heard so, where the exploration begins. */
  readonly isLed: boolean;
  readonly limit: number;
}

const QUICK: Budget = { timeouts: [1, 1, 0], operations: 0, disk: "instant", crashes: 0, isLed: false, limit: 1e6 };

/**
 * What is explored of Raft, by name: three voters of term 1 with nothing in their logs but their configuration. Whoever
 * leads may be given the next operation; an operation is given once. No leader sends a heartbeat unless its own timeout
 * is among those that may fire.
 */
export const raftExpeditions: Readonly<Record<string, () => Survey>> = {
  /** Two candidates in whatever terms: who leads, and when. */
  elections: () => explore(settingOf(QUICK)),
  /** A leader of term 2 with two operations, and two that would lead in term 3. */
  operations: () => explore(settingOf({ ...QUICK, timeouts: [1, 1, 1], operations: 2, isLed: true })),
  /** Disks that take their time, and a crash that loses what they had not done. */
  crash: () =>
    explore(settingOf({ ...QUICK, timeouts: [1, 1, 0], operations: 1, disk: "slow", crashes: 1, isLed: true })),
  /** Two terms and two operations from the very beginning. */
  all: () => explore(settingOf({ ...QUICK, operations: 2, limit: 1.6e7 })),
};

function settingOf(budget: Budget): Setting<RaftSpeech, RaftFacts> {
  const peers: readonly PeerId[] = [A, B, C];
  const { timeouts, operations, disk, crashes, isLed, limit } = budget;
  return {
    definition: raft,
    residents: peers.map((peer, i) => ({
      peer,
      options: optionsOf(peer),
      saved: records(1, logOf([1], peers)),
      disk,
      timeouts: timeouts[i] ?? 0,
    })),
    opening: isLed ? [{ kind: "timeout", peer: A }, { kind: "quiet" }] : [],
    crashes,
    offers: (seen) => nextOperation(seen, operations),
    nothing: NO_RAFT_FACTS,
    remember: rememberRaft,
    flaw: raftFlaw,
    landmarks: {
      "a leader in term 2": (facts) => facts.some((each) => hasLed(each, 2)),
      "a leader in term 3": (facts) => facts.some((each) => hasLed(each, 3)),
      "one in each": (facts) => [2, 3].every((term) => facts.some((each) => hasLed(each, term))),
      "an operation is committed": (facts) => facts.some((each) => operationsOf(each) > 0),
      "two operations are committed": (facts) => facts.some((each) => operationsOf(each) > 1),
    },
    limit,
  };
}

function hasLed({ led }: RaftFacts, term: number): boolean {
  return led.some((office) => office.term === term);
}

function operationsOf({ committed }: RaftFacts): number {
  return committed.filter(({ isOperation }) => isOperation).length;
}

function nextOperation(seen: readonly Seen<RaftSpeech>[], operations: number): readonly Offer<RaftSpeech>[] {
  const number = seen.reduce((sum, { told }) => sum + told.length, 1);
  if (number > operations) return [];
  return seen
    .filter(({ view }) => view?.role === "leader")
    .map(({ peer }) => ({
      to: peer,
      text: `is given operation ${number}`,
      command: { kind: "propose", ticket: number, commands: [Uint8Array.of(number)] },
    }));
}
