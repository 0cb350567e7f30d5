import { type Argument, isPlainly, type Verb, type VerbTable, verbNamed, wordsSaid } from "./grammar.ts";
import type { Held } from "./held.ts";
import type { PeerNames } from "./peer-names.ts";

/** What may be named. */
interface Known {
  readonly names: PeerNames;
  readonly held: Held;
}

/** The words that may stand where `line` ends, each a whole word; those that continue what is begun, in table order. */
export function completionsOf(table: VerbTable, line: string, known: Known): readonly string[] {
  const begun = /\S*$/.exec(line)?.[0] ?? "";
  const head = line.slice(0, line.length - begun.length);
  const words = wordsSaid(table, head).map(({ text }) => text);
  const [said] = words;
  if (said === undefined) return Object.keys(table).filter((name) => name.startsWith(begun));
  const name = verbNamed(table, said);
  const verb = name === undefined ? undefined : table[name];
  if (verb === undefined) return [];
  // A list goes on behind its mark, whether or not a blank stands there.
  const isAtMark = /[,|]\s*$/.test(head) || /^[,|]/.test(begun);
  const goesOn = words.length > 1 && isAtMark && !isPlainly(Object.values(verb.arguments));
  const open = goesOn ? (words.pop() ?? "") : "";
  return offersAfter(verb, words.slice(1), open + begun, known)
    .filter((word) => word.startsWith(open + begun))
    .map((word) => word.slice(open.length));
}

function offersAfter(verb: Verb, words: readonly string[], begun: string, { names, held }: Known): readonly string[] {
  let left = Object.values(verb.arguments);
  let last: { readonly kind: Argument<unknown>; readonly word: string } | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const kind = left.find((each) => each.keywords?.includes(word)) ?? left.find((each) => each.keywords === undefined);
    if (kind === undefined || kind.takesRest) return [];
    if (kind.valueFollows === true) {
      i += 1;
      if (i === words.length) return kind.offers(names, begun, held);
    }
    left = left.filter((each) => each !== kind);
    last = { kind, word };
  }
  const mark = last?.kind.mark;
  if (mark !== undefined && last?.word.includes(mark) === false) return [mark];
  const place = left.find(({ keywords }) => keywords === undefined);
  // Text is to be written here: whoever reads what that is needs no words for it.
  if (place?.takesRest && begun === "") return [];
  return [...(place?.offers(names, begun, held) ?? []), ...left.flatMap(({ keywords }) => keywords ?? [])];
}
