import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import {
  bool,
  bytes,
  type Codec,
  choice,
  decode,
  encode,
  fixedBytes,
  list,
  mapped,
  optional,
  struct,
  text,
  u8,
  u16,
  u24,
  u32,
  u64,
  union,
  variant,
} from "../../src/wire/codec.ts";
import { Reader } from "../../src/wire/reader.ts";
import { Writer } from "../../src/wire/writer.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf } from "./vectors.ts";

const shape = union({
  empty: variant(1, {}),
  point: variant(7, { x: u16, y: u32 }),
  note: variant(9, { text: text(300), tags: list(text(20), 3), parent: optional(u64), loud: bool }),
});

const anyText = (maxLength: number) => fc.string({ unit: "grapheme", maxLength });

const anyShape = fc.oneof(
  fc.constant({ kind: "empty" as const }),
  fc.record({ kind: fc.constant("point" as const), x: fc.nat(0xffff), y: fc.nat(0xffffffff) }),
  fc.record({
    kind: fc.constant("note" as const),
    text: anyText(20),
    tags: fc.array(anyText(2), { maxLength: 3 }).filter((tags) => tags.every((tag) => Buffer.byteLength(tag) <= 20)),
    parent: fc.option(fc.nat(Number.MAX_SAFE_INTEGER)),
    loud: fc.boolean(),
  }),
);

function hexOf<T>(codec: Codec<T>, value: T): string {
  return encode(codec, value).toString("hex");
}

function expectMalformed(codec: Codec<unknown>, hex: string): void {
  expect(decode(codec, bytesOf(hex)).kind).toBe("malformed");
}

describe("numbers", () => {
  it.each([
    { name: "u8", codec: u8, size: 1, most: 0xff },
    { name: "u16", codec: u16, size: 2, most: 0xffff },
    { name: "u24", codec: u24, size: 3, most: 0xffffff },
    { name: "u32", codec: u32, size: 4, most: 0xffffffff },
    { name: "u64", codec: u64, size: 8, most: Number.MAX_SAFE_INTEGER },
  ])("$name: big endian in $size bytes, 0 to $most, and nothing else", ({ codec, size, most }) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: most }), (value) => {
        expect(hexOf(codec, value)).toBe(value.toString(16).padStart(2 * size, "0"));
        expect(decode(codec, encode(codec, value))).toEqual({ kind: "value", value });
      }),
    );
    for (const value of [-1, most + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encode(codec, value)).toThrow(InvariantViolation);
    }
  });

  it("of 2^53 and more are malformed", () => {
    expect(decode(u64, bytesOf("001fffffffffffff"))).toEqual({ kind: "value", value: Number.MAX_SAFE_INTEGER });
    expectMalformed(u64, "0020000000000000");
    expectMalformed(u64, "ffffffffffffffff");
  });
});

describe("bool and choice", () => {
  it("are one byte, and other bytes are malformed", () => {
    const word = choice(["red", "green"]);
    expect(hexOf(bool, true) + hexOf(bool, false) + hexOf(word, "green")).toBe("010001");
    expect(decode(word, bytesOf("00"))).toEqual({ kind: "value", value: "red" });
    expectMalformed(bool, "02");
    expectMalformed(word, "02");
    expect(() => encode(word as Codec<string>, "blue")).toThrow(InvariantViolation);
  });
});

describe("text", () => {
  it("has a length of one, two or four bytes, by the most that it may hold", () => {
    expect(hexOf(text(255), "é")).toBe("02c3a9");
    expect(hexOf(text(256), "é")).toBe("0002c3a9");
    expect(hexOf(text(65_536), "é")).toBe("00000002c3a9");
  });

  it.each([
    ["a byte that begins nothing", "01ff"],
    ["a sequence cut short", "02e282"],
    ["a longer form than needed", "02c080"],
    ["half of a surrogate pair", "03eda080"],
    ["a number beyond Unicode", "04f4908080"],
  ])("is malformed with %s", (_name, hex) => {
    expect(decode(text(255), bytesOf(hex))).toEqual({ kind: "malformed", reason: "text that is not UTF-8" });
  });

  it("may hold the character that stands for what cannot be decoded", () => {
    expect(decode(text(255), bytesOf("03efbfbd"))).toEqual({ kind: "value", value: "\ufffd" });
  });

  it("counts its limit in bytes, both ways", () => {
    expect(() => encode(text(3), "éé")).toThrow(InvariantViolation);
    expect(decode(text(3), encode(text(4), "éé"))).toEqual({
      kind: "malformed",
      reason: "text of length 4 where 3 fit",
    });
  });

  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(anyText(50), (value) => {
        expect(decode(text(2000), encode(text(2000), value))).toEqual({ kind: "value", value });
      }),
    );
  });
});

describe("bytes", () => {
  it("are read as a view of the input", () => {
    const input = bytesOf("03010203");
    const decoded = decode(bytes(255), input);
    expect(decoded).toEqual({ kind: "value", value: Buffer.of(1, 2, 3) });
    input[1] = 9;
    expect(decoded).toEqual({ kind: "value", value: Buffer.of(9, 2, 3) });
  });

  it("over the limit are refused, both ways", () => {
    expectMalformed(bytes(2), "03010203");
    expect(() => encode(bytes(2), Buffer.alloc(3))).toThrow(InvariantViolation);
    expect(() => encode(fixedBytes(2), Buffer.alloc(3))).toThrow(InvariantViolation);
    expect(() => encode(fixedBytes(2), Buffer.alloc(1))).toThrow(InvariantViolation);
  });
});

