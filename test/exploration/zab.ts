import type { PeerId } from "../../src/core/peer-id.ts";
import { zab } from "../../src/protocols/zab/definition.ts";
import type { ZabSpeech } from "../../src/protocols/zab/message.ts";
import { explore, type Survey } from "../../src/sim/exploration/explore.ts";
import type { Offer, Opening, Resident, Seen, Setting } from "../../src/sim/exploration/setting.ts";
import { A, B, C, optionsOf, records } from "../protocols/zab/on-bench.ts";
import { NO_ZAB_FACTS, rememberZab, type ZabFacts, zabFlaw } from "./zab-facts.ts";

/** How much of ZAB is explored. */
interface Budget {
  readonly operations: number;
  readonly disk: Resident<ZabSpeech>["disk"];
  /** Whether a leads, and all that follows from that is done, where the exploration begins. */
  readonly isLed: boolean;
  readonly limit: number;
}

const PEERS: readonly PeerId[] = [A, B, C];

const QUICK: Budget = { operations: 0, disk: "instant", isLed: false, limit: 1e6 };

/**
 * What is explored of ZAB, by name: an ensemble of three. The election of each peer names a, and later b, whenever that
 * may be: so two lead at a time. Whoever leads may be given the next operation; an operation is given once.
 */
export const zabExpeditions: Readonly<Record<string, () => Survey>> = {
  /** Two that would lead, named to each peer at any time. */
  epochs: () => explore(settingOf(QUICK)),
  /** A leader with two operations, and a second one in the middle of that. */
  operations: () => explore(settingOf({ ...QUICK, operations: 2, isLed: true })),
  /** The same on disks that take their time. */
  disks: () => explore(settingOf({ ...QUICK, operations: 1, disk: "slow", isLed: true, limit: 1.6e7 })),
  /** Two epochs and two operations from the very beginning. */
  all: () => explore(settingOf({ ...QUICK, operations: 2, limit: 1.6e7 })),
};

function settingOf({ operations, disk, isLed, limit }: Budget): Setting<ZabSpeech, ZabFacts> {
  const first = PEERS.map((peer): Opening<ZabSpeech> => ({ kind: "command", offer: naming(peer, A) }));
  return {
    definition: zab,
    residents: PEERS.map((peer) => ({ peer, options: optionsOf(peer), saved: records(0, 0, []), disk, timeouts: 0 })),
    opening: isLed ? [...first, { kind: "quiet" }] : [],
    crashes: 0,
    offers: (seen) => [...seen.flatMap(nextLeader), ...nextOperation(seen, operations)],
    nothing: NO_ZAB_FACTS,
    remember: rememberZab,
    flaw: zabFlaw,
    landmarks: {
      "a leads": ([a]) => a !== undefined && a.led.length > 0,
      "b leads": ([, b]) => b !== undefined && b.led.length > 0,
      "each has led": ([a, b]) => a !== undefined && b !== undefined && a.led.length * b.led.length > 0,
      "an operation is delivered": (facts) => facts.some((each) => operationsOf(each) > 0),
      "two operations are delivered": (facts) => facts.some((each) => operationsOf(each) > 1),
    },
    limit,
  };
}

function operationsOf({ delivered }: ZabFacts): number {
  return delivered.filter(({ isOperation }) => isOperation).length;
}

function naming(to: PeerId, leader: PeerId): Offer<ZabSpeech> {
  return { to, text: `hears that ${leader.slice(-1)} leads`, command: { kind: "leader", leader } };
}

function nextLeader({ peer, told }: Seen<ZabSpeech>): readonly Offer<ZabSpeech>[] {
  const next = [naming(peer, A), naming(peer, B)].find(({ text }) => !told.includes(text));
  return next === undefined ? [] : [next];
}

function nextOperation(seen: readonly Seen<ZabSpeech>[], operations: number): readonly Offer<ZabSpeech>[] {
  const given = seen.flatMap(({ told }) => told.filter((text) => text.startsWith("is given"))).length;
  if (given >= operations) return [];
  return seen
    .filter(({ view }) => view?.role === "leader" && view.phase === "broadcast")
    .map(({ peer }) => ({
      to: peer,
      text: `is given operation ${given + 1}`,
      command: { kind: "propose", ticket: given + 1, commands: [Uint8Array.of(given + 1)] },
    }));
}
