import { MAX_DATA_BYTES } from "../protocols/notification/notice.ts";
import { behind, wholeNumber } from "./arguments.ts";
import { type Argument, type Reading, wrong } from "./grammar.ts";

/** Leads to bytes in hex. */
const HEX = "hex";

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
    if (text === HEX) return wrong(`${HEX} needs digits: say ${HEX} 6e6f7465`);
    const { 0: lead = "", 1: digits } = /^hex\s+(?=(.*)$)/s.exec(text) ?? [];
    const reading = digits === undefined ? bytesOfText(text) : bytesOfHex(digits, lead.length);
    return reading.ok && reading.value.length > MAX_DATA_BYTES
      ? wrong(`${reading.value.length} bytes are too many: a notice holds ${MAX_DATA_BYTES}`)
      : reading;
  },
  offers: () => [HEX],
};

function bytesOfText(text: string): Reading<Uint8Array> {
  return { ok: true, value: new TextEncoder().encode(text) };
}

/**
 * Blanks may stand anywhere between digits.
 *
 * @param at where the digits stand in what was read
 */
function bytesOfHex(digits: string, at: number): Reading<Uint8Array> {
  const { 0: other, index = 0 } = /[^0-9a-f\s]/iu.exec(digits) ?? {};
  if (other !== undefined) return wrong(`${other} is no hex digit: say ${HEX} 6e6f7465`, at + index);
  const told = digits.replace(/\s+/g, "");
  if (told.length % 2 === 1) return wrong(`${told.length} hex digits are no whole bytes: two make one`, at);
  const pairs = told.match(/../g) ?? [];
  return { ok: true, value: Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)) };
}
