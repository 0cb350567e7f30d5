/** Most of a text that is told of an answer, in UTF-16 units. */
const MOST_TEXT = 800;

/** What became of a request, as a sentence without its subject: `could not append to notes` because `no such file`. */
export interface ToldAnswer {
  readonly ok: boolean;
  readonly text: string;
  /** Null where nothing went wrong. */
  readonly because: string | null;
}

/** What became of a request as one line. */
export function toldLine({ text, because }: ToldAnswer): string {
  return because === null ? text : `${text}: ${because}`;
}

/** The beginning of a text, its lines one behind the other; `~` where there is more. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, MOST_TEXT)
    .replace(/[\t\r\n]+/g, " ")
    .trim();
  return text.length > MOST_TEXT ? `${line}~` : line;
}

/** `1 byte`, `3 bytes`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
