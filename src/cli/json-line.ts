import { printable } from "../ui/json-bytes.ts";

/**
 * A value as one line of JSON in printable ASCII: the rest is escaped, so that a name from outside cannot steer the
 * terminal on which a line is read. Whoever parses it gets the value as it was, but for bytes, which are told by their
 * number and the first of them in hex.
 */
export function jsonLine(value: unknown): string {
  return asciiJson(JSON.stringify(printable(value)));
}

/** The same JSON in printable ASCII. */
export function asciiJson(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
