import crcOfPackage from "crc/calculators/crc16ccitt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16 } from "../../src/wire/crc16.ts";
import { someBytes } from "./arbitraries.ts";
import { bytesOf, vectors } from "./vectors.ts";

describe("crc16", () => {
  it("gives the check value of CRC-16/IBM-3740", () => {
    expect(crc16(Buffer.from("123456789"))).toBe(0x29b1);
  });

  it.each(vectors.crc16)("agrees with the vector of checksum $crc", ({ hex, crc }) => {
    expect(crc16(bytesOf(hex))).toBe(crc);
  });

  it("agrees with the crc package on any bytes from any beginning", () => {
    fc.assert(
      fc.property(someBytes(300), fc.integer({ min: 0, max: 0xffff }), (bytes, initial) => {
        expect(crc16(bytes, initial)).toBe(crcOfPackage(bytes, initial));
      }),
      { numRuns: 1000 },
    );
  });

  it("is incremental: the checksum of two parts is the second's, begun with the first's", () => {
    fc.assert(
      fc.property(someBytes(100), fc.nat(100), (bytes, place) => {
        const cut = Math.min(place, bytes.length);
        expect(crc16(bytes.subarray(cut), crc16(bytes.subarray(0, cut)))).toBe(crc16(bytes));
        expect(crc16(bytes, crc16(bytes, 0xffff, 0, cut), cut)).toBe(crc16(bytes));
      }),
    );
  });
});
