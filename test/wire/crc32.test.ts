import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "../../src/wire/crc32.ts";
import { someBytes } from "./arbitraries.ts";

test("is the CRC-32 whose check value is CBF43926", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  expect(crc32(Buffer.alloc(0))).toBe(0);
});

test("goes on from the checksum of what came before", () => {
  fc.assert(
    fc.property(someBytes(40), someBytes(40), (one, other) => {
      expect(crc32(other, crc32(one))).toBe(crc32(Buffer.concat([one, other])));
    }),
  );
});
