import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBatch } from "../../src/storage/batch.ts";
import { decodeBatch, decodeHeader, encodeHeader, FORMAT_VERSION, HEADER_BYTES } from "../../src/storage/format.ts";
import { sampleHeader } from "./samples.ts";

const someRecords = fc.array(
  fc.record({ tag: fc.integer({ min: 0, max: 255 }), bytes: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 12 },
);

describe("the format of a segment", () => {
  it("has a header of 22 bytes: name, version, segment, salt, checksum", () => {
    const { bytes, seed } = encodeHeader(0x01020304, 0xa0b0c0d0);
    expect(bytes.subarray(0, 18).toString("hex")).toBe("7032702d6e6f64650002" + "01020304" + "a0b0c0d0");
    expect(bytes.readUInt32BE(18)).toBe(crc32(bytes.subarray(0, 18)));
    expect(decodeHeader(bytes)).toEqual({ kind: "header", version: 2, segment: 0x01020304, seed });
  });

  it.each([1, FORMAT_VERSION])("is read in version %i", (version) => {
    const { bytes, seed } = sampleHeader(version);
    expect(decodeHeader(bytes)).toEqual({ kind: "header", version, segment: 1, seed });
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
    const damaged = encodeHeader(1, 1).bytes;
    damaged.writeUInt16BE(FORMAT_VERSION + 1, 8);
    expect(decodeHeader(damaged)).toEqual({ kind: "bad", reason: "the header's checksum is wrong" });
    const newer = sampleHeader(FORMAT_VERSION + 1).bytes;
    expect(decodeHeader(newer)).toEqual({ kind: "newer-version", version: FORMAT_VERSION + 1 });
  });

  it("takes a batch whose records do not fill it for none, though its checksum is right", () => {
    const batch = encodeBatch(1, 0, "records", [{ tag: 1, bytes: Buffer.from("ab") }]);
    for (const count of [0, 2]) {
      batch.writeUInt32BE(count, 17);
      batch.writeUInt32BE(crc32(batch.subarray(4), 1), 0);
      expect(decodeBatch(1, batch, 0)).toEqual({ kind: "bad", reason: "the batch's records make no sense" });
    }
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
