import { factor, peer } from "./arguments.ts";
import { type Argument, verb, wrong } from "./grammar.ts";
import { SPEEDS, type Speed, speedWord } from "./speed.ts";

const times = factor("10x", 0.1, 100, []);

/** How fast time goes: `10x`, or `max`. */
const speed: Argument<Speed> = {
  shape: "0.1x..100x|max",
  optional: false,
  read: (word, names) => {
    if (word === "max") return { ok: true, value: word };
    const reading = times.read(word, names);
    return reading.ok ? reading : wrong(`${reading.text}, or max for as fast as it goes`);
  },
  offers: () => SPEEDS.map(speedWord),
};

const TIME_ONLY = { none: "what has happened stays: time does not go back" } as const;
const OTHER_SPEED = { none: "say the speed that it was" } as const;
const WATCH_ONLY = { none: "it changes nothing but what is shown" } as const;

/** What is said of a simulation as a whole: whom to watch, and how its time goes. No peer by itself knows these. */
export const simulationVerbs = {
  watch: verb({
    arguments: { peer },
    help: "show another peer, as its own terminal would",
    key: { key: "W", scope: "global" },
    takesTarget: true,
    inverse: WATCH_ONLY,
  }),
  next: verb({
    arguments: {},
    help: "watch the next peer",
    key: { key: "]", scope: "global" },
    inverse: { line: "previous" },
  }),
  previous: verb({
    arguments: {},
    help: "watch the peer before",
    key: { key: "[", scope: "global" },
    inverse: { line: "next" },
  }),
  halt: verb({
    arguments: {},
    help: "let time stand still; the same key lets it go on",
    key: { key: "P", scope: "global" },
    inverse: { line: "go" },
  }),
  go: verb({
    arguments: {},
    help: "let time go on",
    keyless: "the key of halt does it where time stands still",
    inverse: { line: "halt" },
  }),
  step: verb({
    arguments: {},
    help: "let time pass until there is news of any peer, a second at most, then halt",
    key: { key: ".", scope: "global" },
    inverse: TIME_ONLY,
  }),
  speed: verb({
    arguments: { speed },
    help: "let time go so many times as fast as real time, or as fast as it can",
    keyless: "a speed must be said; the keys of faster and slower go through the usual ones",
    inverse: OTHER_SPEED,
  }),
  faster: verb({
    arguments: {},
    help: "go on to the next faster speed",
    key: { key: "+", scope: "global" },
    inverse: { line: "slower" },
  }),
  slower: verb({
    arguments: {},
    help: "go back to the next slower speed",
    key: { key: "-", scope: "global" },
    inverse: { line: "faster" },
  }),
  quit: verb({
    arguments: {},
    help: "end the simulation",
    aliases: ["q"],
    key: { key: "q", scope: "global" },
    doneBy: "screen",
    inverse: { none: "the process ends: start it again" },
  }),
};
