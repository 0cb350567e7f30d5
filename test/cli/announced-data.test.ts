import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataError, dataFrom, dataOf, linesFrom } from "../../src/cli/announced-data.ts";
import { StartError } from "../../src/runtime/start-error.ts";

const MOST = 65_527;

async function* chunksOf(...chunks: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** The lines of these chunks as text, and why there are no more. */
async function linesOf(
  isHex: boolean,
  ...chunks: readonly (string | Buffer)[]
): Promise<{ readonly lines: readonly string[]; readonly because?: string }> {
  const lines: string[] = [];
  try {
    for await (const some of linesFrom(chunksOf(...chunks), isHex)) lines.push(...some.map(String));
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return { lines, because: (error as DataError).message };
  }
  return { lines };
}

describe("data", () => {
  test("is the bytes, or what they say in hex", () => {
    expect(dataOf(Buffer.from("é\n"), false)).toEqual(Buffer.from("é\n"));
    expect(dataOf(Buffer.from(" 00fF\n 1 0"), true)).toEqual(Buffer.from([0, 255, 16]));
    expect(dataOf(Buffer.alloc(MOST), false)).toHaveLength(MOST);
    expect(dataOf(Buffer.from("ab ".repeat(MOST)), true)).toHaveLength(MOST);
  });

  test.each([
    ["", false, /^there is nothing to announce: data has one byte at least$/],
    [" \n", true, /^there is nothing to announce/],
    ["x".repeat(MOST + 1), false, /^data is longer than the 65527 bytes that a message holds$/],
    ["00".repeat(MOST + 1), true, /^data is longer than/],
    ["abc", true, /^abc is no hex: that is two digits a byte, such as 00ff$/],
    ["0x00", true, /^0x00 is no hex/],
    ["\x1b[2J", true, /^\\u\{1b\}\[2J is no hex/],
  ])("%j (hex: %j) is refused in one line", (said, isHex, says) => {
    expect(() => dataOf(Buffer.from(said), isHex)).toThrow(DataError);
    expect(() => dataOf(Buffer.from(said), isHex)).toThrow(says);
  });

  test("is all that a stream says, up to the limit", async () => {
    expect(await dataFrom(chunksOf("one\n", "two\n"), false)).toEqual(Buffer.from("one\ntwo\n"));
    expect(await dataFrom(chunksOf(Buffer.alloc(MOST - 1), "x"), false)).toHaveLength(MOST);
  });

  test("of a stream that never ends is refused as soon as it is too long", async () => {
    let chunks = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          chunks += 1;
          yield Buffer.alloc(1024);
        }
      })(),
    );
    await expect(dataFrom(endless, false)).rejects.toThrow(DataError);
    expect(chunks).toBeLessThan(200);
  });

  test("of a stream that breaks is one line", async () => {
    const broken = new Readable({ read: () => broken.destroy(new Error("EISDIR")) });
    await expect(dataFrom(broken, false)).rejects.toThrow(new StartError("cannot read stdin: EISDIR"));
  });
});

describe("lines", () => {
  test.each([
    [["one\ntwo\n"], ["one", "two"]],
    [["one\ntwo"], ["one", "two"]],
    [["one\r\ntwo\r\n"], ["one", "two"]],
    [["\n\none\n\r\n\n"], ["one"]],
    [
      ["o", "ne\n", "\n", "tw", "o"],
      ["one", "two"],
    ],
    [["a\rb\n"], ["a\rb"]],
    [[], []],
    [["\n"], []],
  ])("of %j are %j", async (chunks, lines) => {
    expect(await linesOf(false, ...chunks)).toEqual({ lines });
  });

  test("may be in hex", async () => {
    expect(await linesOf(true, "6f6e 65\n74", "776f\n")).toEqual({ lines: ["one", "two"] });
  });

  test("may be as long as a message", async () => {
    const longest = "x".repeat(MOST);
    expect(await linesOf(false, `${longest}\r`, `\n${longest}`)).toEqual({ lines: [longest, longest] });
  });

  test("before one that is refused are announced, and the error names that one", async () => {
    const because = "line 3: data is longer than the 65527 bytes that a message holds";
    expect(await linesOf(false, `one\n\n${"x".repeat(MOST + 1)}\nfour\n`)).toEqual({ lines: ["one"], because });
    expect(await linesOf(false, "one\n\n", "x".repeat(MOST), "xx")).toEqual({ lines: ["one"], because });
    expect(await linesOf(true, "00\n0\n00\n")).toMatchObject({ lines: ["\0"], because: /^line 2: 0 is no hex/ });
  });

  test("are the same however the stream is cut", async () => {
    const text = fc
      .array(fc.constantFrom("a", "é", "\n", "\r\n", "bc"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(40)), async (text, cuts) => {
        const bytes = Buffer.from(text);
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const expected = text.split(/\r?\n/).filter((line) => line !== "");
        expect(await linesOf(false, ...chunks)).toEqual({ lines: expected });
      }),
    );
  });
});
