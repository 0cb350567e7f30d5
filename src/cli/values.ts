import { InvalidArgumentError } from "commander";
import { MAX_NAME_BYTES } from "../core/limits.ts";

/** Why a value of a flag is not taken; one line. */
function refuse(reason: string): never {
  throw new InvalidArgumentError(reason);
}

/** A port, or 0 for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  return refuse("a port is a number from 1 to 65535, or 0 for any free one.");
}

/** A seed of random choices. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  return refuse("a seed is a whole number from 0 to 2^53 - 1.");
}

/** What a peer is called. */
export function parseName(text: string): string {
  if (Buffer.byteLength(text) <= MAX_NAME_BYTES) return text;
  return refuse(`a name has ${MAX_NAME_BYTES} bytes of UTF-8 at most.`);
}

/** The path of a file or a directory. */
export function parsePath(text: string): string {
  if (text !== "" && !text.includes("\0")) return text;
  return refuse("a path has one character at least, and no NUL.");
}

/** A reader of whole numbers from `least` to `most`, both included. */
export function wholeNumber(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,16}$/.test(text) && number >= least && number <= most) return number;
    return refuse(`${what} is a whole number from ${least} to ${most}.`);
  };
}

/** What a subscriber asks for and an announcement is of. */
export const parseDataType = wholeNumber("a data type", 0, 65_535);

/** Each data type once. */
export function collectDataTypes(text: string, earlier: readonly number[] | undefined): readonly number[] {
  return [...new Set([...(earlier ?? []), parseDataType(text)])];
}

/** A regular expression. */
export function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : "it is no regular expression"}.`);
  }
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  ...{ "": 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
};
const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 4 * 1024 * 1024 * 1024;

/** An amount of memory, in bytes: `32MiB`, `500KB` or the bytes alone. */
export function parseSize(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,10}) ?([kmg]?i?b)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNIT_BYTES[unit.toLowerCase()] ?? Number.NaN);
  if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES) return bytes;
  return refuse("a size is from 64KiB to 4GiB, such as 32MiB, 500KB, or bytes alone.");
}

/** Several of something, by commas or by saying it again. */
export function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  return [...(earlier ?? []), ...parts.filter((part) => part !== "")];
}
