import { completionsOf } from "./completion.ts";
import { faultVerbs } from "./fault-verbs.ts";
import type { LineReading, ParsedLine, Verb, VerbTable } from "./grammar.ts";
import { parseWith, textAt, unknownVerb, usage, verbNamed } from "./grammar.ts";
import type { Held } from "./held.ts";
import { lockVerbs } from "./lock-verbs.ts";
import type { PeerNames } from "./peer-names.ts";
import { peerVerbs } from "./peer-verbs.ts";
import { poolVerbs } from "./pool-verbs.ts";
import { screenVerbs } from "./screen-verbs.ts";
import { simulationVerbs } from "./simulation-verbs.ts";
import { storeVerbs } from "./store-verbs.ts";
import { wordsOf } from "./words.ts";

/** Every verb of a peer, in the order in which help lists them. */
export const verbs = {
  ...peerVerbs,
  ...storeVerbs,
  ...lockVerbs,
  ...poolVerbs,
  ...screenVerbs(ofPeers),
  ...faultVerbs,
};

function ofPeers(): VerbTable {
  return verbs;
}

/** A command as it was understood. */
export type Command = ParsedLine<typeof verbs>;

/** A command that sets faults or ends them. */
export type FaultLine = Extract<Command, { readonly verb: keyof typeof faultVerbs }>;

/** A command that asks something of the replicated store. */
export type StoreLine = Extract<Command, { readonly verb: keyof typeof storeVerbs }>;

/** A command that asks something of the pool. */
export type PoolLine = Extract<Command, { readonly verb: keyof typeof poolVerbs }>;

/** Whether a command sets faults or ends them. */
export function isFaultCommand(command: Command): command is FaultLine {
  return Object.hasOwn(faultVerbs, command.verb);
}

/**
 * Understands a line of the palette, such as `drop 7002 30%`; else one line says which word is wrong and what is right,
 * and where it stands.
 */
export function parseLine(line: string, names: PeerNames): LineReading<Command> {
  const reading = parseWith(verbs, line, names);
  const [said] = wordsOf(line);
  return reading.ok || said === undefined || !isOfSimulation(said.text)
    ? reading
    : { ...reading, text: whyUnknown(said.text) };
}

/** Where in a line of a peer the text begins in which no word means anything; the end of the line where there is none. */
export function textIn(line: string): number {
  return textAt(verbs, line);
}

/** Why a word is no verb of a peer, and which would be right. */
export function whyUnknown(word: string): string {
  return isOfSimulation(word)
    ? `${word} belongs to a simulation: p2p-node sim FILE --ui takes it`
    : unknownVerb(verbs, word);
}

/** The whole words with which a line may go on; what the store holds is offered where it is known. */
export function complete(
  line: string,
  names: PeerNames,
  table: VerbTable = verbs,
  held: Held = { files: [], keys: [], locks: [], jobs: [] },
): readonly string[] {
  return completionsOf(table, line, { names, held });
}

/** How each verb is said and what it does, one a row; only one if it is named. */
export function helpRows(
  about: string | null,
  table: VerbTable = verbs,
): readonly { readonly usage: string; readonly help: string }[] {
  const listed = Object.entries<Verb>(table).filter(([name]) => about === null || name === about);
  return listed.map(([name, entry]) => ({ usage: usage(name, entry), help: entry.help }));
}

/** Whether a command asks something of the pool. */
export function isPoolCommand(command: Command): command is PoolLine {
  return Object.hasOwn(poolVerbs, command.verb);
}

/** Whether a word is a verb of simulations and none of peers. */
function isOfSimulation(word: string): boolean {
  return Object.hasOwn(simulationVerbs, word) && verbNamed(verbs, word) === undefined;
}
