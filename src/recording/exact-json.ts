import { assert } from "../core/assert.ts";

/**
 * Keys that stand for what JSON has no words for: `{"$bytes":"<base64>"}`, `{"$number":"Infinity"}`; numbers of 16 and of 32
 * bits are bytes, the lowest first.
 */
const BYTES = "$bytes";
const WORDS16 = "$words16";
const WORDS32 = "$words32";
const NUMBER = "$number";

/** Numbers that JSON cannot say, or says as another. */
const NUMBERS: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((number) => [String(number), number]),
).set("-0", -0);

/** Text that JSON holds as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** What became of a text that should be JSON. */
export type ParsedJson = { readonly kind: "value"; readonly value: unknown } | { readonly kind: "bad" };

/**
 * A value as JSON that holds it exactly, bytes and every number included. Keys are sorted, so equal values have one
 * text; a field that is undefined is left out, as if it were not there.
 *
 * @throws InvariantViolation for anything but plain objects, arrays, bytes, texts, numbers, booleans and null
 */
export function toJson(value: unknown): string {
  if (typeof value === "string") return textOf(value);
  if (typeof value === "number") return numberOf(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof Uint8Array) return `{"${BYTES}":"${base64(value)}"}`;
  if (value instanceof Uint16Array) return `{"${WORDS16}":"${base64(value)}"}`;
  if (value instanceof Uint32Array) return `{"${WORDS32}":"${base64(value)}"}`;
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  assert(typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype, `JSON of ${typeof value}`);
  return objectOf(value as Readonly<Record<string, unknown>>);
}

/** The value that `toJson` made a text of. Never throws: a text that stands for none is "bad". */
export function fromJson(text: string): ParsedJson {
  try {
    return { kind: "value", value: JSON.parse(text, revive) };
  } catch {
    // No JSON, or nested deeper than the stack.
    return { kind: "bad" };
  }
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Uint32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function textOf(text: string): string {
  // Nearly all are plain, and the comparison costs less than the call.
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function numberOf(number: number): string {
  if (Number.isFinite(number) && !Object.is(number, -0)) return String(number);
  return `{"${NUMBER}":"${Object.is(number, -0) ? "-0" : number}"}`;
}

function objectOf(value: Readonly<Record<string, unknown>>): string {
  let fields = "";
  for (const key of Object.keys(value).sort()) {
    const field = value[key];
    if (field !== undefined) fields += `${fields === "" ? "" : ","}${textOf(key)}:${toJson(field)}`;
  }
  return `{${fields}}`;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (BYTES in value && typeof value[BYTES] === "string") return bytesOf(value[BYTES]);
  if (WORDS16 in value && typeof value[WORDS16] === "string") return words(Uint16Array, value[WORDS16]);
  if (WORDS32 in value && typeof value[WORDS32] === "string") return words(Uint32Array, value[WORDS32]);
  return NUMBER in value ? (NUMBERS.get(value[NUMBER]) ?? value) : value;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

function words<T>(Words: { new (bytes: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number }, text: string): T {
  const bytes = bytesOf(text);
  // What is no whole number of words is none of ours: the rest is left out.
  return new Words(bytes.buffer.slice(0, bytes.length - (bytes.length % Words.BYTES_PER_ELEMENT)));
}
