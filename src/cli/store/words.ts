/** A line is no command; the message is one line, in which the line may be quoted. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** What a backslash and a letter stand for. Before a blank, a quote or another backslash it takes their meaning away. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ['"', '"'],
  ["\\", "\\"],
  [" ", " "],
]);

/** An escape of a character by its number; one of the others; a quote; blanks; anything else. */
const PIECES = /\\u\{([0-9a-f]{1,6})\}|\\(.?)|(")|([ \t]+)|([^\\" \t]+)/giu;

/**
 * The words of a line. Blanks part them; `"` keeps what stands between two of them together, and `\n`, `\r`, `\t`, `\"`,
 * `\\`, `\ ` and `\u{1f600}` are what they are in most languages, in quotes or not.
 *
 * @throws CommandError where a quote is not closed, or an escape is none of these
 */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (const [piece, code, letter, quote, blanks] of line.matchAll(PIECES)) {
    if (quote !== undefined) {
      isQuoted = !isQuoted;
      word ??= "";
    } else if (blanks === undefined || isQuoted) {
      word = (word ?? "") + meaningOf(piece, code, letter);
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (isQuoted) throw new CommandError('a " is not closed');
  return word === undefined ? words : [...words, word];
}

/** A word as it may be said in a line. */
export function quoted(word: string): string {
  if (/^[^\s"\\]+$/u.test(word)) return word;
  return `"${word.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`;
}

function meaningOf(piece: string, code: string | undefined, letter: string | undefined): string {
  if (code !== undefined) {
    const point = Number.parseInt(code, 16);
    const isCharacter = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    if (isCharacter) return String.fromCodePoint(point);
  } else if (letter === undefined) return piece;
  const meaning = ESCAPES.get(letter ?? "");
  if (meaning === undefined) throw new CommandError(`${piece} stands for nothing: \\\\ is a backslash`);
  return meaning;
}
