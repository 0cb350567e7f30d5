import { faultVerbs } from "./fault-verbs.ts";
import type { Argument, LineReading, ParsedLine, Verb } from "./grammar.ts";
import { completionsOf, parseWith, usage, verb, verbNamed, wrong } from "./grammar.ts";
import type { PeerNames } from "./peer-names.ts";
import { peerVerbs } from "./peer-verbs.ts";

/** The name of a verb. */
const verbName: Argument<string> = {
  shape: "COMMAND",
  optional: true,
  read: (word) => {
    const name = verbNamed(verbs, word);
    return name === undefined
      ? wrong(`no command is called ${word}: say ${Object.keys(verbs).join(", ")}`)
      : { ok: true, value: name };
  },
  offers: () => Object.keys(verbs),
};

/** What a screen shows by itself. */
const screenVerbs = {
  table: verb({
    arguments: {},
    help: "show the network table",
    keyless: "the panel of peers shows most of it",
    doneBy: "screen",
    inverse: { none: "it changes nothing" },
  }),
  help: verb({
    arguments: { about: verbName },
    help: "show keys and commands, or one command",
    keyless: "? is a key of the screen",
    doneBy: "screen",
    inverse: { none: "it changes nothing" },
  }),
};

/** Every verb, in the order in which help lists them. */
export const verbs = { ...peerVerbs, ...screenVerbs, ...faultVerbs };

/** A command as it was understood. */
export type Command = ParsedLine<typeof verbs>;

/** A command that sets faults or ends them. */
export type FaultLine = Extract<Command, { readonly verb: keyof typeof faultVerbs }>;

/** Whether a command sets faults or ends them. */
export function isFaultCommand(command: Command): command is FaultLine {
  return Object.hasOwn(faultVerbs, command.verb);
}

/**
 * Understands a line of the palette, such as `drop 7002 30%`; else one line says which word is wrong and what is right,
 * and where it stands.
 */
export function parseLine(line: string, names: PeerNames): LineReading<Command> {
  return parseWith(verbs, line, names);
}

/** The whole words with which a line may go on. */
export function complete(line: string, names: PeerNames): readonly string[] {
  return completionsOf(verbs, line, names);
}

/** How each verb is said and what it does, one a row; only one if it is named. */
export function helpRows(about: string | null): readonly { readonly usage: string; readonly help: string }[] {
  const listed = Object.entries<Verb>(verbs).filter(([name]) => about === null || name === about);
  return listed.map(([name, entry]) => ({ usage: usage(name, entry), help: entry.help }));
}
