import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { hexOf, payloadLine, payloadText, textLine } from "../../src/ui/payload.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = (data: Uint8Array, width: number): string => payloadLine(data, data.length, width);

describe("data in one line", () => {
  test.each([
    ["text", utf8("hello, world"), "hello, world"],
    ["of several lines", utf8("one\r\n\ttwo"), "one two"],
    ["of wide letters", utf8("\u{6771}\u{4eac}"), "\u{6771}\u{4eac}"],
    ["with what turns the direction", utf8("\u{202e}txt"), "\\u{202e}txt"],
    ["with a mark that says which byte comes first", utf8("\ufeffx"), "\\u{feff}x"],
    ["with escapes", utf8("\x1b[2J"), "hex 1b5b324a"],
    ["with C1 controls", utf8("\x9b31m"), "hex c29b33316d"],
    ["NUL", new Uint8Array(3), "hex 000000"],
    ["no UTF-8", Uint8Array.of(0xff, 0x41), "hex ff41"],
    ["UTF-8 that breaks off", utf8("\u{6771}").subarray(0, 2), "hex e69d"],
  ])("%s", (_what, data, text) => {
    expect(whole(data, 80)).toBe(text);
  });

  test("says that there is more, be it for want of columns or of bytes", () => {
    expect(whole(utf8("hello, world"), 8)).toBe("hello, ~");
    expect(payloadLine(utf8("hello"), 12, 80)).toBe("hello~");
    expect(whole(new Uint8Array(65_527), 12)).toBe("hex 0000000~");
  });

  test("is text though what is there of it ends within a character", () => {
    const data = utf8("ab\u{6771}");
    for (const bytes of [3, 4]) expect(payloadLine(data.subarray(0, bytes), data.length, 80)).toBe("ab~");
    expect(payloadText(data.subarray(0, 3), 3)).toBeNull();
  });

  test("is harmless and no wider than it may be, whatever it is", () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.string({ unit: "binary", maxLength: 30 }).map(utf8),
      fc.string({ unit: "grapheme", maxLength: 30 }).map(utf8),
    );
    fc.assert(
      fc.property(any, fc.nat({ max: 60 }), fc.nat({ max: 3 }), (data, width, more) => {
        const line = payloadLine(data, data.length + more, width);
        expect(line).not.toMatch(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u);
        expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 1000 },
    );
  });
});

test("hex is that of the view, not of the buffer behind it", () => {
  expect(hexOf(Uint8Array.of(1, 2, 0xff, 4).subarray(1, 3))).toBe("02ff");
});

test.each([
  ["one\r\ntwo\tthree", true, 20, "one two three"],
  ["one\ntwo", false, 20, "one two~"],
  ["one\ntwo", true, 5, "one ~"],
  ["\x1b[2J", false, 20, "\\u{1b}[2J~"],
  ["", true, 5, ""],
] as const)("the beginning %j of a text (all of it: %s) in %i columns is %j", (text, isAll, width, line) => {
  expect(textLine(text, isAll, width)).toBe(line);
});
