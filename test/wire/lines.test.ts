import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineSplitter } from "../../src/wire/lines.ts";
import { cutAt } from "./arbitraries.ts";

const MAX_BYTES = 8;

/** The lines that come of pieces, the last one too where they are `over`. */
function linesOf(pieces: readonly (string | Buffer)[], over = false): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(MAX_BYTES);
  const take = (): void => {
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(line.toString());
  };
  for (const piece of pieces) {
    splitter.push(typeof piece === "string" ? Buffer.from(piece) : piece);
    take();
  }
  if (over) splitter.end();
  take();
  return lines;
}

describe("lines of the pieces of bytes", () => {
  test.each([
    ["end by a line feed", ["a\nbc\n"], ["a", "bc"]],
    ["end by a return and a line feed", ["a\r\nb\r", "\nc\r\n"], ["a", "b", "c"]],
    ["keep a return in their midst", ["a\rb\n"], ["a\rb"]],
    ["are passed over where they are blank", ["\n\r\n \t\r\n\n a\n", "\n"], [" a"]],
    ["are not told before they end", ["a\nb"], ["a"]],
    ["may be as long as they may", ["12345678\n12345678", "\r\n"], ["12345678", "12345678"]],
  ])("%s", (_what, pieces, lines) => {
    expect(linesOf(pieces)).toEqual(lines);
  });

  test.each([
    ["has no end, and counts", ["a\nb"], ["a", "b"]],
    ["ends by a return", ["a\nb\r"], ["a", "b"]],
    ["is not there", ["a\n"], ["a"]],
    ["is blank", ["a\n \r"], ["a"]],
    ["is too long, and is told once", ["1234567890"], ["too-long"]],
    ["ends a byte too late", ["123456789"], ["too-long"]],
  ])("the last one %s", (_what, pieces, lines) => {
    expect(linesOf(pieces, true)).toEqual(lines);
  });

  test("one that is too long is told once, as soon as it is, and the next one is whole", () => {
    expect(linesOf(["1234567890"])).toEqual(["too-long"]);
    expect(linesOf(["123456789\na\n"])).toEqual(["too-long", "a"]);
    expect(linesOf(["a\n1234", "5678", "90", "1234\n\nb\n"])).toEqual(["a", "too-long", "b"]);
  });

  test("wherever they are parted, they are the same", () => {
    const parts = fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "\r", " ", "123456789"), { maxLength: 30 });
    fc.assert(
      fc.property(parts, fc.array(fc.nat()), fc.boolean(), (all, places, over) => {
        const whole = Buffer.from(all.join(""));
        expect(linesOf(cutAt(whole, places), over)).toEqual(linesOf([whole], over));
      }),
    );
  });

  test("are taken one by one, while more is pushed", () => {
    const splitter = new LineSplitter(MAX_BYTES);
    splitter.push(Buffer.from("a\nb\nc"));
    expect(splitter.next()?.toString()).toBe("a");
    splitter.push(Buffer.from("d\n"));
    expect(splitter.next()?.toString()).toBe("b");
    expect(splitter.next()?.toString()).toBe("cd");
    expect(splitter.next()).toBeUndefined();
  });

  test("that come a byte at a time take no longer than others", () => {
    const splitter = new LineSplitter(1_048_576);
    const begun = performance.now();
    for (let count = 0; count < 1_048_576; count++) {
      splitter.push(Buffer.of(0x61));
      splitter.next();
    }
    splitter.push(Buffer.of(0x0a));
    expect(splitter.next()).toHaveLength(1_048_576);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
