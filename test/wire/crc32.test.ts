import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/wire/crc32.ts";
import { someBytes } from "./arbitraries.ts";

describe("crc32", () => {
  it("gives the check value of CRC-32/ISO-HDLC", () => {
    expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  });

  it("is incremental: the checksum of two parts is the second's, begun with the first's", () => {
    fc.assert(
      fc.property(someBytes(100), fc.nat(100), (bytes, place) => {
        const cut = Math.min(place, bytes.length);
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
      }),
    );
  });
});
