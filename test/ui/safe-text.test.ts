import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { cut, cutBefore, safeText } from "../../src/ui/safe-text.ts";

const HOSTILE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Characters that make trouble, mixed with ordinary ones. */
const nasty = fc.constantFrom(
  ..."\x1b[31m\x9b\x07\b\r\n\t\x00\x7f\x85\u{202e}\u{2066}\u{200b}\u{200d}\u{feff}\u{ad}\u{fe0f}\u{e000}\u{10ffff}\u{2028}",
  ..."a\u{301}\u{302}\u{20e3}\u{903}\u{94d}नदيا\u{1100}\u{1161}\u{11a8}\u{3164}\u{115f}한漢字ｱﾞ\u{ff9e}👩👍🏽🇩🇪❤☺1#*é~ ",
  "\ud800",
  "\udc00",
);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: nasty, maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
);

/** Width as a terminal counts that knows no clusters. */
function widthByCodePoint(text: string): number {
  return [...text].reduce((sum, c) => sum + (/[\p{Mn}\p{Me}]/u.test(c) ? 0 : stringWidth(c)), 0);
}

describe("text from outside", () => {
  test("never holds a control, format, private, unassigned or invisible character", () => {
    fc.assert(
      fc.property(anyText, (text) => !HOSTILE.test(safeText(text))),
      { numRuns: 2000 },
    );
  });

  test("is as wide by clusters as by code points, so every terminal agrees with the layout", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const safe = safeText(text);
        expect(stringWidth(safe)).toBe(widthByCodePoint(safe));
      }),
      { numRuns: 2000 },
    );
  });

  test("lets no letter swallow the beginning of the escape behind it", () => {
    expect(safeText("\u{11a84}\u0000")).toBe("\\u{11a84}\\u{0}");
  });

  test("is not changed by being made safe twice", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, width) => {
        const safe = safeText(text, width);
        expect(safeText(safe, width)).toBe(safe);
      }),
      { numRuns: 2000 },
    );
  });

  test("is never wider than it may be", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, width) => {
        expect(stringWidth(safeText(text, width))).toBeLessThanOrEqual(width);
      }),
      { numRuns: 2000 },
    );
  });

  test("keeps printable ASCII as it is", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 200 }), (text) => safeText(text) === text));
  });

  test.each([
    ["\x1b]0;owned\x07", "\\u{1b}]0;owned\\u{7}"],
    ["\x1b\x1b[31m[2J", "\\u{1b}\\u{1b}[31m[2J"],
    ["user\u{202e}txt.exe", "user\\u{202e}txt.exe"],
    ["a\u{200b}b", "a\\u{200b}b"],
    ["\u{9b}2J", "\\u{9b}2J"],
    ["\ud800x", "\\u{d800}x"],
    [`z${"\u{301}".repeat(5)}`, `z${"\\u{301}".repeat(5)}`],
    ["👍🏽", "👍\\u{1f3fd}"],
    ["caf\u{e9} cafe\u{301} 東京 한국 Ωμ हिंदी", "caf\u{e9} cafe\u{301} 東京 한국 Ωμ हिंदी"],
  ])("%j is shown as %j", (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  test("marks where it was cut, and never cuts a wide character in half", () => {
    expect(safeText("abcdef", 4)).toBe("abc~");
    expect(safeText("東京都庁", 4)).toBe("東~");
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abc", 0)).toBe("");
  });

  test("looks at a bounded part of a flood", () => {
    expect(stringWidth(safeText("\u{202e}".repeat(1_000_000)))).toBeLessThanOrEqual(200);
  });
});

describe("the end of a text", () => {
  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 4, "~def"],
    ["abcdef", 1, "~"],
    ["abcdef", 0, ""],
    ["a\u{6771}\u{4eac}b", 4, "~\u{4eac}b"],
    ["a\u{6771}\u{4eac}b", 3, "~b"],
  ])("of %j in %i columns is %j", (text, width, end) => {
    expect(cutBefore(text, width)).toBe(end);
  });

  test("is never wider than it may be", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), fc.integer({ min: 0, max: 20 }), (text, width) => {
        const end = cutBefore(safeText(text), width);
        expect(stringWidth(end)).toBeLessThanOrEqual(width);
        expect(end === safeText(text) || end === "" || safeText(text).endsWith(end.slice(1))).toBe(true);
      }),
    );
  });
});
