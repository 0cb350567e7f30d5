import { LAMPORT_LIMIT } from "../core/lamport-clock.ts";
import { asBuffer } from "./reader.ts";

/** Lists and objects within each other, at most. */
const MAX_DEPTH = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Half of a pair that stands for one character, without the other. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What became of a line: the value, or why it is none. */
export type ReadJson =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "malformed"; readonly reason: string };

/** The JSON value that a line from outside is, without its end. Never throws, and takes no longer for nested nonsense. */
export function readJson(line: string | Uint8Array): ReadJson {
  const text = typeof line === "string" ? line : utf8In(line);
  if (text === undefined) return { kind: "malformed", reason: "a line is UTF-8" };
  if (isTooDeep(text)) {
    return { kind: "malformed", reason: `lists and objects stand ${MAX_DEPTH} deep within each other at most` };
  }
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch {
    return { kind: "malformed", reason: "a line is one JSON value" };
  }
}

/** The name of the one field of an object, and what it holds; undefined for any other value. */
export function tagged(value: unknown): readonly [tag: string, content: unknown] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  let only: string | undefined;
  // What JSON is read as has no fields but its own, and a list of them is not needed to see that there is one.
  for (const name in value) {
    if (only !== undefined) return undefined;
    only = name;
  }
  return only === undefined ? undefined : [only, (value as Readonly<Record<string, unknown>>)[only]];
}

/** Whether a value is a Lamport time. */
export function isTime(value: unknown): value is number {
  // Zero with a sign is another number wherever states are compared.
  if (typeof value !== "number" || !Number.isInteger(value) || Object.is(value, -0)) return false;
  return value >= 0 && value < LAMPORT_LIMIT;
}

/** Whether a value counts something, from 1 up to 2^53 - 1. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

/** Whether a text is the same once it was said in UTF-8. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** The text that bytes are; undefined where they are no UTF-8. */
function utf8In(line: Uint8Array): string | undefined {
  const bytes = asBuffer(line);
  const text = bytes.toString("utf8");
  // Decoding puts U+FFFD for what is no UTF-8, so only text that holds one needs the exact comparison.
  return !text.includes("\ufffd") || bytes.equals(Buffer.from(text)) ? text : undefined;
}

/** Whether brackets stand too deep within each other, those in texts left out. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > MAX_DEPTH) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
    }
  }
  return false;
}

/** Where the text that begins at a quote ends; the end of all where it does not. */
function endOfText(json: string, start: number): number {
  let end = start;
  do {
    end = json.indexOf('"', end + 1);
    if (end < 0) return json.length;
  } while (isEscaped(json, end));
  return end;
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(json: string, quote: number): boolean {
  let first = quote;
  while (json.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (quote - first) % 2 === 1;
}
