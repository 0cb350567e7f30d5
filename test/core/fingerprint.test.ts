import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fingerprint } from "../../src/core/fingerprint.ts";

type Piece = string | number | Uint8Array | Uint32Array;

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.double(),
  fc.uint8Array({ maxLength: 12 }),
  fc.uint32Array({ maxLength: 12 }),
);

function add(to: Fingerprint, each: Piece): void {
  if (typeof each === "string") to.text(each);
  else if (typeof each === "number") to.number(each);
  else if (each instanceof Uint32Array) to.words(each);
  else to.bytes(each);
}

function hashOf(...pieces: readonly Piece[]): string {
  const fingerprint = new Fingerprint();
  for (const each of pieces) add(fingerprint, each);
  return fingerprint.hex();
}

// Of a program in another language.
test.each<[readonly Piece[], string]>([
  [[], "905bbfb2fce1c71f"],
  [[""], "f60cf030c9ff50c1"],
  [["leader-elected"], "23eb3dc1ea06d27d"],
  [["Zoë \u{1f600}"], "1e64bd4338d98bde"],
  [[new Uint8Array(0)], "76568293327d24e7"],
  [[Uint8Array.of(0, 1, 2, 3, 254, 255)], "372c37203ab3cf26"],
  [[new Uint32Array(0)], "7f4bbeb3e3e5312c"],
  [[Uint32Array.of(0, 1, 0x8000_0000, 0xffff_ffff)], "3b6a22d38409f173"],
  [[0], "cb798b072ebfcfba"],
  [[-1.5], "495822218cbc9d8c"],
  [[2 ** 53 - 1], "a85e529b38b44ecb"],
  [[Number.POSITIVE_INFINITY], "36d961b3ac78daa5"],
  [[Number.NaN], "7aef2e2b10ce1d38"],
  [["a", Uint8Array.of(0x62), 3], "08bca5b11626b962"],
])("of %j is what it always was", (pieces, hex) => {
  expect(hashOf(...pieces)).toBe(hex);
});

describe("a fingerprint", () => {
  test("tells where one piece ends and the next begins, and of what kind each is", () => {
    expect(hashOf("ab", "c")).not.toBe(hashOf("a", "bc"));
    expect(hashOf("abc")).not.toBe(hashOf("ab", "c"));
    expect(hashOf("")).not.toBe(hashOf());
    expect(hashOf(Uint8Array.of(1, 0))).not.toBe(hashOf(Uint8Array.of(1)));
    expect(hashOf(Uint8Array.of(0x61))).not.toBe(hashOf("a"));
    expect(hashOf(Uint8Array.of(1, 0, 0, 0))).not.toBe(hashOf(Uint32Array.of(1)));
    expect(hashOf(0)).not.toBe(hashOf(-0));
    expect(hashOf(0)).not.toBe(hashOf(Number.NaN));
    expect(hashOf("1")).not.toBe(hashOf(1));
  });

  test("is the same of the same pieces in the same order, and of no others", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), piece, piece, (before, one, other) => {
        const same = isDeepStrictEqual(one, other);
        expect(hashOf(...before, one) === hashOf(...before, other)).toBe(same);
        expect(hashOf(one, other, ...before) === hashOf(other, one, ...before)).toBe(same);
        expect(hashOf(...before, one)).toBe(hashOf(...structuredClone([...before, one])));
      }),
    );
  });

  test("can be read at any time without ending", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const fingerprint = new Fingerprint();
        for (const [at, each] of pieces.entries()) {
          expect(fingerprint.hex()).toBe(hashOf(...pieces.slice(0, at)));
          add(fingerprint, each);
        }
        expect(fingerprint.hex()).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });

  test("is of no two of 200,000 short texts the same, and every bit of it is set in about half", () => {
    const seen = new Set<string>();
    const ones = new Array<number>(64).fill(0);
    const count = 200_000;
    for (let n = 0; n < count; n++) {
      const hash = hashOf(String(n));
      seen.add(hash);
      for (let bit = 0; bit < 64; bit++) {
        if (Number.parseInt(hash.charAt(bit >> 2), 16) & (8 >> (bit & 3))) ones[bit] = (ones[bit] ?? 0) + 1;
      }
    }
    expect(seen.size).toBe(count);
    // Five standard deviations are 1118.
    for (const each of ones) expect(Math.abs(each - count / 2)).toBeLessThan(1118);
  });

  test("changes with every bit of what it is of, in about half of its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, place) => {
        const changed = bytes.slice();
        const bit = place % (8 * bytes.length);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const difference = BigInt(`0x${hashOf(bytes)}`) ^ BigInt(`0x${hashOf(changed)}`);
        const flipped = difference.toString(2).replaceAll("0", "").length;
        // Eight of 64 or fewer is more than six standard deviations off.
        expect(flipped).toBeGreaterThan(8);
      }),
    );
  });
});
