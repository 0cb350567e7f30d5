import { failed, MAX_KEY_BYTES } from "../core/request.ts";
import { type Refusal, tooLarge } from "./refusals.ts";

/** Control characters, and what else ends a line: names are listed one a line. */
const NOT_IN_A_NAME = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Why no file may have this name; undefined where one may. */
export function refuseName(name: string): Refusal | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_KEY_BYTES) return tooLarge("a name", bytes, MAX_KEY_BYTES);
  if (bytes === 0) return failed("malformed", "the name of a file is empty", true);
  if (NOT_IN_A_NAME.test(name)) return failed("malformed", "the name of a file has a control character in it", true);
  return undefined;
}

/** What a name takes in a list, in bytes, the end of its line included. */
export function listedBytes(name: string): number {
  return Buffer.byteLength(name) + 1;
}
