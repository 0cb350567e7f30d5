import { type LineReading, type ParsedLine, parseWith, type VerbTable, verb } from "./grammar.ts";
import type { PeerNames } from "./peer-names.ts";
import { screenVerbs } from "./screen-verbs.ts";
import { simulationVerbs } from "./simulation-verbs.ts";
import { parseLine, verbs } from "./verbs.ts";

/** Every verb that is said at a simulation, in the order in which help lists them: its own, and those of its peers. */
const simulatedVerbs = {
  ...simulationVerbs,
  ...verbs,
  ...screenVerbs(ofSimulations),
  leave: verb({
    arguments: {},
    help: "let the peer that is watched say goodbye to everybody and end",
    keyless: "the key of quit is the one that leaves elsewhere",
    inverse: { none: "its process ends: recover starts it again" },
    loss: verbs.leave.loss,
  }),
};

function ofSimulations(): VerbTable {
  return simulatedVerbs;
}

/** Whatever can be said at a desk, understood; at the desk of a real peer only what its own verbs say. */
export type SaidCommand = ParsedLine<typeof simulatedVerbs>;

/** What can be said at a desk: keys, palette, completion and help are made of it. */
export interface Vocabulary {
  readonly of: "peer" | "simulation";
  readonly verbs: VerbTable;
  /** Understands a line, or says which word is wrong, what is right, and where it stands. */
  parse(line: string, names: PeerNames): LineReading<SaidCommand>;
}

/** Of the desk of a real peer. */
export const OF_PEERS: Vocabulary = { of: "peer", verbs, parse: parseLine };

/** Of the desk of a simulation. */
export const OF_SIMULATIONS: Vocabulary = {
  of: "simulation",
  verbs: simulatedVerbs,
  parse: (line, names) => parseWith(simulatedVerbs, line, names),
};
