import {
  behind,
  direction,
  duration,
  factor,
  faultNumbers,
  groups,
  lasting,
  optional,
  peers,
  percent,
  rate,
  switchWord,
} from "./arguments.ts";
import { type FaultKey, verb } from "./grammar.ts";
import { lossOfCrash } from "./losses.ts";

const UNDO = { line: "undo" } as const;
const HEALS = { none: "it takes faults back: set them again" } as const;

/** What acts on the traffic between this peer and others; all of it is held by this peer. */
const linkVerbs = {
  cut: verb({
    arguments: { peers, direction, reset: switchWord("reset"), lasting },
    help: "let nothing pass to and from peers (reset: break their connections too)",
    faultKeys: [
      key("c", "cut {target} both", "cut"),
      key(">", "cut {target} out", "cut out"),
      key("<", "cut {target} in", "cut in"),
    ],
    takesTarget: true,
    inverse: UNDO,
  }),
  drop: verb({
    arguments: { peers, percent, direction, lasting },
    help: "lose a part of what is sent",
    faultKeys: [opening("d", "drop {target} 30% both", "drop")],
    takesTarget: true,
    inverse: UNDO,
  }),
  latency: verb({
    arguments: {
      peers,
      delay: duration,
      jitter: behind("jitter", duration, "20ms", ["10ms", "20ms"]),
      direction,
      lasting,
    },
    help: "delay what is sent, by up to jitter more or less (also +-20ms)",
    faultKeys: [opening("l", "latency {target} 100ms jitter 20ms both", "latency")],
    takesTarget: true,
    inverse: UNDO,
  }),
  duplicate: verb({
    arguments: { peers, percent, direction, lasting },
    help: "send a part twice",
    faultKeys: [opening("2", "duplicate {target} 20% both", "duplicate")],
    takesTarget: true,
    inverse: UNDO,
  }),
  reorder: verb({
    arguments: { peers, percent, direction, lasting },
    help: "let a part of the packets come later than what was sent next",
    faultKeys: [opening("r", "reorder {target} 20% both", "reorder")],
    takesTarget: true,
    inverse: UNDO,
  }),
  corrupt: verb({
    arguments: { peers, percent, direction, lasting },
    help: "flip bits of a part; the checksum finds it",
    faultKeys: [opening("x", "corrupt {target} 5% both", "corrupt")],
    takesTarget: true,
    inverse: UNDO,
  }),
  bandwidth: verb({
    arguments: { peers, rate, direction, lasting },
    help: "let no more than this pass in a second",
    faultKeys: [opening("b", "bandwidth {target} 10KB/s both", "bandwidth")],
    takesTarget: true,
    inverse: UNDO,
  }),
};

/** What acts on peers as a whole, wherever they are. */
const processVerbs = {
  isolate: verb({
    arguments: { peers, lasting },
    help: "cut peers off from everybody, both ways",
    faultKeys: [key("i", "isolate {target}", "isolate")],
    takesTarget: true,
    inverse: UNDO,
  }),
  pause: verb({
    arguments: { peers, lasting },
    help: "let peers stand still: nothing is read, no timer fires",
    faultKeys: [key("p", "pause {target}", "pause")],
    takesTarget: true,
    inverse: { line: "resume {target}" },
  }),
  resume: verb({
    arguments: { peers },
    help: "let paused peers go on",
    faultKeys: [key("p", "resume {target}", "resume")],
    takesTarget: true,
    inverse: HEALS,
  }),
  crash: verb({
    arguments: { peers, lasting },
    help: "let peers lose all that is not on disk, and fall silent",
    faultKeys: [key("k", "crash {target}", "crash")],
    takesTarget: true,
    inverse: { line: "recover {target}" },
    loss: lossOfCrash,
  }),
  recover: verb({
    arguments: { peers },
    help: "start crashed peers from their disks",
    faultKeys: [key("k", "recover {target}", "recover")],
    takesTarget: true,
    inverse: HEALS,
  }),
  skew: verb({
    arguments: { peers, rate: factor("1.5x", 0.01, 100, ["0.5x", "1.5x", "2x"]) },
    help: "let the clocks of peers run this much faster (1x is right)",
    faultKeys: [opening("t", "skew {target} 1.5x", "clock")],
    takesTarget: true,
    inverse: UNDO,
  }),
  jump: verb({
    arguments: { peers, ahead: duration },
    help: "let the clocks of peers jump ahead",
    keyless: "the key of clocks is skew's",
    takesTarget: true,
    inverse: { none: "no clock of a peer runs back" },
  }),
};

/** What acts on the whole cluster, or takes faults back. */
const clusterVerbs = {
  partition: verb({
    arguments: { groups, lasting },
    help: "part groups of peers from each other",
    keyless: "two groups are no target: say them",
    inverse: UNDO,
  }),
  pace: verb({
    arguments: { factor: factor("10", 0.1, 1000, ["1", "2", "10"]) },
    help: "let every timer of the cluster take this many times as long (1 ends it)",
    keyless: "it is rare, and a number must be said",
    inverse: UNDO,
  }),
  heal: verb({
    arguments: { peers: optional(peers) },
    help: "end what we and peers do to each other, their pause, crash and skew (all: everything everywhere)",
    faultKeys: [key("h", "heal {target}", "heal"), key("H", "heal all", "heal all")],
    takesTarget: true,
    inverse: HEALS,
  }),
  remove: verb({
    arguments: { faults: faultNumbers },
    help: "end single faults of this peer, by their numbers",
    keyless: "d in the panel of faults does it",
    inverse: HEALS,
  }),
  undo: verb({
    arguments: {},
    help: "take back the last fault that was set here, wherever it acted",
    key: { key: "u", scope: "global" },
    inverse: HEALS,
  }),
};

/** Every verb that sets faults or ends them, in the order in which help lists them. */
export const faultVerbs = { ...linkVerbs, ...processVerbs, ...clusterVerbs };

/** A key that acts at once. */
function key(letter: string, line: string, hint: string): FaultKey {
  return { key: letter, line, opens: false, hint };
}

/** A key that opens a line with a value. */
function opening(letter: string, line: string, hint: string): FaultKey {
  return { key: letter, line, opens: true, hint };
}
