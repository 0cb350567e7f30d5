import type { PeerView } from "../peer/peer-view.ts";
import type { Held } from "./held.ts";
import type { PeerNames } from "./peer-names.ts";
import { placeIn, plainWordsOf, textFrom, type Word, wordsOf } from "./words.ts";

/** Why something was not understood. */
export interface Refusal {
  readonly ok: false;
  /** One line that says what is wrong and what would be right. */
  readonly text: string;
  /** Where the mistake stands in what was read, in UTF-16 units; without it, at its beginning. */
  readonly at?: number;
}

/** A word that was understood, or why not. */
export type Reading<T> = { readonly ok: true; readonly value: T } | Refusal;

/** Why a line was not understood: `at` is where the wrong word begins, or the end of the line that lacks something. */
export type LineRefusal = Refusal & { readonly at: number };

/** A line that was understood, or why not. */
export type LineReading<T> = { readonly ok: true; readonly value: T } | LineRefusal;

/** A kind of argument: how a word becomes a value, and which words may stand there. */
export interface Argument<T> {
  /** How help writes it: `PEER`, `30%`, `for 30s`. */
  readonly shape: string;
  readonly optional: boolean;
  /** Words by which it is known wherever it stands behind the verb; without any it has its place in the order. */
  readonly keywords?: readonly string[];
  /** Whether its keyword only announces the value, which is the next word: `for 30s`. */
  readonly valueFollows?: boolean;
  /** A mark without which its word goes on after a blank: `|` between groups. */
  readonly mark?: string;
  /** Whether it is the last one and takes the rest of the line as it stands there, blanks and marks included. */
  readonly takesRest?: boolean;
  /** Whether its word names no peers: marks are part of it, and in quotes it holds blanks too. */
  readonly isPlain?: boolean;
  read(word: string, names: PeerNames): Reading<T>;
  /** Every whole word worth offering where `begun` is what stands there so far. */
  offers(names: PeerNames, begun: string, held: Held): readonly string[];
}

/** The arguments of a verb, by name, in the order in which they are said. */
export type Arguments = Readonly<Record<string, Argument<unknown>>>;

/** Where the key of a verb works; those of boards work in both panels that show them. */
export type KeyScope = "global" | "gossip" | "raft" | "notices" | "files" | "values" | "mutex" | "broker" | "life";

/** What the row under the cursor may be of, besides peers: a data type, a file, the key of a value, a lock, or a job. */
export type Under = "type" | "file" | "key" | "lock" | "job";

/** A key that stands for a verb. */
interface VerbKey {
  readonly key: string;
  readonly scope: KeyScope;
  /** Whether its line is opened to be finished, because something must be said. */
  readonly opens?: boolean;
  /** A word for it, where the verb itself is a long one. */
  readonly hint?: string;
}

/** A key that means something after `f`. */
export interface FaultKey {
  readonly key: string;
  /** The line that it stands for, `{target}` for the peers that it acts on: `drop {target} 30% both`. */
  readonly line: string;
  /** Whether the line is opened to be changed first, because it holds a value. */
  readonly opens: boolean;
  /** A word or two. */
  readonly hint: string;
}

/** How what a verb does is taken back: by this line, or why by none. */
export type Inverse = { readonly line: string } | { readonly none: string };

/** One verb: what keys, palette, completion, help and programs all read. */
export interface Verb<A extends Arguments = Arguments> {
  readonly arguments: A;
  /** One line, imperative. */
  readonly help: string;
  /** Other words for it. */
  readonly aliases: readonly string[];
  /** Null where there is none. */
  readonly key: VerbKey | null;
  /** The keys after `f` that stand for it. */
  readonly faultKeys: readonly FaultKey[];
  /** Why no key stands for it; null where one does. */
  readonly keyless: string | null;
  /** Whether its key acts on the target: the marked peers, else the one under the cursor. */
  readonly takesTarget: boolean;
  /** What its key acts on, where the row under the cursor is of such a thing; null where its key acts on none. */
  readonly takesUnder: Under | null;
  /** `peer`: the peer carries it out. `screen`: whoever watches only shows something. */
  readonly doneBy: "peer" | "screen";
  readonly inverse: Inverse;
  /**
   * What would be lost, so that it must be confirmed; null where nothing is.
   *
   * @param said the arguments; without them it is asked of this peer itself
   */
  loss(view: PeerView, names: PeerNames, said?: ArgumentValues<A>): string | null;
}

type Declared<A extends Arguments> = Pick<Verb<A>, "arguments" | "help" | "inverse"> & Partial<Verb<A>>;

/** A verb with what is usual where nothing else is said. */
export function verb<A extends Arguments>(declared: Declared<A>): Verb<A> {
  return {
    aliases: [],
    key: null,
    faultKeys: [],
    keyless: null,
    takesTarget: false,
    takesUnder: null,
    doneBy: "peer",
    loss: () => null,
    ...declared,
  };
}

/** A table of verbs by name. */
export type VerbTable = Readonly<Record<string, Verb>>;

type ValueOf<A> = A extends Argument<infer T> ? T : never;

