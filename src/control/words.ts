/** A word of a line. */
export interface Word {
  readonly text: string;
  /** Where in the line each UTF-16 unit of the text stands; of a `jitter` that was said by a sign, where that begins. */
  readonly places: readonly number[];
}

/** A `+-` that begins a word; else a word, which goes on across the blanks around the marks of lists. */
const WORD = /(?<!\S)(\+-|\u00b1)|(?:\s*[,|]\s*|[^\s,|])+/g;

/** The words of a line; blanks around the marks of lists do not part words, and `+-20ms` is `jitter 20ms`. */
export function wordsOf(line: string): Word[] {
  return [...line.matchAll(WORD)].map(({ 0: said, 1: sign, index }) => {
    if (sign !== undefined) return { text: "jitter", places: [index] };
    const places = [...Array(said.length).keys()].filter((unit) => !/\s/.test(said.charAt(unit)));
    return { text: said.replace(/\s+/g, ""), places: places.map((unit) => index + unit) };
  });
}

/** Text in quotes, with the escapes of JSON, or what stands between blanks. */
const PLAIN_WORD = /"(?:[^"\\]|\\.)*"(?!\S)|\S+/g;

/** The same for a line of which something is taken as it stands: marks are part of whatever word they stand in. */
export function plainWordsOf(line: string): Word[] {
  return [...line.matchAll(PLAIN_WORD)].map(({ 0: text, index }) => ({ text, places: placesFrom(index, text.length) }));
}

/** All from a word to the end of its line, as it stands there; blanks at the end are left out. */
export function textFrom(word: Word, line: string): Word {
  const start = placeIn(word, 0);
  const text = line.slice(start).trimEnd();
  return { text, places: placesFrom(start, text.length) };
}

function placesFrom(start: number, units: number): number[] {
  return Array.from({ length: units }, (_, unit) => start + unit);
}

/** Where in its line a unit of a word stands; what is beyond its last one stands right behind that. */
export function placeIn({ places }: Word, unit: number): number {
  return places[unit] ?? (places.at(-1) ?? 0) + 1;
}
