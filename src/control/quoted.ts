import { isWellFormed } from "../wire/json-value.ts";

/** Words of lines about files and values that mean something else where they stand alone. */
const RESERVED: readonly string[] = ["at", "version"];

/** One word that shows whole: no blanks, and nothing that is invisible. */
const WORD = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u;

/** What JSON leaves as it is and nobody sees. */
const UNSEEN = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu;

/** A text as a word of a line: as it stands where that is a word, else in quotes and with the escapes of JSON. */
export function quoted(text: string): string {
  if (WORD.test(text) && !text.startsWith('"') && !RESERVED.includes(text)) return text;
  return JSON.stringify(text).replace(UNSEEN, escaped);
}

/** The text that stands in quotes, with the escapes of JSON; undefined where none does. */
export function unquoted(word: string): string | undefined {
  if (!word.startsWith('"')) return undefined;
  try {
    const value: unknown = JSON.parse(word);
    return typeof value === "string" && isWellFormed(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
