import type { PeerView } from "../peer/peer-view.ts";
import type { PeerNames } from "./peer-names.ts";

/** A word that was understood, or one line that says what would be right. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly text: string };

/** A kind of argument: how a word becomes a value, and which words may stand there. */
export interface Argument<T> {
  /** How help writes it: `PEER`, `30s`. */
  readonly shape: string;
  readonly optional: boolean;
  read(word: string, names: PeerNames): Reading<T>;
  /** Every word worth offering here. */
  offers(names: PeerNames): readonly string[];
}

/** The arguments of a verb, by name, in the order in which they are said. */
export type Arguments = Readonly<Record<string, Argument<unknown>>>;

/** Where the key of a verb works. */
export type KeyScope = "global" | "gossip" | "raft";

/** One verb: what keys, palette, completion, help and programs all read. */
export interface Verb<A extends Arguments = Arguments> {
  readonly arguments: A;
  /** One line, imperative. */
  readonly help: string;
  /** Other words for it. */
  readonly aliases: readonly string[];
  /** Null where there is none. */
  readonly key: { readonly key: string; readonly scope: KeyScope } | null;
  /** Whether its key acts on the target: the marked peers, else the one under the cursor. */
  readonly takesTarget: boolean;
  /** `peer`: the peer carries it out. `screen`: whoever watches only shows something. */
  readonly doneBy: "peer" | "screen";
  /** What would be lost, so that it must be confirmed; null where nothing is. */
  loss(view: PeerView, names: PeerNames): string | null;
}

/** A table of verbs by name. */
export type VerbTable = Readonly<Record<string, Verb>>;

type ValueOf<A> = A extends Argument<infer T> ? T : never;

/** A line that was understood: the verb, and its arguments by name; null for an optional one that was not said. */
export type ParsedLine<T extends VerbTable> = {
  [V in keyof T & string]: { readonly verb: V } & {
    readonly [K in keyof T[V]["arguments"]]: ValueOf<T[V]["arguments"][K]> | null;
  };
}[keyof T & string];

/** Understands a line, or says in one line which word is wrong and what would be right. */
export function parseWith<T extends VerbTable>(table: T, line: string, names: PeerNames): Reading<ParsedLine<T>> {
  const [said = "", ...words] = wordsOf(line);
  const name = verbNamed(table, said);
  const verb = name === undefined ? undefined : table[name];
  if (name === undefined || verb === undefined) return wrong(unknownVerb(table, said));
  const values: Record<string, unknown> = { verb: name };
  for (const [argument, kind] of Object.entries(verb.arguments)) {
    const word = words.shift();
    if (word === undefined && !kind.optional) return wrong(`${name} needs ${kind.shape}: ${usage(name, verb)}`);
    const reading = word === undefined ? { ok: true as const, value: null } : kind.read(word, names);
    if (!reading.ok) return wrong(`${name}: ${reading.text}`);
    values[argument] = reading.value;
  }
  const [extra] = words;
  if (extra !== undefined) return wrong(`${name}: ${extra} is one word too many: ${usage(name, verb)}`);
  // The keys are those of the verb's arguments and each value is what its kind read.
  return { ok: true, value: values as ParsedLine<T> };
}

/** The words that may stand where `line` ends, each a whole word; those that continue what is begun, in table order. */
export function completionsOf(table: VerbTable, line: string, names: PeerNames): readonly string[] {
  const words = line.trimStart().split(/\s+/);
  const begun = words.at(-1) ?? "";
  if (words.length <= 1) return Object.keys(table).filter((name) => name.startsWith(begun));
  const name = verbNamed(table, words[0] ?? "");
  const kind = Object.values((name === undefined ? undefined : table[name])?.arguments ?? {})[words.length - 2];
  return (kind?.offers(names) ?? []).filter((word) => word.startsWith(begun));
}

/** The verb that a word names, by its name or an alias. */
export function verbNamed(table: VerbTable, word: string): string | undefined {
  if (Object.hasOwn(table, word)) return word;
  return Object.keys(table).find((name) => table[name]?.aliases.includes(word));
}

/** How a verb is said: `test [PEER,...|all]`. */
export function usage(name: string, verb: Verb): string {
  const shapes = Object.values(verb.arguments).map((kind) => (kind.optional ? `[${kind.shape}]` : kind.shape));
  return [name, ...shapes].join(" ");
}

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== "");
}

function unknownVerb(table: VerbTable, said: string): string {
  const names = Object.keys(table);
  if (said === "") return `say one of ${names.join(", ")}`;
  const near = names.find((name) => name.startsWith(said) || said.startsWith(name));
  return near === undefined
    ? `no command is called ${said}: say ${names.join(", ")}`
    : `no command is called ${said}: did you mean ${near}?`;
}

function wrong(text: string): { readonly ok: false; readonly text: string } {
  return { ok: false, text };
}
