import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBatch, decodeHeader, encodeBatch, encodeHeader, HEADER_BYTES } from "../../src/storage/format.ts";

const someRecords = fc.array(
  fc.record({ tag: fc.integer({ min: 0, max: 255 }), bytes: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 12 },
);

describe("the format of a segment", () => {
  it("has a header of 22 bytes: name, version, segment, salt, checksum", () => {
    const { bytes, seed } = encodeHeader(0x01020304, 0xa0b0c0d0);
    expect(bytes.subarray(0, 18).toString("hex")).toBe("7032702d6e6f64650001" + "01020304" + "a0b0c0d0");
    expect(bytes.readUInt32BE(18)).toBe(crc32(bytes.subarray(0, 18)));
    expect(decodeHeader(bytes)).toEqual({ kind: "header", segment: 0x01020304, seed });
  });

  it("has batches of checksum, length, watermark, kind, count, and records", () => {
    const batch = encodeBatch(5, 0x0102, "records", [{ tag: 0x2f, bytes: Buffer.from("ab") }]);
    expect(batch.subarray(4).toString("hex")).toBe(
      "00000014" + "0000000000000102" + "01" + "00000001" + "2f00000002" + "6162",
    );
    expect(batch.readUInt32BE(0)).toBe(crc32(batch.subarray(4), 5));
  });

  it("reads back what it wrote, at any offset", () => {
    fc.assert(
      fc.property(someRecords, fc.nat(2000), fc.nat(0xffffffff), (records, offset, seed) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), encodeBatch(seed, offset, "records", records)]);
        const batch = decodeBatch(seed, bytes, offset);
        if (batch.kind !== "records") throw new Error(batch.kind);
        expect(batch.records.map(({ tag, bytes }) => [tag, [...bytes]])).toEqual(
          records.map(({ tag, bytes }) => [tag, [...bytes]]),
        );
        expect(batch.end).toBe(bytes.length);
      }),
    );
  });

  it("takes a batch for one only where it was written to", () => {
    const batch = encodeBatch(1, HEADER_BYTES, "records", []);
    const moved = Buffer.concat([Buffer.alloc(HEADER_BYTES + 1), batch]);
    expect(decodeBatch(1, moved, HEADER_BYTES + 1).kind).toBe("bad");
    // Even when it claims that place: the checksum covers the claim.
    moved.writeUInt32BE(HEADER_BYTES + 1, HEADER_BYTES + 1 + 12);
    expect(decodeBatch(1, moved, HEADER_BYTES + 1).kind).toBe("bad");
  });

  it("takes a batch of another segment for none", () => {
    const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), encodeBatch(encodeHeader(1, 1).seed, 22, "records", [])]);
    expect(decodeBatch(encodeHeader(1, 1).seed, bytes, 22).kind).toBe("records");
    expect(decodeBatch(encodeHeader(2, 1).seed, bytes, 22).kind).toBe("bad");
    expect(decodeBatch(encodeHeader(1, 2).seed, bytes, 22).kind).toBe("bad");
  });

  it("tells a newer version from a damaged header", () => {
    const newer = encodeHeader(1, 1).bytes;
    newer.writeUInt16BE(2, 8);
    expect(decodeHeader(newer)).toEqual({ kind: "bad", reason: "the header's checksum is wrong" });
    newer.writeUInt32BE(crc32(newer.subarray(0, 18)), 18);
    expect(decodeHeader(newer)).toEqual({ kind: "newer-version", version: 2 });
  });

  it("never throws on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(220), (bytes, offset) => {
        decodeHeader(Buffer.from(bytes));
        decodeBatch(0, Buffer.from(bytes), offset);
      }),
    );
  });
});
