/**
 * A value as one line of JSON in printable ASCII: the rest is escaped, so that a name from outside cannot steer the
 * terminal on which a line is read. Whoever parses it gets the value as it was.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