/** The values of arguments by name; null for an optional one that was not said. */
export type ArgumentValues<A extends Arguments> = { readonly [K in keyof A]: ValueOf<A[K]> | null };

/** A line that was understood: the verb, and its arguments by name; null for an optional one that was not said. */
export type ParsedLine<T extends VerbTable> = {
  [V in keyof T & string]: { readonly verb: V } & ArgumentValues<T[V]["arguments"]>;
}[keyof T & string];

/** Understands a line, or says in one line which word is wrong, where it stands, and what would be right. */
export function parseWith<T extends VerbTable>(table: T, line: string, names: PeerNames): LineReading<ParsedLine<T>> {
  const [said, ...words] = wordsSaid(table, line);
  if (said === undefined) return { ok: false, text: unknownVerb(table, ""), at: line.length };
  const name = verbNamed(table, said.text);
  const verb = name === undefined ? undefined : table[name];
  if (name === undefined || verb === undefined)
    return { ok: false, text: unknownVerb(table, said.text), at: placeIn(said, 0) };
  const reading = readArguments({ name, verb, words, line }, names);
  // What is missing stands nowhere: it belongs where the line ends.
  if (!reading.ok) return { ...reading, at: reading.at ?? line.length };
  // The keys are those of the verb's arguments and each value is what its kind read.
  return { ok: true, value: reading.value as ParsedLine<T> };
}

/** The words of a line: where its verb takes some of it as it stands, marks of lists part and join nothing. */
export function wordsSaid(table: VerbTable, line: string): Word[] {
  const words = plainWordsOf(line);
  return isPlainly(kindsSaid(table, words[0])) ? words : wordsOf(line);
}

/** Whether some word of a line is taken as it stands. */
export function isPlainly(kinds: readonly Argument<unknown>[]): boolean {
  return kinds.some(({ takesRest, isPlain }) => takesRest === true || isPlain === true);
}

/** Where in a line that begins which its verb takes as it stands; the end of the line where it takes nothing so. */
export function textAt(table: VerbTable, line: string): number {
  const [said, ...words] = wordsSaid(table, line);
  const kinds = kindsSaid(table, said);
  const places = kinds.filter(({ keywords }) => keywords === undefined);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const { text } = word;
    const kind = kinds.find(({ keywords }) => keywords?.includes(text)) ?? places.shift();
    if (kind !== undefined && isPlainly([kind])) return placeIn(word, 0);
    if (kind?.valueFollows === true) words.shift();
  }
  return line.length;
}

/** The arguments of the verb that a word names; none where it names none. */
function kindsSaid(table: VerbTable, word: Word | undefined): readonly Argument<unknown>[] {
  const name = word === undefined ? undefined : verbNamed(table, word.text);
  return Object.values((name === undefined ? undefined : table[name]?.arguments) ?? {});
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

/**
 * Gives each word to the argument that knows it, else to the next that has its place in the order. A refusal says where
 * in the line the mistake stands, unless something is missing.
 */
function readArguments(
  { name, verb, words, line }: { name: string; verb: Verb; words: Word[]; line: string },
  names: PeerNames,
): Reading<Readonly<Record<string, unknown>>> {
  const kinds = Object.entries(verb.arguments);
  const values: Record<string, unknown> = { verb: name, ...Object.fromEntries(kinds.map(([each]) => [each, null])) };
  const places = kinds.filter(([, kind]) => kind.keywords === undefined);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const { text } = word;
    const tooMany = `${name}: ${text} is one word too many`;
    const [argument, kind] = kinds.find(([, each]) => each.keywords?.includes(text)) ?? places.shift() ?? [];
    if (argument === undefined || kind === undefined)
      return wrong(`${tooMany}: ${usage(name, verb)}`, placeIn(word, 0));
    if (values[argument] !== null) return wrong(`${tooMany}: it was said before`, placeIn(word, 0));
    const value = kind.valueFollows === true ? words.shift() : kind.takesRest ? textFrom(word, line) : word;
    if (kind.takesRest) words.length = 0;
    if (value === undefined) return wrong(`${name}: ${text} needs a value: say ${kind.shape}`);
    const reading = kind.read(value.text, names);
    if (!reading.ok) return wrong(`${name}: ${reading.text}`, placeIn(value, reading.at ?? 0));
    values[argument] = reading.value;
  }
  const missing = places.find(([, kind]) => !kind.optional);
  return missing === undefined
    ? { ok: true, value: values }
    : wrong(`${name} needs ${missing[1].shape}: ${usage(name, verb)}`);
}

/** Why a word names no verb, and which would be right. */
export function unknownVerb(table: VerbTable, said: string): string {
  const names = Object.keys(table);
  if (said === "") return `say one of ${names.join(", ")}`;
  const near = names.find((name) => name.startsWith(said) || said.startsWith(name));
  return near === undefined
    ? `no command is called ${said}: say ${names.join(", ")}`
    : `no command is called ${said}: did you mean ${near}?`;
}

/**
 * Says why something was not understood.
 *
 * @param at where the mistake stands in what was read, in UTF-16 units
 */
export function wrong(text: string, at?: number): Refusal {
  return at === undefined ? { ok: false, text } : { ok: false, text, at };
}
