import { MAX_DATA_BYTES } from "../protocols/notification/notice.ts";
import { behind, wholeNumber } from "./arguments.ts";
import { type Argument, type Reading, wrong } from "./grammar.ts";

/** What kind of data it is. */
export const dataType: Argument<number> = wholeNumber("TYPE", "data type", 0, 0xffff);

/** How many links a notice may cross; 0 for no limit. */
export const ttl: Argument<number> = behind("ttl", wholeNumber("TTL", "ttl (0 has no limit)", 0, 0xff), "4", [
  "0",
  "1",
  "4",
]);

/** The rest of the line as UTF-8, or bytes in hex: `hello, world`, `hex 6e6f7465`. */
export const data: Argument<Uint8Array> = {
  shape: "DATA...|hex 6e6f7465",
  optional: false,
  takesRest: true,
  read: (text) => {
    const { 1: blank = "", 2: digits } = /^hex(\s+)(.*)$/s.exec(text) ?? [];
    const reading = digits === undefined ? bytesOfText(text) : bytesOfHex(digits, "hex".length + blank.length);
    return reading.ok && reading.value.length > MAX_DATA_BYTES
      ? wrong(`${reading.value.length} bytes are too many: a notice holds ${MAX_DATA_BYTES}`)
      : reading;
  },
  offers: () => ["hex"],
};

function bytesOfText(text: string): Reading<Uint8Array> {
  return { ok: true, value: new TextEncoder().encode(text) };
}

/** @param at where the digits stand in what was read */
function bytesOfHex(digits: string, at: number): Reading<Uint8Array> {
  const odd = digits.search(/[^0-9a-f]/i);
  if (odd >= 0) return wrong(`${digits.slice(odd, odd + 1)} is no hex digit: say hex 6e6f7465`, at + odd);
  if (digits.length % 2 === 1) return wrong(`${digits.length} hex digits are no whole bytes: two make one`, at);
  const pairs = digits.match(/../g) ?? [];
  return { ok: true, value: Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)) };
}
