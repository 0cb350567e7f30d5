/** A text is printed with so many characters of its end, which tells what came last. */
const MAX_TEXT = 60;

/** A text in quotes, as in JSON; of a long one how it ends. */
export function quoted(text: string): string {
  if (text.length <= MAX_TEXT) return JSON.stringify(text);
  return `${text.length} characters up to ${JSON.stringify(text.slice(-MAX_TEXT))}`;
}
