/**
 * Text from outside, made fit for a terminal. Whatever is not on the allow-list becomes a visible escape such as
 * `\u{202e}`; nothing is removed, because removing can join the rest into something new.
 *
 * Allowed: letters, marks, numbers, punctuation, symbols and the plain space, if they are visible, and in clusters
 * only where every terminal agrees on the width: as one cluster they are as wide as their code points one by one.
 * That leaves accents and most scripts whole and escapes joiners, direction overrides, emoji sequences and floods of
 * combining marks.
 */
import stringWidth from "string-width";

/** Widest text that is shown of anything, in columns, where the caller says nothing. */
const WIDEST = 200;

/** Most combining marks on one character. */
const MAX_MARKS = 3;

/** Stands where something was cut off. ASCII, because the usual ellipsis is two columns wide on some terminals. */
const CUT = "~";

/** What nearly every text is made of, one column a code unit: ASCII, our rule, Braille, and the half blocks of boards. */
const PLAIN = /^[\x20-\x7e\u254c\u2580\u2584\u2588\u2801-\u28ff]*$/;
const SPOKEN = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
/** Invisible or of a width that depends on its neighbours, although a letter, a mark or a symbol. */
const TREACHEROUS =
  /^[\p{Default_Ignorable_Code_Point}\p{Regional_Indicator}\p{Emoji_Modifier}\u{2800}\u{1100}-\u{11ff}\u{a960}-\u{a97f}\u{d7b0}-\u{d7ff}]$/u;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}]$/u;
const segmenter = new Intl.Segmenter();

/**
 * Escapes all but the allow-list and cuts what is wider than `maxWidth` columns, marking the cut with `~`.
 * Doing it again changes nothing.
 */
export function safeText(text: string, maxWidth = WIDEST): string {
  // A column takes at least one code unit, or some of them, so more than this is never shown.
  const bounded = text.slice(0, (maxWidth + 1) * (MAX_MARKS + 2));
  if (PLAIN.test(bounded)) return bounded.length <= maxWidth ? bounded : cut(bounded, maxWidth);
  let safe = "";
  for (const { segment } of segmenter.segment(bounded)) safe += safeCluster(segment);
  return cut(safe, maxWidth);
}

/** Columns that a safe text takes. */
export function textWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** As much of a safe text as fits into `width` columns, the last one `~` where something was cut off. */
export function cut(text: string, width: number): string {
  if (PLAIN.test(text))
    return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}${CUT}`.slice(0, width);
  if (stringWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = stringWidth(segment);
    if (used + wide > width - 1) break;
    kept += segment;
    used += wide;
  }
  return width > 0 ? kept + CUT : "";
}

/** The same of its end: the first column is `~` where something was cut off. */
export function cutBefore(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of [...segmenter.segment(text)].reverse()) {
    const wide = textWidth(segment);
    if (used + wide > width - 1) break;
    kept = segment + kept;
    used += wide;
  }
  return width > 0 ? CUT + kept : "";
}

function safeCluster(cluster: string): string {
  const characters = [...cluster];
  const marks = characters.filter((character) => ZERO_WIDTH.test(character)).length;
  const spoken = characters.every(isSpoken);
  if (spoken && marks <= MAX_MARKS && marks < characters.length && agreed(cluster, characters)) return cluster;
  return characters.map(safeAlone).join("");
}

function isSpoken(character: string): boolean {
  return SPOKEN.test(character) && !TREACHEROUS.test(character) && !joinsWhatFollows(character);
}

/** Some letters of a few scripts are one cluster with whatever comes next, be it the beginning of an escape. */
function joinsWhatFollows(character: string): boolean {
  return [...segmenter.segment(`${character}a`)].length === 1;
}

/** Whether a terminal that counts code points and one that counts clusters see the same width. */
function agreed(cluster: string, characters: readonly string[]): boolean {
  let sum = 0;
  for (const character of characters) sum += ZERO_WIDTH.test(character) ? 0 : stringWidth(character);
  return sum > 0 && sum === stringWidth(cluster);
}

function safeAlone(character: string): string {
  const fine = isSpoken(character) && !/\p{M}/u.test(character);
  return fine && stringWidth(character) > 0 ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