describe("list", () => {
  it("is a count and the items", () => {
    expect(hexOf(list(u16, 10), [1, 2])).toBe("0200010002");
    expect(decode(list(u16, 10), bytesOf("0200010002"))).toEqual({ kind: "value", value: [1, 2] });
  });

  it("over the limit is refused, both ways", () => {
    expectMalformed(list(u8, 2), "03010203");
    expect(() => encode(list(u8, 2), [1, 2, 3])).toThrow(InvariantViolation);
  });

  it("with a count that lies reads no more items than there are bytes", () => {
    let reads = 0;
    const counted: Codec<number> = {
      write: u8.write,
      read: (reader) => {
        reads += 1;
        return u8.read(reader);
      },
    };
    expect(decode(list(counted, 0xffffffff), bytesOf("ffffffff0102"))).toEqual({ kind: "incomplete" });
    expect(reads).toBe(3);
  });
});

describe("optional and mapped", () => {
  it("optional: a byte that says whether a value follows", () => {
    expect(hexOf(optional(u16), null) + hexOf(optional(u16), 5)).toBe("00010005");
    expectMalformed(optional(u16), "020005");
  });

  it("mapped: what stands for no value is malformed, with the reason given", () => {
    const even = mapped(
      u8,
      (half: number) => 2 * half,
      (raw) => (raw % 2 === 0 ? raw / 2 : undefined),
      "odd",
    );
    expect(hexOf(even, 4)).toBe("08");
    expect(decode(even, bytesOf("08"))).toEqual({ kind: "value", value: 4 });
    expect(decode(even, bytesOf("09"))).toEqual({ kind: "malformed", reason: "odd" });
    expect(decode(even, bytesOf(""))).toEqual({ kind: "incomplete" });
  });

  it("mapped: the function never sees what could not be read", () => {
    const strict = mapped(
      fixedBytes(2),
      (value: Uint8Array) => value,
      (raw) => {
        expect(raw.length).toBe(2);
        return raw;
      },
      "never",
    );
    expect(decode(strict, bytesOf("01"))).toEqual({ kind: "incomplete" });
  });
});

describe("struct and union", () => {
  it("struct: fields in the order of their declaration", () => {
    const pair = struct({ second: u8, first: u16 });
    expect(hexOf(pair, { first: 1, second: 2 })).toBe("020001");
    expect(decode(pair, bytesOf("020001"))).toEqual({ kind: "value", value: { second: 2, first: 1 } });
  });

  it("union: a tag, then the fields of its variant", () => {
    expect(hexOf(shape, { kind: "point", x: 1, y: 2 })).toBe("07000100000002");
    expect(hexOf(shape, { kind: "empty" })).toBe("01");
    expect(decode(shape, bytesOf("05"))).toEqual({ kind: "malformed", reason: "unknown tag 5" });
    expect(() => encode(shape as Codec<{ kind: string }>, { kind: "circle" })).toThrow(InvariantViolation);
  });

  it("union: a tag that stands for two variants is a bug", () => {
    expect(() => union({ a: variant(1, {}), b: variant(1, {}) })).toThrow(InvariantViolation);
  });

  it("come back as they were sent, are incomplete at every truncation, and malformed with a byte too many", () => {
    fc.assert(
      fc.property(anyShape, (value) => {
        const encoded = encode(shape, value);
        expect(decode(shape, encoded)).toEqual({ kind: "value", value });
        for (let length = 0; length < encoded.length; length++) {
          expect(decode(shape, encoded.subarray(0, length))).toEqual({ kind: "incomplete" });
        }
        expect(decode(shape, Buffer.concat([encoded, Buffer.alloc(1)])).kind).toBe("malformed");
      }),
    );
  });

  it("never throw on random bytes, and what they accept is written the same", () => {
    fc.assert(
      fc.property(fc.constantFrom("", "01", "07", "09", "0900"), someBytes(30), (start, rest) => {
        const input = Buffer.concat([bytesOf(start), rest]);
        const decoded = decode(shape, input);
        if (decoded.kind === "value") expect(encode(shape, decoded.value)).toEqual(input);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("values one after another", () => {
  const anyBytes = bytes(2 ** 20);

  it("keep their bytes, short or long, when others are encoded", () => {
    const values = [1, 70_000, 3, 65_536, 65_537, 0].map((length, at) => Buffer.alloc(length, at + 1));
    const encoded = values.map((value) => encode(anyBytes, value));
    for (const [at, value] of values.entries()) expect(encoded[at]?.subarray(4).equals(value)).toBe(true);
  });

  it("begin anew after one that does not fit", () => {
    expect(() => encode(list(u8, 3), [1, 2, 256])).toThrow(InvariantViolation);
    expect(hexOf(list(u8, 3), [1, 2])).toBe("020102");
  });

  it("may be encoded while another one is", () => {
    const inner = mapped(
      u32,
      (text: string) => encode(bytes(255), Buffer.from(text)).length,
      (length) => "x".repeat(length - 1),
      "no length",
    );
    expect(hexOf(struct({ one: u8, two: inner, three: u8 }), { one: 1, two: "xyz", three: 3 })).toBe("010000000403");
  });
});

describe("Reader and Writer", () => {
  it("Reader: the first failure sticks, and nothing is read after it", () => {
    const reader = new Reader(bytesOf("01020304"));
    reader.fail("first");
    reader.fail("second");
    expect(reader.failure).toBe("first");
    expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.text(1)]).toEqual([0, 0, 0, 0, ""]);
    expect(reader.bytes(2).length).toBe(0);
    expect(reader.remaining).toBe(4);
  });

  it("Writer: grows as needed from any capacity", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(someBytes(40), { maxLength: 10 }), (capacity, parts) => {
        const writer = new Writer(capacity);
        for (const part of parts) writer.bytes(part);
        expect(writer.length).toBe(Buffer.concat(parts).length);
        expect(writer.take()).toEqual(Buffer.concat(parts));
      }),
    );
  });
});
